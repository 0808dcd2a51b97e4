// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_rules.h"

namespace tidemark {

namespace {

Diagnostic mismatch(const ShapeContext& context, const std::string& mend, std::size_t right = 1)
{
    return context.error(
        "multiplies " + toString(context.shape(0)) + " by " + toString(context.shape(right)), mend);
}

} // namespace

Inferred inferGemm(const ShapeContext& context)
{
    if (context.rank(0) != 2 || context.rank(1) != 2) {
        return mismatch(context, "both must be matrices");
    }
    const auto& gemm = std::get<GemmAttributes>(context.op().attributes);
    const Shape& a = context.shape(0);
    const Shape& b = context.shape(1);
    if (a[gemm.transposeA ? 0 : 1] != b[gemm.transposeB ? 1 : 0]) {
        return mismatch(context, "the inner extents must agree");
    }
    const Shape product{a[gemm.transposeA ? 1 : 0], b[gemm.transposeB ? 0 : 1]};
    if (context.has(2) && broadcast(product, context.shape(2)) != product) {
        return context.error("adds " + toString(context.shape(2)) + " to " + toString(product),
                             "the sum must have the product's shape");
    }
    return std::vector<TensorType>{{product, context.type(0)}};
}

Inferred inferProduct(const ShapeContext& context, std::size_t right, DataType type)
{
    // As NumPy: a vector is a row on the left and a column on the right, and leaves again.
    Shape a = context.shape(0);
    Shape b = context.shape(right);
    if (a.empty() || b.empty()) {
        return mismatch(context, "neither may be a scalar", right);
    }
    const bool rowVector = a.size() == 1;
    const bool columnVector = b.size() == 1;
    if (rowVector) {
        a.insert(a.begin(), 1);
    }
    if (columnVector) {
        b.push_back(1);
    }
    if (a.back() != b[b.size() - 2]) {
        return mismatch(context, "the inner extents must agree", right);
    }
    auto shape = broadcast(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
    if (!shape) {
        return mismatch(context, "the outer extents must go together", right);
    }
    if (!rowVector) {
        shape->push_back(a[a.size() - 2]);
    }
    if (!columnVector) {
        shape->push_back(b.back());
    }
    return std::vector<TensorType>{{std::move(shape), type}};
}

Inferred inferMatMul(const ShapeContext& context)
{
    return inferProduct(context, 1, context.type(0));
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/operator_macs.h"

namespace tidemark {

namespace {

/// Sums over thousands of operators stay inside 64 bits.
constexpr std::int64_t kMost = 1LL << 50;

/// Products that make one output element.
std::int64_t perElement(const Model& model, const Operator& op)
{
    const Shape& first = *model[*op.inputs[0]].shape;
    switch (op.kind) {
    case OperatorKind::Conv: {
        const Shape& weights = *model[*op.inputs[1]].shape;
        return weights[0] > 0 ? elementCount(weights).value_or(0) / weights[0] : 0;
    }
    case OperatorKind::Gemm:
        return first[std::get<GemmAttributes>(op.attributes).transposeA ? 0 : 1];
    case OperatorKind::MatMul:
        return first.back();
    default:
        return 0;
    }
}

} // namespace

std::optional<std::int64_t> operatorMacs(const Model& model, const Operator& op)
{
    const bool counts = op.kind == OperatorKind::Conv || op.kind == OperatorKind::Gemm ||
                        op.kind == OperatorKind::MatMul;
    if (!counts) {
        return 0;
    }
    const auto outputs = elementCount(*model[op.outputs[0]].shape);
    const auto macs = checkedProduct(outputs.value_or(kMost), perElement(model, op));
    return macs && *macs <= kMost ? macs : std::nullopt;
}

} // namespace tidemark

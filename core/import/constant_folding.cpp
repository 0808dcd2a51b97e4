// SPDX-License-Identifier: Apache-2.0
// Folding that moves elements without computing with them.
#include "core/import/constant_folding.h"

#include "core/import/slice_region.h"
#include "core/model/strided_copy.h"

#include <cstring>
#include <numeric>

namespace tidemark {

namespace {

/// Beyond this a folded tensor costs more than it helps: it stays an operator, or without data.
constexpr std::int64_t kMostBytes = 1LL << 24;

std::size_t widthOf(DataType type)
{
    return static_cast<std::size_t>(elementBytes(type).count());
}

std::optional<std::size_t> affordableBytes(const TensorType& output)
{
    const auto bytes = checkedProduct(elementCount(*output.shape).value_or(kMostBytes + 1),
                                      elementBytes(output.type).count());
    return bytes && *bytes <= kMostBytes ? std::optional(static_cast<std::size_t>(*bytes))
                                         : std::nullopt;
}

bool isAbsent(const Tensor& tensor)
{
    return tensor.constant->bytes().empty() && elementCount(*tensor.shape) != 0;
}

/// Input 0 gathered by `strides` from `offset` on.
Folded gathered(const ShapeContext& context, const TensorType& output, const Shape& strides,
                std::int64_t offset = 0)
{
    if (isAbsent(context.tensor(0))) {
        return ConstantData();
    }
    if (!affordableBytes(output)) {
        return std::nullopt;
    }
    return ConstantData(stridedCopy(context.tensor(0).constant->bytes(), widthOf(output.type),
                                    *output.shape, strides, offset));
}

ConstantData integersOf(const Shape& elements)
{
    const auto bytes = std::as_bytes(std::span(elements));
    return ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

} // namespace

Folded foldView(const ShapeContext& context, const TensorType&)
{
    return context.isConstant(0) ? Folded(*context.tensor(0).constant) : std::nullopt;
}

Folded foldTranspose(const ShapeContext& context, const TensorType& output)
{
    if (!context.isConstant(0)) {
        return std::nullopt;
    }
    const auto& permutation = std::get<TransposeAttributes>(context.op().attributes).permutation;
    const Shape source = rowMajorStrides(context.shape(0));
    Shape strides(source.rbegin(), source.rend());
    for (std::size_t i = 0; permutation && i < permutation->size(); ++i) {
        strides[i] = source[static_cast<std::size_t>((*permutation)[i])];
    }
    return gathered(context, output, strides);
}

Folded foldSlice(const ShapeContext& context, const TensorType& output)
{
    const auto region = sliceRegion(context);
    if (!context.isConstant(0) || !region || !*region || elementCount(*output.shape) == 0) {
        return std::nullopt;
    }
    Shape strides = rowMajorStrides(context.shape(0));
    const std::int64_t offset = std::inner_product(strides.begin(), strides.end(),
                                                   (*region)->starts.begin(), std::int64_t{0});
    for (std::size_t i = 0; i < strides.size(); ++i) {
        // A step that is taken once may be as large as it likes.
        strides[i] *= (*region)->extents[i] > 1 ? (*region)->steps[i] : 0;
    }
    return gathered(context, output, strides, offset);
}

Folded foldExpand(const ShapeContext& context, const TensorType& output)
{
    if (!context.isConstant(0)) {
        return std::nullopt;
    }
    const Shape& input = context.shape(0);
    const Shape source = rowMajorStrides(input);
    Shape strides(output.shape->size(), 0);
    for (std::size_t i = 0; i < input.size(); ++i) {
        strides[strides.size() - 1 - i] =
            input[input.size() - 1 - i] == 1 ? 0 : source[source.size() - 1 - i];
    }
    return gathered(context, output, strides);
}

Folded foldGather(const ShapeContext& context, const TensorType& output)
{
    const auto indices = context.integers(1);
    if (!context.isConstant(0) || !indices) {
        return std::nullopt;
    }
    if (isAbsent(context.tensor(0))) {
        return ConstantData();
    }
    const auto bytes = affordableBytes(output);
    if (!bytes) {
        return std::nullopt;
    }
    const Shape& data = context.shape(0);
    const std::size_t axis =
        *resolveAxis(std::get<AxisAttributes>(context.op().attributes).axis, data.size());
    const auto at = data.begin() + static_cast<std::ptrdiff_t>(axis);
    const auto inner =
        static_cast<std::size_t>(*elementCount(Shape(at + 1, data.end()))) * widthOf(output.type);
    const auto outer = static_cast<std::size_t>(*elementCount(Shape(data.begin(), at)));
    std::vector<std::byte> result;
    result.reserve(*bytes);
    const auto source = context.tensor(0).constant->bytes();
    for (std::size_t block = 0; block < outer; ++block) {
        for (std::int64_t index : *indices) {
            index += index < 0 ? *at : 0;
            if (index < 0 || index >= *at) {
                return std::nullopt;
            }
            const auto from = source.subspan(
                (block * static_cast<std::size_t>(*at) + static_cast<std::size_t>(index)) * inner,
                inner);
            result.insert(result.end(), from.begin(), from.end());
        }
    }
    return ConstantData(std::move(result));
}

Folded foldConcat(const ShapeContext& context, const TensorType& output)
{
    const auto bytes = affordableBytes(output);
    for (std::size_t i = 0; i < context.inputs(); ++i) {
        if (!bytes || !context.isConstant(i) || context.type(i) != output.type) {
            return std::nullopt;
        }
        if (isAbsent(context.tensor(i))) {
            return ConstantData();
        }
    }
    if (*bytes == 0) {
        return ConstantData();
    }
    const std::size_t axis =
        *resolveAxis(std::get<AxisAttributes>(context.op().attributes).axis, output.shape->size());
    const auto outer = *elementCount(
        Shape(output.shape->begin(), output.shape->begin() + static_cast<std::ptrdiff_t>(axis)));
    std::vector<std::byte> result;
    result.reserve(*bytes);
    for (std::int64_t block = 0; block < outer; ++block) {
        for (std::size_t i = 0; i < context.inputs(); ++i) {
            const auto all = context.tensor(i).constant->bytes();
            const std::size_t part = all.size() / static_cast<std::size_t>(outer);
            const auto from = all.subspan(static_cast<std::size_t>(block) * part, part);
            result.insert(result.end(), from.begin(), from.end());
        }
    }
    return ConstantData(std::move(result));
}

Folded foldShapeOf(const ShapeContext& context, const TensorType& output)
{
    const Shape& shape = context.shape(0);
    return *output.shape == Shape{static_cast<std::int64_t>(shape.size())}
               ? Folded(integersOf(shape))
               : std::nullopt;
}

Folded foldSize(const ShapeContext& context, const TensorType&)
{
    return integersOf({elementCount(context.shape(0)).value_or(0)});
}

Folded foldFill(const ShapeContext& context, const TensorType& output)
{
    const auto bytes = affordableBytes(output);
    if (!bytes) {
        return ConstantData(); // weights that were left out of the file: their shape is enough
    }
    const auto& element = std::get<FillAttributes>(context.op().attributes).element;
    std::vector<std::byte> result(*bytes);
    for (std::size_t at = 0; at < result.size(); at += element.size()) {
        std::memcpy(result.data() + at, element.data(), element.size());
    }
    return ConstantData(std::move(result));
}

} // namespace tidemark

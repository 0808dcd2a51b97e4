// SPDX-License-Identifier: Apache-2.0
// Operators that put elements elsewhere: transpose, cut, join, repeat, resize.
#include "core/import/shape_rules.h"

#include "core/import/slice_region.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tidemark {

namespace {

Inferred one(Shape shape, DataType type)
{
    return std::vector<TensorType>{{std::move(shape), type}};
}

Diagnostic axisError(const ShapeContext& context, std::int64_t axis)
{
    return context.error("names axis " + std::to_string(axis) + " of " + toString(context.shape(0)),
                         "axes must lie inside the shape");
}

/// `scales` are what a file gives; without them a scale is what the extents say.
Inferred resized(const ShapeContext& context, const std::vector<double>& extents,
                 const std::optional<std::vector<double>>& scales)
{
    auto& resize = std::get<ResizeAttributes>(context.op().attributes);
    const auto& axes = resize.axes;
    Shape shape = context.shape(0);
    std::vector<float> resolved(shape.size(), 1);
    if (extents.size() != (axes ? axes->size() : shape.size())) {
        return context.error("resizes " + toString(shape) + " by " +
                                 std::to_string(extents.size()) + " numbers",
                             "there must be one for every dimension");
    }
    for (std::size_t i = 0; i < extents.size(); ++i) {
        const auto axis =
            resolveAxis(axes ? (*axes)[i] : static_cast<std::int64_t>(i), shape.size());
        constexpr double kLargest = 1e12;
        if (!axis || !(extents[i] >= 0 && extents[i] < kLargest)) {
            return context.error("resizes " + toString(shape) + " to an impossible extent",
                                 "scales and sizes must be positive");
        }
        const auto extent = static_cast<std::int64_t>(std::floor(extents[i]));
        resolved[*axis] = scales ? static_cast<float>((*scales)[i])
                                 : static_cast<float>(extent) / static_cast<float>(shape[*axis]);
        shape[*axis] = extent;
    }
    resize.resolved = std::move(resolved);
    return one(std::move(shape), context.type(0));
}

} // namespace

Inferred inferTranspose(const ShapeContext& context)
{
    const Shape& input = context.shape(0);
    const auto& given = std::get<TransposeAttributes>(context.op().attributes).permutation;
    Shape permutation(input.size());
    std::iota(permutation.rbegin(), permutation.rend(), 0);
    if (given) {
        Shape sorted = *given;
        std::ranges::sort(sorted);
        if (!std::equal(sorted.begin(), sorted.end(), permutation.rbegin(), permutation.rend())) {
            return context.error("permutes " + std::to_string(input.size()) + " dimensions by (" +
                                     toString(*given) + ")",
                                 "perm must name every dimension once");
        }
        permutation = *given;
    }
    Shape shape;
    for (const std::int64_t from : permutation) {
        shape.push_back(input[static_cast<std::size_t>(from)]);
    }
    return one(std::move(shape), context.type(0));
}

Inferred inferConcat(const ShapeContext& context)
{
    Shape shape = context.shape(0);
    const std::int64_t given = std::get<AxisAttributes>(context.op().attributes).axis;
    const auto axis = resolveAxis(given, shape.size());
    if (!axis) {
        return axisError(context, given);
    }
    for (std::size_t i = 1; i < context.inputs(); ++i) {
        if (!context.has(i)) {
            continue;
        }
        Shape other = context.shape(i);
        const std::int64_t more = *axis < other.size() ? other[*axis] : 0;
        if (*axis < other.size()) {
            other[*axis] = shape[*axis];
        }
        if (other != shape) {
            return context.error("joins " + toString(context.shape(0)) + " and " +
                                     toString(context.shape(i)) + " along axis " +
                                     std::to_string(given),
                                 "all other extents must be equal");
        }
        shape[*axis] += more;
    }
    return one(std::move(shape), context.type(0));
}

Inferred inferSplit(const ShapeContext& context)
{
    auto& split = std::get<SplitAttributes>(context.op().attributes);
    const Shape& input = context.shape(0);
    const auto axis = resolveAxis(split.axis, input.size());
    if (!axis) {
        return axisError(context, split.axis);
    }
    auto sizes = context.has(1) ? context.integers(1) : split.sizes;
    if (!sizes && context.has(1)) {
        return std::vector<TensorType>{};
    }
    const auto parts = static_cast<std::int64_t>(context.op().outputs.size());
    if (!sizes) {
        const std::int64_t part = (input[*axis] + parts - 1) / parts;
        sizes = Shape(static_cast<std::size_t>(parts), part);
        sizes->back() = input[*axis] - part * (parts - 1); // the rest, smaller where it is uneven
    }
    std::int64_t sum = 0;
    for (const std::int64_t size : *sizes) {
        sum += size < 0 || size > input[*axis] ? input[*axis] + 1 : size;
    }
    if (sum != input[*axis] || static_cast<std::int64_t>(sizes->size()) != parts) {
        return context.error("splits an extent of " + std::to_string(input[*axis]) + " into " +
                                 std::to_string(parts) + " parts that do not add up to it",
                             "give one size for every output");
    }
    split.sizes = sizes;
    std::vector<TensorType> types;
    for (const std::int64_t size : *sizes) {
        Shape shape = input;
        shape[*axis] = size;
        types.push_back({std::move(shape), context.type(0)});
    }
    return types;
}

Inferred inferSlice(const ShapeContext& context)
{
    const auto region = sliceRegion(context);
    if (!region) {
        return region.error();
    }
    if (!*region) {
        return std::vector<TensorType>{};
    }
    std::get<SliceAttributes>(context.op().attributes).region = **region;
    return one((*region)->extents, context.type(0));
}

Inferred inferGather(const ShapeContext& context)
{
    const std::int64_t given = std::get<AxisAttributes>(context.op().attributes).axis;
    const Shape& data = context.shape(0);
    const auto axis = resolveAxis(given, data.size());
    if (!axis) {
        return axisError(context, given);
    }
    for (const std::int64_t index : context.integers(1).value_or(std::vector<std::int64_t>())) {
        if (index < -data[*axis] || index >= data[*axis]) {
            return context.error("picks index " + std::to_string(index) + " of axis " +
                                     std::to_string(*axis) + " of " + toString(data),
                                 "indices must lie inside the shape");
        }
    }
    const Shape& indices = context.shape(1);
    Shape shape(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(*axis));
    shape.insert(shape.end(), indices.begin(), indices.end());
    shape.insert(shape.end(), data.begin() + static_cast<std::ptrdiff_t>(*axis) + 1, data.end());
    return one(std::move(shape), context.type(0));
}

Inferred inferGatherElements(const ShapeContext& context)
{
    return one(context.shape(1), context.type(0));
}

Inferred inferExpand(const ShapeContext& context)
{
    const auto target = context.integers(1);
    if (!target) {
        return std::vector<TensorType>{};
    }
    auto shape = broadcast(context.shape(0), *target);
    if (!shape) {
        return context.error("expands " + toString(context.shape(0)) + " to " + toString(*target),
                             "extents must be equal or 1");
    }
    return one(std::move(*shape), context.type(0));
}

Inferred inferTile(const ShapeContext& context)
{
    const auto repeats = context.integers(1);
    if (!repeats) {
        return std::vector<TensorType>{};
    }
    Shape shape = context.shape(0);
    if (repeats->size() != shape.size()) {
        return context.error("repeats " + toString(shape) + " by " +
                                 std::to_string(repeats->size()) + " numbers",
                             "there must be one for every dimension");
    }
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const auto extent = checkedProduct(shape[i], (*repeats)[i]);
        if (!extent) {
            return context.error("repeats an extent " + std::to_string((*repeats)[i]) + " times",
                                 "repeats must be small and not negative");
        }
        shape[i] = *extent;
    }
    return one(std::move(shape), context.type(0));
}

namespace {

/// What constant padding is filled with, where that is an input.
void resolvePadValue(const ShapeContext& context, PadAttributes& pad)
{
    const auto value = context.reals(2);
    pad.isResolved = !context.has(2) || (value && value->size() == 1);
    if (value && value->size() == 1) {
        pad.value = static_cast<float>(value->front());
    }
}

} // namespace

Inferred inferPad(const ShapeContext& context)
{
    auto& pad = std::get<PadAttributes>(context.op().attributes);
    const auto pads = context.has(1) ? context.integers(1) : pad.pads;
    const auto axes = context.integers(3);
    if (!pads || (context.has(3) && !axes)) {
        return std::vector<TensorType>{};
    }
    Shape shape = context.shape(0);
    const std::size_t count = axes ? axes->size() : shape.size();
    if (pads->size() != 2 * count) {
        return context.error("pads " + toString(shape) + " with " + std::to_string(pads->size()) +
                                 " numbers",
                             "there must be two for every dimension");
    }
    constexpr std::int64_t kLargest = 1LL << 40;
    pad.before.assign(shape.size(), 0);
    pad.after.assign(shape.size(), 0);
    for (std::size_t i = 0; i < count; ++i) {
        const auto axis =
            resolveAxis(axes ? (*axes)[i] : static_cast<std::int64_t>(i), shape.size());
        const std::int64_t before = (*pads)[i];
        const std::int64_t after = (*pads)[count + i];
        if (!axis || std::max(before, after) > kLargest || std::min(before, after) < -kLargest ||
            shape[*axis] + before + after < 0) {
            return context.error("pads " + toString(shape) + " by " + std::to_string(before) +
                                     " and " + std::to_string(after),
                                 "the result must have a size");
        }
        shape[*axis] += before + after;
        pad.before[*axis] += before;
        pad.after[*axis] += after;
    }
    resolvePadValue(context, pad);
    return one(std::move(shape), context.type(0));
}

/// Resize of opset 10 and Upsample take (x, scales), later Resize (x, roi, scales, sizes).
Inferred inferResize(const ShapeContext& context)
{
    const auto& resize = std::get<ResizeAttributes>(context.op().attributes);
    const Shape& input = context.shape(0);
    const std::size_t scalesInput = context.inputs() == 2 ? 1 : 2;
    auto sizes = context.integers(3);
    if (!sizes) {
        sizes = resize.sizes;
    }
    if (sizes) {
        const std::vector<double> extents(sizes->begin(), sizes->end());
        return resize.stretch ? resized(context, extents, std::nullopt)
                              : Inferred(std::vector<TensorType>{});
    }
    auto scales = context.reals(scalesInput);
    if (resize.scales) {
        scales = std::vector<double>(resize.scales->begin(), resize.scales->end());
    }
    if (!scales) {
        return std::vector<TensorType>{};
    }
    std::vector<double> extents;
    for (std::size_t i = 0; i < scales->size(); ++i) {
        const auto axis =
            resolveAxis(resize.axes && i < resize.axes->size() ? (*resize.axes)[i]
                                                               : static_cast<std::int64_t>(i),
                        input.size());
        // The specification multiplies in float: 1.4 must not become 1.39999 of an extent.
        const float extent = axis ? static_cast<float>(input[*axis]) : -1.0F;
        extents.push_back(extent * static_cast<float>((*scales)[i]));
    }
    return resized(context, extents, scales);
}

Inferred inferDepthToSpace(const ShapeContext& context)
{
    const std::int64_t block = std::get<BlockAttributes>(context.op().attributes).size;
    const Shape& input = context.shape(0);
    constexpr std::int64_t kLargest = 1 << 15;
    const std::size_t channels = context.channelsLast() ? 3 : 1;
    if (input.size() != 4 || block < 1 || block > kLargest ||
        input[channels] % (block * block) != 0) {
        return context.error("spreads " + toString(input) + " over blocks of " +
                                 std::to_string(block),
                             "the block's area must divide the channels");
    }
    Shape shape = input;
    shape[channels] /= block * block;
    shape[context.heightAxis()] *= block;
    shape[context.heightAxis() + 1] *= block;
    return one(std::move(shape), context.type(0));
}

Inferred inferSpaceToDepth(const ShapeContext& context)
{
    const std::int64_t block = std::get<BlockAttributes>(context.op().attributes).size;
    const Shape& input = context.shape(0);
    constexpr std::int64_t kLargest = 1 << 15;
    const std::size_t height = context.heightAxis();
    if (input.size() != 4 || block < 1 || block > kLargest || input[height] % block != 0 ||
        input[height + 1] % block != 0) {
        return context.error("gathers " + toString(input) + " by blocks of " +
                                 std::to_string(block),
                             "the block must divide height and width");
    }
    Shape shape = input;
    shape[context.channelsLast() ? 3 : 1] *= block * block;
    shape[height] /= block;
    shape[height + 1] /= block;
    return one(std::move(shape), context.type(0));
}

} // namespace tidemark

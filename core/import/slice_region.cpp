// SPDX-License-Identifier: Apache-2.0
#include "core/import/slice_region.h"

#include <algorithm>
#include <numeric>

namespace tidemark {

namespace {

/// "To the end" is written as the largest integer: cut what is beyond any extent.
constexpr std::int64_t kFar = 1LL << 41;

struct Cut {
    std::int64_t start, step, count;
};

/// One dimension, as NumPy slices.
Cut cut(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t extent)
{
    const auto place = [&](std::int64_t index) {
        index = std::clamp(index, -kFar, kFar);
        index += index < 0 ? extent : 0;
        return step > 0 ? std::clamp<std::int64_t>(index, 0, extent)
                        : std::clamp<std::int64_t>(index, -1, extent - 1);
    };
    const std::int64_t first = place(start);
    const std::int64_t last = place(end);
    const std::int64_t distance = step > 0 ? last - first : first - last;
    const std::int64_t stride = step > 0 ? step : -step;
    return {first, step, distance > 0 ? (distance + stride - 1) / stride : 0};
}

} // namespace

Result<std::optional<SliceRegion>> sliceRegion(const ShapeContext& context)
{
    const auto& attributes = std::get<SliceAttributes>(context.op().attributes);
    const auto list = [&](std::size_t input, const std::optional<Shape>& attribute) {
        return context.has(input) ? context.integers(input) : attribute;
    };
    const Shape& input = context.shape(0);
    const auto starts = list(1, attributes.starts);
    const auto ends = list(2, attributes.ends);
    auto axes = list(3, attributes.axes);
    auto steps = list(4, attributes.steps);
    const bool isComputed = (context.has(3) && !axes) || (context.has(4) && !steps);
    if (!starts || !ends || isComputed) {
        return std::optional<SliceRegion>();
    }
    if (!axes) {
        axes.emplace(starts->size());
        std::iota(axes->begin(), axes->end(), 0);
    }
    if (!steps) {
        steps.emplace(starts->size(), 1);
    }
    const auto error = [&] {
        return context.error("has limits that do not go with " + toString(input),
                             "give a start, an end and a step other than 0 for each axis");
    };
    if (ends->size() != starts->size() || axes->size() != starts->size() ||
        steps->size() != starts->size()) {
        return error();
    }
    SliceRegion region{Shape(input.size(), 0), Shape(input.size(), 1), input};
    for (std::size_t i = 0; i < axes->size(); ++i) {
        const auto axis = resolveAxis((*axes)[i], input.size());
        const std::int64_t step = std::clamp((*steps)[i], -kFar, kFar);
        if (!axis || step == 0) {
            return error();
        }
        const Cut made = cut((*starts)[i], (*ends)[i], step, input[*axis]);
        region.starts[*axis] = made.start;
        region.steps[*axis] = made.step;
        region.extents[*axis] = made.count;
    }
    return std::optional(std::move(region));
}

} // namespace tidemark

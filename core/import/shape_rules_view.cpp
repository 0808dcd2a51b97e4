// SPDX-License-Identifier: Apache-2.0
// Operators that give the same elements in the same order another shape.
#include "core/import/shape_rules.h"

#include <algorithm>
#include <set>

namespace tidemark {

namespace {

Diagnostic axisError(const ShapeContext& context, std::int64_t axis, std::size_t rank)
{
    return context.error("names axis " + std::to_string(axis) + " of " + std::to_string(rank),
                         "axes must lie inside the shape");
}

/// Product of extents [first, last).
std::optional<std::int64_t> product(const Shape& shape, std::size_t first, std::size_t last)
{
    const auto at = [&](std::size_t i) { return shape.begin() + static_cast<std::ptrdiff_t>(i); };
    return elementCount(Shape(at(first), at(last)));
}

/// Axes of Squeeze and Unsqueeze, from an attribute or (opset 13) from input 1; nothing inside when
/// neither is there or the input is computed.
std::optional<std::vector<std::int64_t>> axesOf(const ShapeContext& context)
{
    if (context.has(1)) {
        return context.integers(1);
    }
    return std::get<AxesAttributes>(context.op().attributes).axes;
}

Result<std::set<std::size_t>> resolveAxes(const ShapeContext& context,
                                          const std::vector<std::int64_t>& axes, std::size_t rank)
{
    std::set<std::size_t> resolved;
    for (const std::int64_t axis : axes) {
        const auto index = resolveAxis(axis, rank);
        if (!index || !resolved.insert(*index).second) {
            return axisError(context, axis, rank);
        }
    }
    return resolved;
}

} // namespace

Inferred inferFlatten(const ShapeContext& context)
{
    const auto rank = static_cast<std::int64_t>(context.rank(0));
    std::int64_t axis = std::get<FlattenAttributes>(context.op().attributes).axis;
    if (axis < -rank || axis > rank) {
        return axisError(context, axis, context.rank(0));
    }
    axis += axis < 0 ? rank : 0;
    const auto split = static_cast<std::size_t>(axis);
    const Shape& shape = context.shape(0);
    return std::vector<TensorType>{{Shape{product(shape, 0, split).value_or(0),
                                          product(shape, split, shape.size()).value_or(0)},
                                    context.type(0)}};
}

Inferred inferReshape(const ShapeContext& context)
{
    const auto& attributes = std::get<ReshapeAttributes>(context.op().attributes);
    auto target = context.has(1) ? context.integers(1) : attributes.shape;
    if (!target) {
        return std::vector<TensorType>{};
    }
    const Shape& input = context.shape(0);
    const auto mismatch = [&] {
        return context.error("reshapes " + toString(input) + " to " + toString(*target),
                             "both must have as many elements");
    };
    const auto open = std::find(target->begin(), target->end(), -1);
    std::int64_t known = 1;
    for (std::size_t i = 0; i < target->size(); ++i) {
        std::int64_t& extent = (*target)[i];
        if (extent == 0 && !attributes.allowZero) {
            if (i >= input.size()) {
                return mismatch();
            }
            extent = input[i];
        }
        if (target->begin() + static_cast<std::ptrdiff_t>(i) == open) {
            continue;
        }
        const auto next = checkedProduct(known, extent); // fails on a second -1, too
        if (!next) {
            return mismatch();
        }
        known = *next;
    }
    const std::int64_t elements = elementCount(input).value_or(0);
    if (open != target->end()) {
        if (known == 0 || elements % known != 0) {
            return mismatch();
        }
        *open = elements / known;
        known *= *open;
    }
    if (known != elements) {
        return mismatch();
    }
    return std::vector<TensorType>{{std::move(*target), context.type(0)}};
}

Inferred inferSqueeze(const ShapeContext& context)
{
    const Shape& input = context.shape(0);
    const auto axes = axesOf(context);
    if (!axes && context.has(1)) {
        return std::vector<TensorType>{};
    }
    const auto squeezed = resolveAxes(context, axes.value_or(Shape{}), input.size());
    if (!squeezed) {
        return squeezed.error();
    }
    Shape shape;
    for (std::size_t i = 0; i < input.size(); ++i) {
        const bool leave = axes ? squeezed->contains(i) : input[i] == 1;
        if (leave && input[i] != 1) {
            return context.error("squeezes axis " + std::to_string(i) + " of " + toString(input),
                                 "only extents of 1 can go");
        }
        if (!leave) {
            shape.push_back(input[i]);
        }
    }
    return std::vector<TensorType>{{std::move(shape), context.type(0)}};
}

Inferred inferUnsqueeze(const ShapeContext& context)
{
    const Shape& input = context.shape(0);
    const auto axes = axesOf(context);
    if (!axes) {
        return std::vector<TensorType>{};
    }
    const std::size_t rank = input.size() + axes->size();
    const auto added = resolveAxes(context, *axes, rank);
    if (!added) {
        return added.error();
    }
    Shape shape;
    for (std::size_t i = 0, next = 0; i < rank; ++i) {
        shape.push_back(added->contains(i) ? 1 : input[next++]);
    }
    return std::vector<TensorType>{{std::move(shape), context.type(0)}};
}

} // namespace tidemark

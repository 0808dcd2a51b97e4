// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_rules.h"

#include <algorithm>

namespace tidemark {

namespace {

/// `shape` with the marked dimensions made 1, or dropped.
Shape reduced(const Shape& shape, const std::vector<bool>& marked, bool keep)
{
    Shape result;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (!marked[i]) {
            result.push_back(shape[i]);
        } else if (keep) {
            result.push_back(1);
        }
    }
    return result;
}

Diagnostic axisError(const ShapeContext& context, std::int64_t axis)
{
    return context.error("names axis " + std::to_string(axis) + " of " + toString(context.shape(0)),
                         "axes must lie inside the shape");
}

} // namespace

Inferred inferReduce(const ShapeContext& context)
{
    auto& attributes = std::get<AxesAttributes>(context.op().attributes);
    const auto axes = context.has(1) ? context.integers(1) : attributes.axes;
    if (!axes && context.has(1)) {
        return std::vector<TensorType>{};
    }
    const Shape& input = context.shape(0);
    const bool isAll = !axes || axes->empty();
    std::vector<bool> marked(input.size(), isAll && !attributes.noopWithEmptyAxes);
    for (const std::int64_t axis : axes.value_or(Shape{})) {
        const auto index = resolveAxis(axis, input.size());
        if (!index) {
            return axisError(context, axis);
        }
        marked[*index] = true;
    }
    attributes.reduced = marked;
    return std::vector<TensorType>{{reduced(input, marked, attributes.keepDims), context.type(0)}};
}

Inferred inferArg(const ShapeContext& context)
{
    const auto& attributes = std::get<AxisAttributes>(context.op().attributes);
    const auto axis = resolveAxis(attributes.axis, context.rank(0));
    if (!axis) {
        return axisError(context, attributes.axis);
    }
    std::vector<bool> marked(context.rank(0), false);
    marked[*axis] = true;
    return std::vector<TensorType>{
        {reduced(context.shape(0), marked, attributes.keepDims), DataType::Int64}};
}

Inferred inferTopK(const ShapeContext& context)
{
    const auto& attributes = std::get<AxisAttributes>(context.op().attributes);
    const auto axis = resolveAxis(attributes.axis, context.rank(0));
    const auto count = context.integers(1);
    if (!axis) {
        return axisError(context, attributes.axis);
    }
    if (!count) {
        return std::vector<TensorType>{};
    }
    Shape shape = context.shape(0);
    if (count->size() != 1 || count->front() < 0 || count->front() > shape[*axis]) {
        return context.error("asks for more elements than an axis has", "k must fit the axis");
    }
    shape[*axis] = count->front();
    return std::vector<TensorType>{{shape, context.type(0)}, {shape, DataType::Int64}};
}

} // namespace tidemark

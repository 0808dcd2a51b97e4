// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_rules.h"

namespace tidemark {

Inferred inferSame(const ShapeContext& context)
{
    return std::vector<TensorType>{{context.shape(0), context.type(0)}};
}

Inferred inferDropout(const ShapeContext& context)
{
    const Shape& shape = context.shape(0);
    return std::vector<TensorType>{{shape, context.type(0)}, {shape, DataType::Bool}};
}

Inferred inferClip(const ShapeContext& context)
{
    auto& clip = std::get<ClipAttributes>(context.op().attributes);
    const auto resolve = [&](std::size_t input, float& limit) {
        if (!context.has(input)) {
            return;
        }
        const auto value = context.reals(input);
        if (value && value->size() == 1) {
            limit = static_cast<float>(value->front());
        } else {
            clip.constant = false;
        }
    };
    resolve(1, clip.min);
    resolve(2, clip.max);
    return inferSame(context);
}

Inferred inferBroadcast(const ShapeContext& context)
{
    Shape shape;
    for (std::size_t i = 0; i < context.inputs(); ++i) {
        if (!context.has(i)) {
            continue;
        }
        const auto together = broadcast(shape, context.shape(i));
        if (!together) {
            return context.error("combines " + toString(shape) + " with " +
                                     toString(context.shape(i)),
                                 "extents must be equal or 1");
        }
        shape = *together;
    }
    return std::vector<TensorType>{{std::move(shape), context.type(0)}};
}

Inferred inferCast(const ShapeContext& context)
{
    return std::vector<TensorType>{
        {context.shape(0), std::get<CastAttributes>(context.op().attributes).to}};
}

Inferred inferSameAsBool(const ShapeContext& context)
{
    return std::vector<TensorType>{{context.shape(0), DataType::Bool}};
}

Inferred inferComparison(const ShapeContext& context)
{
    auto types = inferBroadcast(context);
    if (types) {
        types->front().type = DataType::Bool;
    }
    return types;
}

Inferred inferWhere(const ShapeContext& context)
{
    auto types = inferBroadcast(context);
    if (types) {
        types->front().type = context.type(1);
    }
    return types;
}

Inferred inferShapeOf(const ShapeContext& context)
{
    return std::vector<TensorType>{
        {Shape{static_cast<std::int64_t>(context.rank(0))}, DataType::Int64}};
}

Inferred inferSize(const ShapeContext&)
{
    return std::vector<TensorType>{{Shape{}, DataType::Int64}};
}

Inferred inferFill(const ShapeContext& context)
{
    const auto shape = context.integers(0);
    if (!shape) {
        return std::vector<TensorType>{};
    }
    return std::vector<TensorType>{
        {*shape, std::get<FillAttributes>(context.op().attributes).type}};
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_rules.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

/// A scale that is known must be a positive number: everything is divided by it.
std::optional<Diagnostic> scaleProblem(const ShapeContext& context, std::size_t input)
{
    const auto scales = context.reals(input);
    const bool isGood = !scales || std::ranges::all_of(*scales, [](double scale) {
        return std::isfinite(scale) && scale > 0;
    });
    if (isGood) {
        return std::nullopt;
    }
    return context.error("has a scale that is not a positive number",
                         "quantise the model again with another calibration");
}

/// One that is known must be near the numbers that 8 or 16 bits hold: everything is less by it.
std::optional<Diagnostic> zeroProblem(const ShapeContext& context, std::size_t input)
{
    constexpr std::int64_t kFarthest = 1 << 16;
    const auto zeros = context.has(input) ? context.integers(input) : std::nullopt;
    const auto isNear = [](std::int64_t zero) { return zero >= -kFarthest && zero <= kFarthest; };
    if (!zeros || std::ranges::all_of(*zeros, isNear)) {
        return std::nullopt;
    }
    return context.error("has a zero point of " +
                             std::to_string(*std::ranges::find_if_not(*zeros, isNear)),
                         "quantise the model again with another calibration");
}

/// Scales of one axis of input 0, and their zero points, must be as many as the axis is long.
std::optional<Diagnostic> axisProblem(const ShapeContext& context)
{
    const Shape& scales = context.shape(1);
    const auto count = elementCount(scales);
    if (context.has(2) && elementCount(context.shape(2)) != count) {
        return context.error("has scales of shape " + toString(scales) + " and zero points of " +
                                 toString(context.shape(2)),
                             "give each scale one zero point");
    }
    const auto* attributes = std::get_if<QuantizeAttributes>(&context.op().attributes);
    if (!attributes || scales.size() != 1 || count == 1 || context.rank(0) == 0) {
        return std::nullopt; // one for all, or blocks of the tensor
    }
    const auto rank = static_cast<std::int64_t>(context.rank(0));
    const std::int64_t axis = attributes->axis + (attributes->axis < 0 ? rank : 0);
    if (axis >= 0 && axis < rank && context.shape(0)[static_cast<std::size_t>(axis)] == count) {
        return std::nullopt;
    }
    return context.error("has " + std::to_string(*count) + " scales along axis " +
                             std::to_string(attributes->axis) + " of " + toString(context.shape(0)),
                         "give one scale, or one for each index of the axis");
}

/// Scale at `input`, zero point after it.
std::optional<Diagnostic> quantizationProblem(const ShapeContext& context, std::size_t input)
{
    auto problem = scaleProblem(context, input);
    return problem ? problem : zeroProblem(context, input + 1);
}

} // namespace

Inferred inferQuantize(const ShapeContext& context)
{
    if (const auto problem = quantizationProblem(context, 1)) {
        return *problem;
    }
    if (const auto problem = axisProblem(context)) {
        return *problem;
    }
    const DataType type =
        context.has(2) ? context.type(2) : std::get<QuantizeAttributes>(context.op().attributes).to;
    return std::vector<TensorType>{{context.shape(0), type}};
}

Inferred inferDequantize(const ShapeContext& context)
{
    if (const auto problem = quantizationProblem(context, 1)) {
        return *problem;
    }
    if (const auto problem = axisProblem(context)) {
        return *problem;
    }
    return std::vector<TensorType>{{context.shape(0), context.type(1)}};
}

Inferred inferDynamicQuantize(const ShapeContext& context)
{
    return std::vector<TensorType>{{context.shape(0), DataType::UInt8},
                                   {Shape{}, DataType::Float32},
                                   {Shape{}, DataType::UInt8}};
}

Inferred inferQLinearConv(const ShapeContext& context)
{
    for (const std::size_t scale : {1U, 4U, 6U}) {
        if (const auto problem = quantizationProblem(context, scale)) {
            return *problem;
        }
    }
    auto types = inferConvolution(context, 3, 8);
    if (types && !types->empty()) {
        types->front().type = context.type(7);
    }
    return types;
}

Inferred inferConvInteger(const ShapeContext& context)
{
    for (const std::size_t zero : {2U, 3U}) {
        if (const auto problem = zeroProblem(context, zero)) {
            return *problem;
        }
    }
    constexpr std::size_t kNoBias = 99;
    auto types = inferConvolution(context, 1, kNoBias);
    if (types && !types->empty()) {
        types->front().type = DataType::Int32;
    }
    return types;
}

Inferred inferQLinearMatMul(const ShapeContext& context)
{
    for (const std::size_t scale : {1U, 4U, 6U}) {
        if (const auto problem = quantizationProblem(context, scale)) {
            return *problem;
        }
    }
    return inferProduct(context, 3, context.type(7));
}

Inferred inferMatMulInteger(const ShapeContext& context)
{
    for (const std::size_t zero : {2U, 3U}) {
        if (const auto problem = zeroProblem(context, zero)) {
            return *problem;
        }
    }
    return inferProduct(context, 1, DataType::Int32);
}

} // namespace tidemark

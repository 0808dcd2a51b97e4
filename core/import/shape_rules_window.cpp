// SPDX-License-Identifier: Apache-2.0
// Convolutions and pools. Formulas: the ONNX operator specification, Conv and MaxPool.
#include "core/import/shape_rules.h"

#include <algorithm>
#include <string>

namespace tidemark {

namespace {

/// No extent, kernel, stride or pad beyond this: products of two of them stay inside 64 bits.
constexpr std::int64_t kLargest = 1LL << 30;

/// One spatial dimension of a window, with references to the pads that inference resolves.
struct Axis {
    std::int64_t extent, kernel, stride, dilation;
    std::int64_t &padBefore, &padAfter;

    std::int64_t reach() const { return (kernel - 1) * dilation + 1; }
};

std::optional<Diagnostic> problemOf(const ShapeContext& context, const Axis& axis)
{
    const auto outside = [](std::int64_t value, std::int64_t least) {
        return value < least || value > kLargest;
    };
    if (outside(axis.stride, 1)) {
        return context.error("has a stride of " + std::to_string(axis.stride),
                             "strides must be from 1 to 2^30");
    }
    if (outside(axis.kernel, 1)) {
        return context.error("has a kernel extent of " + std::to_string(axis.kernel),
                             "kernels must be from 1 to 2^30");
    }
    if (outside(axis.dilation, 1)) {
        return context.error("has a dilation of " + std::to_string(axis.dilation),
                             "dilations must be from 1 to 2^30");
    }
    if (outside(axis.padBefore, 0) || outside(axis.padAfter, 0)) {
        return context.error("has a pad of " + std::to_string(axis.padBefore) + " and " +
                                 std::to_string(axis.padAfter),
                             "pads must be from 0 to 2^30");
    }
    if (outside(axis.extent, 1)) {
        return context.error("reads an extent of " + std::to_string(axis.extent),
                             "extents must be from 1 to 2^30");
    }
    return std::nullopt;
}

/// Sets the pads of SAME_UPPER and SAME_LOWER: as many outputs as strides fit into the input.
void resolveSame(const Axis& axis, AutoPad mode)
{
    const std::int64_t outputs = (axis.extent + axis.stride - 1) / axis.stride;
    const std::int64_t total =
        std::max<std::int64_t>((outputs - 1) * axis.stride + axis.reach() - axis.extent, 0);
    const std::int64_t less = total / 2;
    axis.padBefore = mode == AutoPad::SameUpper ? less : total - less;
    axis.padAfter = total - axis.padBefore;
}

void resolvePads(const Axis& axis, AutoPad mode)
{
    if (mode == AutoPad::SameUpper || mode == AutoPad::SameLower) {
        resolveSame(axis, mode);
    } else if (mode == AutoPad::Valid) {
        axis.padBefore = axis.padAfter = 0;
    }
}

/// Output extent, or nothing when the window is larger than the padded input.
std::optional<std::int64_t> outputExtent(const Axis& axis, bool ceilMode)
{
    const std::int64_t room = axis.extent + axis.padBefore + axis.padAfter - axis.reach();
    if (room < 0) {
        return std::nullopt;
    }
    std::int64_t outputs = room / axis.stride + 1;
    if (ceilMode && room % axis.stride != 0) {
        // One more window, cut off by the edge, unless it would begin beyond input and front pad.
        outputs += outputs * axis.stride < axis.extent + axis.padBefore;
    }
    return outputs;
}

/// Spatial output extents of `window` over input 0, whose pads it resolves.
Result<Shape> slide(const ShapeContext& context, Window& window, AutoPad& autoPad, bool ceilMode)
{
    const Shape& input = context.shape(0);
    const std::size_t height = context.heightAxis();
    std::vector<Axis> axes{{input[height], window.kernelH, window.strideH, window.dilationH,
                            window.padTop, window.padBottom}};
    if (input.size() == 3 && (window.kernelW != 1 || window.strideW != 1 || window.dilationW != 1 ||
                              window.padLeft != 0 || window.padRight != 0)) {
        return context.error("has a two-dimensional window over " + toString(input),
                             "the window must have as many dimensions as its input");
    }
    if (input.size() == 4) {
        axes.push_back({input[height + 1], window.kernelW, window.strideW, window.dilationW,
                        window.padLeft, window.padRight});
    }
    Shape extents;
    for (const Axis& axis : axes) {
        if (const auto problem = problemOf(context, axis)) {
            return *problem;
        }
        resolvePads(axis, autoPad);
        const auto extent = outputExtent(axis, ceilMode);
        if (!extent) {
            return context.error("has a window of " + std::to_string(axis.reach()) +
                                     " over a padded input of " +
                                     std::to_string(axis.extent + axis.padBefore + axis.padAfter),
                                 "the window must fit into its input");
        }
        extents.push_back(*extent);
    }
    autoPad = AutoPad::Explicit;
    return extents;
}

Diagnostic rankError(const ShapeContext& context)
{
    return context.error("reads " + toString(context.shape(0)),
                         "it needs batch x channels x height x width, or batch x channels x "
                         "length");
}

bool hasImageRank(const ShapeContext& context)
{
    return context.rank(0) == 3 || context.rank(0) == 4;
}

/// Weights as outputs x inputs of a group x height (x width), whatever the file's order.
Shape ordered(const Shape& w, WeightLayout layout)
{
    switch (layout) {
    case WeightLayout::OutputsHeightWidthInputs:
        return {w[0], w[3], w[1], w[2]};
    case WeightLayout::HeightWidthOutputs:
        return {w[3], w[0], w[1], w[2]};
    case WeightLayout::OutputsInputsHeightWidth:
        break;
    }
    return w;
}

/// An image's shape: batch, channels and extents in the file's order.
Shape imageShape(const ShapeContext& context, std::int64_t channels, const Shape& extents)
{
    Shape shape{context.shape(0)[0]};
    shape.insert(shape.end(), extents.begin(), extents.end());
    shape.insert(context.channelsLast() ? shape.end() : shape.begin() + 1, channels);
    return shape;
}

/// Channels, groups and kernel of a convolution against the shape of its weights.
std::optional<Diagnostic> weightsProblem(const ShapeContext& context, ConvAttributes& conv,
                                         const Shape& given, std::size_t bias)
{
    const Shape& input = context.shape(0);
    if (given.size() != input.size()) {
        return context.error("reads " + toString(input) + " with weights " + toString(given),
                             "weights must have as many dimensions as the input");
    }
    const Shape weights = ordered(given, conv.weights);
    const std::int64_t channels = input[context.channelAxis()];
    const auto mismatch = [&](const std::string& mend) {
        return context.error("reads " + toString(input) + " with weights " + toString(weights) +
                                 " in " + std::to_string(conv.groups) + " groups",
                             mend);
    };
    const std::int64_t kernelW = weights.size() == 4 ? weights[3] : 1;
    if (!conv.kernelGiven) {
        conv.window.kernelH = weights[2];
        conv.window.kernelW = kernelW;
        conv.kernelGiven = true;
    }
    if (conv.window.kernelH != weights[2] || conv.window.kernelW != kernelW) {
        return mismatch("kernel_shape and weights must agree");
    }
    if (conv.groups < 1 || weights[0] < 1 || weights[0] % conv.groups != 0) {
        return mismatch("groups must divide the output channels");
    }
    if (channels % conv.groups != 0 || channels / conv.groups != weights[1]) {
        return mismatch("weights must take the input's channels divided by the groups");
    }
    if (context.has(bias) && context.shape(bias) != Shape{weights[0]}) {
        return context.error("has a bias of " + toString(context.shape(bias)),
                             "it must be " + std::to_string(weights[0]));
    }
    return std::nullopt;
}

} // namespace

Inferred inferConv(const ShapeContext& context)
{
    return inferConvolution(context, 1, 2);
}

Inferred inferConvolution(const ShapeContext& context, std::size_t weights, std::size_t bias)
{
    auto* conv = std::get_if<ConvAttributes>(&context.op().attributes);
    if (!conv) {
        return std::vector<TensorType>{}; // three spatial dimensions: as the file says
    }
    if (!hasImageRank(context)) {
        return rankError(context);
    }
    if (const auto problem = weightsProblem(context, *conv, context.shape(weights), bias)) {
        return *problem;
    }
    const auto extents = slide(context, conv->window, conv->autoPad, false);
    if (!extents) {
        return extents.error();
    }
    const std::int64_t outputs = ordered(context.shape(weights), conv->weights)[0];
    return std::vector<TensorType>{{imageShape(context, outputs, *extents), context.type(0)}};
}

namespace {

/// Output extent of a transposed convolution, with its pads set from `wanted` where that is given.
std::int64_t spread(const Axis& axis, std::int64_t outputPad, std::optional<std::int64_t> wanted,
                    AutoPad mode)
{
    const std::int64_t whole = (axis.extent - 1) * axis.stride + outputPad + axis.reach();
    if (!wanted && (mode == AutoPad::SameUpper || mode == AutoPad::SameLower)) {
        wanted = axis.extent * axis.stride;
    }
    if (wanted) {
        const std::int64_t total = std::max<std::int64_t>(whole - *wanted, 0);
        axis.padBefore = mode == AutoPad::SameLower ? total - total / 2 : total / 2;
        axis.padAfter = total - axis.padBefore;
        return *wanted;
    }
    return whole - axis.padBefore - axis.padAfter;
}

} // namespace

/// Weights are input channels x output channels / groups x kernel.
Inferred inferConvTranspose(const ShapeContext& context)
{
    auto* transpose = std::get_if<ConvTransposeAttributes>(&context.op().attributes);
    if (!transpose) {
        return std::vector<TensorType>{};
    }
    const Shape& input = context.shape(0);
    const Shape& weights = context.shape(1);
    ConvAttributes& conv = transpose->conv;
    const auto wanted = transpose->outputShape;
    const std::size_t dimensions = input.size() - std::min<std::size_t>(input.size(), 2);
    if (!hasImageRank(context) || weights.size() != input.size() || conv.groups < 1 ||
        input[1] != weights[0] || input[1] % conv.groups != 0 || weights[1] > kLargest ||
        conv.groups > kLargest || (wanted && wanted->size() < dimensions)) {
        return context.error("reads " + toString(input) + " with weights " + toString(weights),
                             "channels and groups must agree");
    }
    Window& window = conv.window;
    window.kernelH = weights[2];
    window.kernelW = input.size() == 4 ? weights[3] : 1;
    Shape shape{input[0], weights[1] * conv.groups};
    for (std::size_t i = 0; i < dimensions; ++i) {
        const Axis axis = i == 0 ? Axis{input[2],         window.kernelH, window.strideH,
                                        window.dilationH, window.padTop,  window.padBottom}
                                 : Axis{input[3],         window.kernelW, window.strideW,
                                        window.dilationW, window.padLeft, window.padRight};
        if (const auto problem = problemOf(context, axis)) {
            return *problem;
        }
        const std::int64_t outputPad = i == 0 ? transpose->outputPadH : transpose->outputPadW;
        const auto extent =
            wanted ? std::optional((*wanted)[wanted->size() - dimensions + i]) : std::nullopt;
        const bool isSane = outputPad >= 0 && outputPad <= kLargest && extent.value_or(1) > 0 &&
                            extent.value_or(1) <= kLargest;
        shape.push_back(isSane ? spread(axis, outputPad, extent, conv.autoPad) : -1);
        if (shape.back() < 1) {
            return context.error("makes an extent of less than 1", "check its pads");
        }
    }
    return std::vector<TensorType>{{std::move(shape), context.type(0)}};
}

Inferred inferPool(const ShapeContext& context)
{
    auto* pool = std::get_if<PoolAttributes>(&context.op().attributes);
    if (!pool) {
        return std::vector<TensorType>{};
    }
    if (!hasImageRank(context)) {
        return rankError(context);
    }
    if (pool->oneAxis && context.rank(0) == 4) {
        return context.error("has a one-dimensional window over " + toString(context.shape(0)),
                             "give kernel_shape an extent for height and one for width");
    }
    const auto extents = slide(context, pool->window, pool->autoPad, pool->ceilMode);
    if (!extents) {
        return extents.error();
    }
    const Shape shape = imageShape(context, context.shape(0)[context.channelAxis()], *extents);
    return std::vector<TensorType>{{shape, context.type(0)}, {shape, DataType::Int64}};
}

Inferred inferGlobalPool(const ShapeContext& context)
{
    if (context.rank(0) < 3) {
        return rankError(context);
    }
    Shape shape(context.rank(0), 1);
    shape[0] = context.shape(0)[0];
    shape[1] = context.shape(0)[1];
    return std::vector<TensorType>{{std::move(shape), context.type(0)}};
}

} // namespace tidemark

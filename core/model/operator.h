// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/diagnostic.h"
#include "core/model/ids.h"
#include "core/model/tensor.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidemark {

/// Operators with a meaning of their own here, whatever format they came from.
/// Everything else is `Other`: it is planned from its shapes alone ("plan only").
enum class OperatorKind {
    Conv,
    Gemm,
    MatMul,
    MaxPool,
    Relu,
    Flatten,
    Reshape,
    Identity,
    Other,
    Clip,
    Dropout,
    Add,
    Squeeze,
    Unsqueeze,
    ConvTranspose,
    Recurrent, ///< LSTM, GRU, RNN
    QuantizedConv,
    QuantizedMatMul,
    AveragePool,
    GlobalAveragePool,
    GlobalMaxPool,
    BatchNorm,
    Sub,
    Mul,
    Div,
    Min,
    Max,
    Pow,
    Concat,
    Split,
    Slice,
    Gather,
    Expand,
    Pad,
    Transpose,
    Resize,
    ReduceMean,
    ReduceSum,
    ReduceMax,
    ReduceMin,
    ArgMax,
    ArgMin,
    DepthToSpace,
    SpaceToDepth,
    Softmax, ///< LogSoftmax, too
    PRelu,
    LeakyRelu,
    Elu,
    Selu,
    Sigmoid,
    Tanh,
    HardSigmoid,
    HardSwish,
    Softplus,
    Softsign,
    ThresholdedRelu,
    Exp,
    Log,
    Sqrt,
    Rsqrt,
    Reciprocal,
    Abs,
    Negate,
    Erf,
    Gelu,
    Square,
    Quantize,
    Dequantize
};

enum class AutoPad { Explicit, SameUpper, SameLower, Valid };

/// A sliding window over H and W. Pads are resolved by shape inference unless autoPad says so.
struct Window {
    std::int64_t kernelH = 1, kernelW = 1;
    std::int64_t strideH = 1, strideW = 1;
    std::int64_t dilationH = 1, dilationW = 1;
    std::int64_t padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;

    bool operator==(const Window&) const = default;
};

/// Axes of a convolution's weights in their file; a 1-D convolution has no width.
enum class WeightLayout { OutputsInputsHeightWidth, OutputsHeightWidthInputs, HeightWidthOutputs };

struct ConvAttributes {
    Window window;
    AutoPad autoPad = AutoPad::Explicit;
    std::int64_t groups = 1;
    bool kernelGiven = false; ///< false: kernelH/W are to be read off the weights
    WeightLayout weights = WeightLayout::OutputsInputsHeightWidth;
};
struct PoolAttributes {
    Window window;
    AutoPad autoPad = AutoPad::Explicit;
    bool ceilMode = false;
    bool countPad = false; ///< AveragePool: padding counts as zeros
    bool oneAxis = false;  ///< the file gives the window of a sequence
};
struct GemmAttributes {
    float alpha = 1, beta = 1;
    bool transposeA = false, transposeB = false;
};
struct FlattenAttributes {
    std::int64_t axis = 1;
};
struct ReshapeAttributes {
    bool allowZero = false;
    std::optional<std::vector<std::int64_t>> shape; ///< where it is not an input
};

/// Clip. Limits that are inputs of the operator are resolved by shape inference.
struct ClipAttributes {
    float min = -std::numeric_limits<float>::infinity();
    float max = std::numeric_limits<float>::infinity();
    bool constant = true; ///< false: a limit is computed while the network runs
};
/// One axis: Concat, Gather, ArgMax, TopK, ...
struct AxisAttributes {
    std::int64_t axis = 0;
    bool keepDims = true;
    bool lastIndex = false; ///< ArgMax, ArgMin: of equal elements
};
/// Squeeze, Unsqueeze and reductions, where the axes are not an input.
struct AxesAttributes {
    std::optional<std::vector<std::int64_t>> axes;
    bool keepDims = true;
    bool noopWithEmptyAxes = false;
    /// Reductions: whether each axis is reduced. Resolved by shape inference.
    std::optional<std::vector<bool>> reduced = std::nullopt;
};
/// The numbers of an elementwise function: slopes, limits, epsilon. BatchNorm: alpha = epsilon.
struct ScaleAttributes {
    float alpha = 0, beta = 0;
};
struct SoftmaxAttributes {
    std::int64_t axis = -1;
    bool flattens = false; ///< all axes from `axis` on are one (before opset 13)
    bool logarithm = false;
    float beta = 1;
};
struct TransposeAttributes {
    std::optional<std::vector<std::int64_t>> permutation; ///< nothing = reverse
};
struct CastAttributes {
    DataType to = DataType::Float32;
};
/// QuantizeLinear and DequantizeLinear; `axis` where every index of one has a scale of its own.
struct QuantizeAttributes {
    DataType to = DataType::UInt8;
    std::int64_t axis = 1;
};
/// Lists that newer files give as inputs stay empty where they are inputs.
/// What a Slice cuts out, with one entry for every dimension of its input.
struct SliceRegion {
    std::vector<std::int64_t> starts, steps, extents;
};
struct SliceAttributes {
    std::optional<std::vector<std::int64_t>> starts, ends, axes;
    std::optional<std::vector<std::int64_t>> steps = std::nullopt;
    std::optional<SliceRegion> region = std::nullopt; ///< resolved by shape inference
};
struct SplitAttributes {
    std::int64_t axis = 0;
    std::optional<std::vector<std::int64_t>> sizes; ///< resolved by shape inference
};
struct PadAttributes {
    std::optional<std::vector<std::int64_t>> pads;
    std::string mode = "constant";
    float value = 0;
    bool isResolved = false; ///< before, after and value are known
    std::vector<std::int64_t> before = {}, after = {};
};
struct ResizeAttributes {
    std::optional<std::vector<float>> scales;
    std::optional<std::vector<std::int64_t>> axes; ///< that scales and sizes speak of, or all
    std::optional<std::vector<std::int64_t>> sizes = std::nullopt;
    bool stretch = true; ///< false: sizes are limits that keep the aspect ratio
    std::string mode = "nearest", coordinates = "half_pixel", rounding = "round_prefer_floor";
    bool extrapolates = false; ///< looks beyond the edge: antialias, crop
    std::optional<std::vector<float>> resolved = std::nullopt; ///< a scale for every dimension
};
struct BlockAttributes {
    std::int64_t size = 1;          ///< DepthToSpace, SpaceToDepth
    bool channelsOutermost = false; ///< DepthToSpace in CRD mode: the block varies fastest
};
struct ConvTransposeAttributes {
    ConvAttributes conv;
    std::int64_t outputPadH = 0, outputPadW = 0;
    std::optional<std::vector<std::int64_t>> outputShape;
};
struct RecurrentAttributes {
    std::int64_t hidden = 0; ///< 0: to be read off the weights
    std::int64_t directions = 1;
    bool batchFirst = false;
};
/// ConstantOfShape: one element, that all are.
struct FillAttributes {
    DataType type = DataType::Float32;
    std::vector<std::byte> element = std::vector<std::byte>(4);
};

using Attributes =
    std::variant<std::monostate, ConvAttributes, PoolAttributes, GemmAttributes, FlattenAttributes,
                 ReshapeAttributes, ClipAttributes, AxisAttributes, AxesAttributes,
                 TransposeAttributes, CastAttributes, SliceAttributes, SplitAttributes,
                 PadAttributes, ResizeAttributes, BlockAttributes, ConvTransposeAttributes,
                 RecurrentAttributes, FillAttributes, QuantizeAttributes, ScaleAttributes,
                 SoftmaxAttributes>;

struct Operator {
    std::string name; ///< as the file spells it, or TYPE_INDEX when it has none: untrusted
    OperatorKind kind = OperatorKind::Other;
    std::string typeName; ///< "Conv", or "com.example.Foo" outside the default domain
    std::vector<std::optional<TensorId>> inputs; ///< nothing = an optional input left out
    std::vector<TensorId> outputs;               ///< an invalid id = an optional output left out
    Attributes attributes;
    /// Bit i: input i steers the operator (a shape, axes, limits) and is no stored parameter.
    std::uint32_t controlInputs = 0;
};

/// "operator 'conv1' (Conv)", safe to print: how messages name an operator.
inline std::string describe(const Operator& op)
{
    return "operator '" + printable(op.name) + "' (" + printable(op.typeName) + ")";
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/ids.h"
#include "core/model/operator.h"
#include "core/model/tensor.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What stages do. The numbers of an int8 stage follow from the quantization of its values and
/// constants (TFLite's scheme); the operators say only what is computed, in real numbers.
namespace tidemark {

/// Clamp applied before a stage stores its result, in real numbers. An int8 stage clamps to the
/// same limits quantised as the stored value is.
struct Activation {
    float min = -std::numeric_limits<float>::infinity();
    float max = std::numeric_limits<float>::infinity();

    bool operator==(const Activation&) const = default;
};

/// An axis of a value.
enum class ValueAxis { Rows, Width, Channels };

/// Addition of a second input (Stage::inputs[1]) in the epilogue of a convolution. In int8 the
/// convolution's result is first requantised as `quantization` says, then added and requantised
/// to the output, exactly as the two stages would.
struct ResidualAdd {
    std::optional<Quantization> quantization; ///< of the convolution's own result; int8 only
    Activation activation;                    ///< after the addition
};

/// Convolution with bias and activation; a depthwise one has groups == input channels. At most one
/// of `pool` and `residual`. `pool` is a max-pool done in the epilogue, over the convolution's
/// rows, which then never exist as a tensor.
struct ConvOp {
    Window window;
    std::int64_t groups = 1;
    ConstantId weights;
    std::optional<ConstantId> bias;
    Activation activation;
    std::optional<Window> pool;
    std::int64_t convRows = 1, convWidth = 1; ///< extents before the pool
    std::optional<ResidualAdd> residual = std::nullopt;
};

struct MaxPoolOp {
    Window window;
    Activation activation = {};
};

/// Mean under each window. Padding counts as zeros that were there (`countPad`) or not at all.
/// int8: the mean is rounded half away from zero, input and output share their quantization;
/// where they differ the mean is requantised.
struct AveragePoolOp {
    Window window;
    bool countPad = false;
    Activation activation;
};

enum class Reduction { Mean, Sum, Max, Min };
/// Over one or more whole axes, which become 1. Global pools with no window of their own are this.
struct ReduceOp {
    Reduction kind = Reduction::Mean;
    bool rows = false, width = false, channels = false; ///< the axes reduced
    /// Average-pool arithmetic in int8 (integer mean, rounded) instead of a multiplied sum.
    bool roundsMean = false;
    Activation activation = {};
};

/// out[o] = activation(bias[o] + sum_i weights[o][i] * in[i]); the input is all its rows in turn.
struct FullyConnectedOp {
    ConstantId weights;
    std::optional<ConstantId> bias;
    Activation activation;
};

/// Matrix product of two computed values: out[r][o] = sum_i a[r][i] * b[i][o] with b as rows of
/// its width x channels, or b[o][i] when `transposeB`. Also a fully connected layer applied to
/// each row of a sequence, where b is a constant.
struct MatMulOp {
    bool transposeB = false;
    std::optional<ConstantId> weights; ///< b, outputs x inputs; else Stage::inputs[1]
    std::optional<ConstantId> bias;
    Activation activation;
};

/// min(max(x)) alone, where no producer could take it.
struct ClampOp {
    Activation activation;
};

/// Elementwise functions of one value. int8: a table of 256 entries, except Requantize (Identity
/// with other quantization), Quantize and Dequantize.
enum class UnaryFunction {
    Identity,  ///< copies; between types or quantizations it quantises, dequantises, requantises
    LeakyRelu, ///< alpha
    Elu,       ///< alpha
    Selu,      ///< alpha, beta = gamma
    Sigmoid,
    Tanh,
    HardSigmoid, ///< alpha * x + beta, clamped to 0..1
    HardSwish,
    Softplus,
    Softsign,
    ThresholdedRelu, ///< alpha
    Exp,
    Log,
    Sqrt,
    Rsqrt,
    Reciprocal,
    Abs,
    Negate,
    Erf,
    Gelu, ///< exact; beta != 0: the tanh approximation
    Square
};
struct UnaryOp {
    UnaryFunction function = UnaryFunction::Identity;
    float alpha = 0, beta = 0;
};

/// x < 0 ? slope * x : x. The slope has one element, one per channel, or one per element.
struct PReluOp {
    ConstantId slope;
};

/// Along channels, for each pixel; a 1-D tensor is one pixel.
struct SoftmaxOp {
    float beta = 1;
    bool logarithm = false;
};

enum class BinaryFunction { Add, Sub, Mul, Div, Min, Max };
/// Elementwise with broadcasting: an operand's axis of extent 1 is repeated. One operand may be a
/// constant whose shape is rows x width x channels, each of the output's extent or 1.
struct BinaryOp {
    BinaryFunction function = BinaryFunction::Add;
    std::optional<ConstantId> constant;
    bool constantFirst = false; ///< constant - x instead of x - constant
    Activation activation;
};

/// Inputs one after the other along an axis. Along rows (or where everything outside `axis` is 1)
/// they may be views of the output: see Value::storage. int8 inputs whose quantization differs
/// from the output's are requantised.
struct ConcatOp {
    ValueAxis axis = ValueAxis::Channels;
};

enum class PadMode { Constant, Edge, Reflect };
/// Also where a convolution could not take the padding.
struct PadOp {
    PadMode mode = PadMode::Constant;
    float value = 0;
    std::int64_t rowsBefore = 0, rowsAfter = 0, widthBefore = 0, widthAfter = 0;
    std::int64_t channelsBefore = 0, channelsAfter = 0;
};

/// Output element (i0, i1, ...) of `extents`, in the output's order in memory, is input element
/// offset + i0 * strides[0] + i1 * strides[1] + ... in the input's: transpose, slice, split,
/// expand, depth to space, channel shuffle. At most 6 axes. A stride may be 0 or negative.
struct RearrangeOp {
    std::vector<std::int64_t> extents, strides;
    std::int64_t offset = 0;
};

enum class ResizeMode { Nearest, Linear };
enum class ResizeCoordinates { HalfPixel, PytorchHalfPixel, AlignCorners, Asymmetric };
enum class ResizeRounding { PreferFloor, PreferCeil, Floor, Ceil };
/// Rows and width by one factor each: coordinates as ONNX Resize defines them.
struct ResizeOp {
    ResizeMode mode = ResizeMode::Nearest;
    ResizeCoordinates coordinates = ResizeCoordinates::HalfPixel;
    ResizeRounding rounding = ResizeRounding::PreferFloor; ///< Nearest only
    float rowScale = 1, widthScale = 1;                    ///< output / input
};

/// Index of the largest (or smallest) element along an axis: int32 or int64.
struct ArgMaxOp {
    ValueAxis axis = ValueAxis::Channels;
    bool lastIndex = false; ///< of equal elements
    bool smallest = false;
};

/// Known shapes, no kernel: drawn and planned, cannot be exported or run.
struct PlanOnlyOp {
    std::string typeName;    ///< operator as the file names it: untrusted
    std::string reason = {}; ///< why, safe to print: "its weights 'w' are computed"
};

using StageOp = std::variant<ConvOp, MaxPoolOp, AveragePoolOp, ReduceOp, FullyConnectedOp, MatMulOp,
                             ClampOp, UnaryOp, PReluOp, SoftmaxOp, BinaryOp, ConcatOp, PadOp,
                             RearrangeOp, ResizeOp, ArgMaxOp, PlanOnlyOp>;

} // namespace tidemark

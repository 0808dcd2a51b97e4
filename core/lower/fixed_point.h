// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <cstdint>

/// The numbers int8 kernels multiply by, as TensorFlow Lite Micro derives them from scales.
namespace tidemark {

/// A real factor as multiplier * 2^(shift - 31), multiplier in [2^30, 2^31) or 0.
struct FixedPoint {
    std::int32_t multiplier = 0;
    std::int32_t shift = 0;

    bool operator==(const FixedPoint&) const = default;
};

/// Nearest to `factor` >= 0. A right shift beyond 31 makes it zero.
FixedPoint fixedPoint(double factor);

/// Scale and zero point of a tensor with one of each; 1 and 0 where it has none.
double scaleOf(const std::optional<Quantization>& quantization);
std::int32_t zeroPointOf(const std::optional<Quantization>& quantization);
bool sameQuantization(const std::optional<Quantization>& a, const std::optional<Quantization>& b);

/// Nearest stored value to `real`, half away from zero, clamped to the type: int8, or uint8.
std::int32_t quantized(double real, const std::optional<Quantization>& quantization,
                       DataType type = DataType::Int8);

/// Limits of an activation as stored values.
struct StoredRange {
    std::int32_t min = -128, max = 127;
};
StoredRange storedRange(const Activation& activation,
                        const std::optional<Quantization>& quantization);

/// Factor from a product of an input and weights to the output: of a convolution, one for each of
/// the weights' scales.
std::vector<FixedPoint> convolutionScales(const Value& input, const Constant& weights,
                                          const std::optional<Quantization>& output);
/// The same of a fully connected layer or matrix product. One scale is multiplied in float, as
/// TensorFlow Lite does it, several in double.
std::vector<FixedPoint> productScales(const Value& input, const std::optional<Quantization>& factor,
                                      const Value& output);

/// What the sum of two tensors is computed with: both are brought to twice the larger scale.
struct SumScales {
    FixedPoint a, b, output;
};
SumScales sumScales(const std::optional<Quantization>& a, const std::optional<Quantization>& b,
                    const std::optional<Quantization>& output);

/// Softmax: the factor of a difference of stored values, beta included, and the difference below
/// which the result is 0. Log softmax: also the way back from the product to a difference.
struct SoftmaxScale {
    FixedPoint factor;
    std::int32_t least = 0;
    FixedPoint reverse = {};
};
SoftmaxScale softmaxScale(double beta, double inputScale);

/// The only quantization that an int8 softmax, or log softmax, has for its output.
Quantization softmaxQuantization(bool logarithm);
/// Sums of more exponentials do not fit the fixed point of int8.
inline constexpr std::int64_t kMostSoftmaxChannels = 4095;

} // namespace tidemark

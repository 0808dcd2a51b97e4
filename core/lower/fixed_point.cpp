// SPDX-License-Identifier: Apache-2.0
#include "core/lower/fixed_point.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

std::int32_t roundedAndClamped(double real, double offset, std::int32_t min, std::int32_t max)
{
    const double value = std::round(real) + offset;
    return value <= min ? min : value >= max ? max : static_cast<std::int32_t>(value);
}

} // namespace

FixedPoint fixedPoint(double factor)
{
    if (!(factor > 0) || !std::isfinite(factor)) {
        return {};
    }
    int shift = 0;
    auto fraction = std::llround(std::frexp(factor, &shift) * static_cast<double>(1LL << 31));
    if (fraction == 1LL << 31) {
        fraction /= 2;
        ++shift;
    }
    if (shift < -31) {
        return {};
    }
    return {static_cast<std::int32_t>(fraction), std::min(shift, 31)};
}

double scaleOf(const std::optional<Quantization>& quantization)
{
    return quantization && !quantization->scales.empty() ? quantization->scales.front() : 1;
}

std::int32_t zeroPointOf(const std::optional<Quantization>& quantization)
{
    return quantization && !quantization->zeroPoints.empty() ? quantization->zeroPoints.front() : 0;
}

bool sameQuantization(const std::optional<Quantization>& a, const std::optional<Quantization>& b)
{
    return scaleOf(a) == scaleOf(b) && zeroPointOf(a) == zeroPointOf(b);
}

std::int32_t quantized(double real, const std::optional<Quantization>& quantization, DataType type)
{
    const std::int32_t min = type == DataType::UInt8 ? 0 : -128;
    if (std::isnan(real)) {
        return std::clamp(zeroPointOf(quantization), min, min + 255);
    }
    const float scaled = static_cast<float>(real) / static_cast<float>(scaleOf(quantization));
    return roundedAndClamped(scaled, zeroPointOf(quantization), min, min + 255);
}

StoredRange storedRange(const Activation& activation,
                        const std::optional<Quantization>& quantization)
{
    StoredRange range;
    if (std::isfinite(activation.min)) {
        range.min = quantized(activation.min, quantization);
    }
    if (std::isfinite(activation.max)) {
        range.max = quantized(activation.max, quantization);
    }
    return range;
}

std::vector<FixedPoint> convolutionScales(const Value& input, const Constant& weights,
                                          const std::optional<Quantization>& output)
{
    std::vector<FixedPoint> scales;
    const std::vector<float> one{1};
    for (const float scale : weights.quantization ? weights.quantization->scales : one) {
        scales.push_back(
            fixedPoint(scaleOf(input.quantization) * static_cast<double>(scale) / scaleOf(output)));
    }
    return scales;
}

std::vector<FixedPoint> productScales(const Value& input, const std::optional<Quantization>& factor,
                                      const Value& output)
{
    const auto inputScale = static_cast<float>(scaleOf(input.quantization));
    const double outputScale = scaleOf(output.quantization);
    if (!factor || factor->scales.size() <= 1) {
        const float product = inputScale * static_cast<float>(scaleOf(factor));
        return {fixedPoint(static_cast<double>(product) / outputScale)};
    }
    std::vector<FixedPoint> scales;
    for (const float scale : factor->scales) {
        scales.push_back(
            fixedPoint(static_cast<double>(inputScale) * static_cast<double>(scale) / outputScale));
    }
    return scales;
}

SumScales sumScales(const std::optional<Quantization>& a, const std::optional<Quantization>& b,
                    const std::optional<Quantization>& output)
{
    constexpr double kUp = 1 << 20;
    const double twice = 2 * std::max(scaleOf(a), scaleOf(b));
    return {fixedPoint(scaleOf(a) / twice), fixedPoint(scaleOf(b) / twice),
            fixedPoint(twice / (kUp * scaleOf(output)))};
}

SoftmaxScale softmaxScale(double beta, double inputScale)
{
    constexpr int kIntegerBits = 5;
    constexpr double kMost = static_cast<double>((1LL << 31) - 1);
    const FixedPoint factor =
        fixedPoint(std::min(beta * inputScale * (1 << (31 - kIntegerBits)), kMost));
    const double radius =
        ((1 << kIntegerBits) - 1) * std::ldexp(1.0, 31 - kIntegerBits - factor.shift);
    const FixedPoint reverse =
        factor.multiplier > 0 ? fixedPoint(std::ldexp(1.0, 31 - factor.shift) / factor.multiplier)
                              : FixedPoint{};
    return {factor, -static_cast<std::int32_t>(std::min(std::floor(radius), 256.0)), reverse};
}

Quantization softmaxQuantization(bool logarithm)
{
    return logarithm ? Quantization{{1.0F / 16}, {127}, -1}
                     : Quantization{{1.0F / 256}, {-128}, -1};
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/byte_functions.h"

#include "core/lower/fixed_point.h"

#include "kernels/generic/tm_fixed.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

double sigmoid(double x)
{
    return 1 / (1 + std::exp(-x));
}

double gelu(double x, bool approximate)
{
    return approximate ? 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)))
                       : 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
}

/// logistic(a) in Q0, a in Q4.
std::int32_t logistic(std::int32_t a)
{
    if (a == 0) {
        return 1 << 30;
    }
    const std::int32_t positive =
        tm_one_over_one_plus(tm_exp_negative(a > 0 ? -a : std::max(a, -TM_INT32_MAX), 4));
    return a > 0 ? positive : TM_INT32_MAX - positive;
}

/// tanh(a) in Q0, a in Q4.
std::int32_t hyperbolicTangent(std::int32_t a)
{
    if (a == 0) {
        return 0;
    }
    const std::int32_t result =
        tm_one_minus_over_one_plus(tm_exp_negative(a > 0 ? -a : std::max(a, -TM_INT32_MAX), 5));
    return a > 0 ? result : -result;
}

/// One stored value to another; stored values without their zero points where said so.
class ByteMap {
public:
    ByteMap(const Value& in, const Value& out) : m_in(in), m_out(out) {}

    std::int32_t operator()(const ClampOp& op, std::int32_t stored) const
    {
        const StoredRange range = limits(op.activation);
        return std::clamp(scaled(centred(stored), factor()), range.min, range.max);
    }
    std::int32_t operator()(const UnaryOp& op, std::int32_t stored) const
    {
        switch (op.function) {
        case UnaryFunction::Identity:
            return saturated(scaled(centred(stored), factor()));
        case UnaryFunction::LeakyRelu:
            return leakyRelu(op, centred(stored));
        case UnaryFunction::Sigmoid:
            return scaleOf(m_out.quantization) == 1.0 / 256 ? squashed(stored, logistic, 8)
                                                            : real(op, stored);
        case UnaryFunction::Tanh:
            return scaleOf(m_out.quantization) == 1.0 / 128 ? squashed(stored, hyperbolicTangent, 7)
                                                            : real(op, stored);
        case UnaryFunction::HardSwish:
            return m_out.type == DataType::Int8 ? hardSwish(centred(stored)) : real(op, stored);
        default:
            return real(op, stored);
        }
    }
    template <class Op> std::int32_t operator()(const Op&, std::int32_t stored) const
    {
        return stored;
    }

private:
    std::int32_t least() const { return m_out.type == DataType::UInt8 ? 0 : -128; }
    std::int32_t saturated(std::int32_t value) const
    {
        return std::clamp(value, least(), least() + 255);
    }
    std::int32_t centred(std::int32_t stored) const
    {
        return stored - zeroPointOf(m_in.quantization);
    }
    FixedPoint factor() const
    {
        return fixedPoint(scaleOf(m_in.quantization) / scaleOf(m_out.quantization));
    }
    std::int32_t scaled(std::int32_t x, FixedPoint by) const
    {
        return tm_wrapping_add(tm_requantize(x, by.multiplier, by.shift),
                               zeroPointOf(m_out.quantization));
    }
    StoredRange limits(const Activation& activation) const
    {
        const auto limit = [&](float real, std::int32_t none) {
            return std::isfinite(real) ? quantized(real, m_out.quantization, m_out.type) : none;
        };
        return {limit(activation.min, least()), limit(activation.max, least() + 255)};
    }

    std::int32_t real(const UnaryOp& op, std::int32_t stored) const
    {
        const double x = scaleOf(m_in.quantization) * centred(stored);
        return quantized(unaryValue(op, x), m_out.quantization, m_out.type);
    }

    std::int32_t leakyRelu(const UnaryOp& op, std::int32_t x) const
    {
        const auto in = static_cast<float>(scaleOf(m_in.quantization));
        const auto out = static_cast<float>(scaleOf(m_out.quantization));
        return saturated(
            scaled(x, x >= 0 ? fixedPoint(in / out) : fixedPoint(in * op.alpha / out)));
    }

    /// Logistic and tanh: 4 integer bits in, outputs of `bits` fraction bits.
    std::int32_t squashed(std::int32_t stored, std::int32_t (*function)(std::int32_t),
                          std::int32_t bits) const
    {
        constexpr int kIntegerBits = 4;
        const FixedPoint up =
            fixedPoint(scaleOf(m_in.quantization) * static_cast<double>(1 << (31 - kIntegerBits)));
        const double radius =
            std::floor(std::ldexp((1 << kIntegerBits) - 1, 31 - kIntegerBits - up.shift));
        const std::int32_t x = centred(stored);
        if (x <= -radius || x >= radius) {
            const std::int32_t lowest = bits == 8 ? 0 : -128;
            return saturated((x < 0 ? lowest : lowest + 255) + (bits == 8 ? least() : 0));
        }
        const std::int32_t y = function(tm_requantize(x, up.multiplier, up.shift));
        return saturated(tm_round_shift(y, 31 - bits) + (bits == 8 ? least() : 0));
    }

    /// x * relu6(x + 3) / 6, in 16-bit steps.
    std::int32_t hardSwish(std::int32_t x) const
    {
        const float high = static_cast<float>(scaleOf(m_in.quantization)) / 128;
        const auto half = [](FixedPoint wide) { // to 16 bits, rounded
            const std::int64_t rounded =
                (static_cast<std::int64_t>(wide.multiplier) + (1 << 15)) >> 16;
            return static_cast<std::int32_t>(std::min<std::int64_t>(rounded, 32767));
        };
        const FixedPoint toOutput =
            fixedPoint(high / static_cast<float>(scaleOf(m_out.quantization)));
        const FixedPoint toRelu = fixedPoint(high / (3.0F / 32768.0F));
        const auto high16 = [](std::int32_t a, std::int32_t b) {
            const std::int32_t nudge = (a < 0) == (b < 0) ? 1 << 14 : 1 - (1 << 14);
            return std::min((a * b + nudge) / (1 << 15), 32767);
        };
        const auto saturate16 = [](std::int64_t value) {
            return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -32768, 32767));
        };
        const std::int32_t wide = x * 128;
        const std::int32_t result = high16(wide, half(toOutput));
        std::int32_t relu = wide;
        if (toRelu.shift > 0) {
            relu = saturate16(static_cast<std::int64_t>(relu) << (toRelu.shift - 1));
        }
        relu = high16(relu, half(toRelu));
        if (toRelu.shift > 0) {
            relu = saturate16(static_cast<std::int64_t>(relu) << 1);
        } else if (toRelu.shift < 0) {
            relu = tm_round_shift(relu, -toRelu.shift);
        }
        relu = (relu + 32768) >> 1; // from [-1, 1] to [0, 1]
        const std::int32_t product = relu * result / (1 << 15);
        const std::int32_t shifted = toOutput.shift < 0 ? tm_round_shift(product, -toOutput.shift)
                                                        : tm_shift_up(product, toOutput.shift);
        return saturated(shifted + zeroPointOf(m_out.quantization));
    }

    const Value& m_in;
    const Value& m_out;
};

} // namespace

double unaryValue(const UnaryOp& op, double x)
{
    switch (op.function) {
    case UnaryFunction::Identity:
        return x;
    case UnaryFunction::LeakyRelu:
        return x < 0 ? op.alpha * x : x;
    case UnaryFunction::Elu:
        return x < 0 ? op.alpha * std::expm1(x) : x;
    case UnaryFunction::Selu:
        return x > 0 ? op.beta * x : op.beta * op.alpha * std::expm1(x);
    case UnaryFunction::Sigmoid:
        return sigmoid(x);
    case UnaryFunction::Tanh:
        return std::tanh(x);
    case UnaryFunction::HardSigmoid:
        return std::clamp<double>(op.alpha * x + op.beta, 0, 1);
    case UnaryFunction::HardSwish:
        return x * std::clamp<double>(x / 6 + 0.5, 0, 1);
    case UnaryFunction::Softplus:
        return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    case UnaryFunction::Softsign:
        return x / (1 + std::abs(x));
    case UnaryFunction::ThresholdedRelu:
        return x > op.alpha ? x : 0;
    case UnaryFunction::Exp:
        return std::exp(x);
    case UnaryFunction::Log:
        return std::log(x);
    case UnaryFunction::Sqrt:
        return std::sqrt(x);
    case UnaryFunction::Rsqrt:
        return 1 / std::sqrt(x);
    case UnaryFunction::Reciprocal:
        return 1 / x;
    case UnaryFunction::Abs:
        return std::abs(x);
    case UnaryFunction::Negate:
        return -x;
    case UnaryFunction::Erf:
        return std::erf(x);
    case UnaryFunction::Gelu:
        return gelu(x, op.beta != 0);
    case UnaryFunction::Square:
        return x * x;
    }
    return x;
}

std::array<std::uint8_t, 256> byteFunction(const StageOp& op, const Value& in, const Value& out)
{
    std::array<std::uint8_t, 256> entries{};
    const ByteMap map(in, out);
    for (std::int32_t byte = 0; byte < 256; ++byte) {
        const std::int32_t stored = in.type == DataType::Int8 && byte > 127 ? byte - 256 : byte;
        const std::int32_t result = std::visit([&](const auto& o) { return map(o, stored); }, op);
        entries[static_cast<std::size_t>(byte)] = static_cast<std::uint8_t>(result);
    }
    return entries;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// The int8 half of the interpreter: sums as exact integers, then fixed point as of int8.h.
#include "core/lower/byte_functions.h"
#include "core/lower/mean_scale.h"
#include "core/reference/int8.h"
#include "core/reference/interpreter.h"

#include "kernels/tm_kernels_s8.h"

#include <algorithm>
#include <cmath>

namespace tidemark::reference {

namespace {

/// Stored numbers without their zero point.
std::vector<double> centred(std::span<const float> stored,
                            const std::optional<Quantization>& quantization)
{
    const double zeroPoint = zeroPointOf(quantization);
    std::vector<double> result(stored.size());
    std::ranges::transform(stored, result.begin(), [&](float x) { return x - zeroPoint; });
    return result;
}

/// Accumulators as they are stored: scale number i % scales.size(), plus offset, clamped.
std::vector<float> stored(std::span<const double> sums, std::span<const FixedPoint> scales,
                          std::int64_t offset, StoredRange range)
{
    std::vector<float> result(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
        const std::int64_t value =
            requantized(wrapped(sums[i]), scales[i % scales.size()]) + offset;
        result[i] = static_cast<float>(std::clamp<std::int64_t>(value, range.min, range.max));
    }
    return result;
}

std::int64_t roundedQuotient(std::int64_t sum, std::int64_t count)
{
    const std::int64_t half = count / 2;
    return sum > 0 ? (sum + half) / count : (sum - half) / count;
}

} // namespace

void Interpreter::convolveInt8(const ConvOp& op, std::span<const float> weights,
                               std::span<const float> bias)
{
    const Extents conv =
        op.pool ? Extents{op.convRows, op.convWidth, out().channels} : extentsOf(out());
    const auto& result = op.residual ? op.residual->quantization : out().quantization;
    const Constant& kernel = m_network[op.weights];
    const std::vector<double> wide(bias.begin(), bias.end());
    std::vector<double> sums(static_cast<std::size_t>(conv.elements()));
    convolve<double>(op, centred(weights, kernel.quantization), wide, extentsOf(in()),
                     centred(input(), in().quantization), conv, sums);
    const std::vector<float> rows = stored(sums, convolutionScales(in(), kernel, result),
                                           zeroPointOf(result), storedRange(op.activation, result));
    if (op.pool) {
        maxPool(*op.pool, conv, rows, extentsOf(out()), output());
    } else if (op.residual) {
        output() =
            sumInt8({rows, result}, {input(1), in(1).quantization}, false, op.residual->activation);
    } else {
        output() = rows;
    }
}

void Interpreter::averageInt8(const AveragePoolOp& op)
{
    const bool same = sameQuantization(in().quantization, out().quantization);
    const FixedPoint factor = fixedPoint(scaleOf(in().quantization) / scaleOf(out().quantization));
    const std::int64_t zeroPoint = zeroPointOf(in().quantization);
    const StoredRange range = storedRange(op.activation, out().quantization);
    // Padding that counts is real 0, so sums are taken without the zero point and get it back.
    std::vector<float> real = input();
    for (float& x : real) {
        x -= static_cast<float>(zeroPoint);
    }
    const WindowSums window = windowSums(op, extentsOf(in()), real, extentsOf(out()));
    for (std::size_t i = 0; i < window.sums.size(); ++i) {
        const std::int64_t sum =
            static_cast<std::int64_t>(window.sums[i]) + zeroPoint * window.counts[i];
        std::int64_t mean = roundedQuotient(sum, window.counts[i]);
        if (!same) {
            mean = requantized(mean - zeroPoint, factor) + zeroPointOf(out().quantization);
        }
        output()[i] = static_cast<float>(std::clamp<std::int64_t>(mean, range.min, range.max));
    }
}

void Interpreter::reduceInt8(const ReduceOp& op)
{
    const std::vector<double> raw = reduce(op, extentsOf(in()), input());
    const StoredRange range = storedRange(op.activation, out().quantization);
    if (op.kind == Reduction::Max || op.kind == Reduction::Min) {
        std::ranges::transform(raw, output().begin(), [&](double x) {
            return static_cast<float>(std::clamp<double>(x, range.min, range.max));
        });
        return;
    }
    const SumScale scale = sumScale(op, in(), out());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const std::int64_t sum =
            static_cast<std::int64_t>(raw[i]) + scale.count * scale.inputOffset;
        std::int64_t value = requantized(wrapped(static_cast<double>(sum)), scale.factor);
        value = scale.divides ? roundedQuotient(value, scale.count) : value;
        output()[i] = static_cast<float>(
            std::clamp<std::int64_t>(value + scale.outputOffset, range.min, range.max));
    }
}

void Interpreter::multiplyInt8(std::span<const float> weights, std::span<const float> bias,
                               std::int64_t inputs, const std::optional<Quantization>& factor,
                               const Activation& activation)
{
    const std::vector<double> wide(bias.begin(), bias.end());
    std::vector<double> sums(output().size());
    multiply<double>(centred(weights, factor), wide, centred(input(), in().quantization), inputs,
                     sums);
    output() = stored(sums, productScales(in(), factor, out()), zeroPointOf(out().quantization),
                      storedRange(activation, out().quantization));
}

void Interpreter::lookup(const StageOp& op)
{
    const auto entries = byteFunction(op, in(), out());
    std::ranges::transform(input(), output().begin(), [&](float x) {
        const std::uint8_t byte = entries[static_cast<std::uint8_t>(static_cast<std::int32_t>(x))];
        return isInt8() ? static_cast<float>(static_cast<std::int8_t>(byte))
                        : static_cast<float>(byte);
    });
}

void Interpreter::preluInt8(const PReluOp& op, std::span<const float> slopes)
{
    const std::vector<double> x = centred(input(), in().quantization);
    const auto& quantization = m_network[op.slope].quantization;
    const double ratio = scaleOf(in().quantization) / scaleOf(out().quantization);
    const FixedPoint plain = fixedPoint(ratio);
    const FixedPoint sloped = fixedPoint(scaleOf(in().quantization) * scaleOf(quantization) /
                                         scaleOf(out().quantization));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double slope =
            slopes[i % slopes.size()] - static_cast<float>(zeroPointOf(quantization));
        const std::int64_t value =
            x[i] >= 0 ? requantized(static_cast<std::int64_t>(x[i]), plain)
                      : requantized(static_cast<std::int64_t>(x[i] * slope), sloped);
        output()[i] = static_cast<float>(
            std::clamp<std::int64_t>(value + zeroPointOf(out().quantization), -128, 127));
    }
}

/// The one piece of fixed point that is not written twice: goldens of another engine check it.
Status Interpreter::softmaxInt8(const SoftmaxOp& op)
{
    if (!sameQuantization(out().quantization, softmaxQuantization(op.logarithm)) ||
        in().channels > kMostSoftmaxChannels) {
        return error("(" + m_stage->kindText() + ") has no int8 form for this output",
                     op.logarithm ? "quantise its output with scale 1/16 and zero point 127"
                                  : "quantise its output with scale 1/256 and zero point -128");
    }
    const SoftmaxScale scale = softmaxScale(op.beta, scaleOf(in().quantization));
    const auto pixels = static_cast<std::int32_t>(in().elements() / in().channels);
    const auto channels = static_cast<std::int32_t>(in().channels);
    const std::vector<float>& from = input();
    const std::vector<std::int8_t> source(from.begin(), from.end());
    std::vector<std::int8_t> result(source.size());
    void* dst = result.data();
    const void* src = source.data();
    const auto& [factor, least, reverse] = scale;
    if (op.logarithm) {
        const tm_logsoftmax_s8_params params{pixels,       channels, factor.multiplier,
                                             factor.shift, least,    reverse.multiplier,
                                             reverse.shift};
        tm_logsoftmax_s8(&dst, 1, &src, &params);
    } else {
        const tm_softmax_s8_params params{pixels,       channels, factor.multiplier,
                                          factor.shift, least,    nullptr};
        tm_softmax_s8(&dst, 1, &src, &params);
    }
    output().assign(result.begin(), result.end());
    return Done{};
}

std::vector<float> Interpreter::sumInt8(const Operand& a, const Operand& b, bool subtract,
                                        const Activation& activation) const
{
    const SumScales scales = sumScales(a.quantization, b.quantization, out().quantization);
    const StoredRange range = storedRange(activation, out().quantization);
    const auto wide = [](float stored, const std::optional<Quantization>& quantization,
                         FixedPoint factor) {
        const auto x = static_cast<std::int64_t>(stored) - zeroPointOf(quantization);
        return requantized(x * (1 << 20), factor);
    };
    std::vector<float> result(a.elements.size());
    for (std::size_t i = 0; i < result.size(); ++i) {
        const std::int64_t x = wide(a.elements[i], a.quantization, scales.a);
        const std::int64_t y = wide(b.elements[i], b.quantization, scales.b);
        const std::int64_t sum = requantized(subtract ? x - y : x + y, scales.output);
        result[i] = static_cast<float>(
            std::clamp<std::int64_t>(sum + zeroPointOf(out().quantization), range.min, range.max));
    }
    return result;
}

void Interpreter::binaryInt8(const BinaryOp& op, const Operand& a, const Operand& b)
{
    if (op.function == BinaryFunction::Add || op.function == BinaryFunction::Sub) {
        output() = sumInt8(a, b, op.function == BinaryFunction::Sub, op.activation);
        return;
    }
    const StoredRange range = storedRange(op.activation, out().quantization);
    const std::vector<double> x = centred(a.elements, a.quantization);
    const std::vector<double> y = centred(b.elements, b.quantization);
    const FixedPoint factor =
        fixedPoint(scaleOf(a.quantization) * scaleOf(b.quantization) / scaleOf(out().quantization));
    const auto realA = static_cast<float>(scaleOf(a.quantization));
    const auto realB = static_cast<float>(scaleOf(b.quantization));
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::int64_t value = 0;
        if (op.function == BinaryFunction::Mul) {
            value = requantized(static_cast<std::int64_t>(x[i] * y[i]), factor) +
                    zeroPointOf(out().quantization);
        } else {
            const float p = realA * static_cast<float>(x[i]);
            const float q = realB * static_cast<float>(y[i]);
            const float real = op.function == BinaryFunction::Div   ? p / q
                               : op.function == BinaryFunction::Min ? std::min(p, q)
                                                                    : std::max(p, q);
            value = quantized(real, out().quantization);
        }
        output()[i] = static_cast<float>(std::clamp<std::int64_t>(value, range.min, range.max));
    }
}

} // namespace tidemark::reference

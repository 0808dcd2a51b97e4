// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference_kernels.h"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidemark::reference {

namespace {

template <class Number>
using Matrix = Eigen::Matrix<Number, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Number> using ConstMatrix = Eigen::Map<const Matrix<Number>>;
template <class Number>
using ConstVector = Eigen::Map<const Eigen::Matrix<Number, Eigen::Dynamic, 1>>;
template <class Number>
using Block = Eigen::Map<Matrix<Number>, Eigen::Unaligned, Eigen::OuterStride<>>;

/// One row of output pixels and the patches of input they see, one patch (kH,kW,I/groups) a row.
template <class Number> class Patches {
public:
    Patches(const ConvOp& op, const Extents& in, std::span<const Number> input, std::int64_t width)
        : m_window(op.window), m_in(in), m_input(input), m_channels(in.channels / op.groups),
          m_patches(width, m_window.kernelH * m_window.kernelW * m_channels)
    {
    }

    const Matrix<Number>& gather(std::int64_t outRow, std::int64_t group)
    {
        m_patches.setZero();
        for (std::int64_t kh = 0; kh < m_window.kernelH; ++kh) {
            const std::int64_t row =
                outRow * m_window.strideH - m_window.padTop + kh * m_window.dilationH;
            for (std::int64_t kw = 0; kw < m_window.kernelW && row >= 0 && row < m_in.rows; ++kw) {
                gatherColumn(row, kh, kw, group);
            }
        }
        return m_patches;
    }

private:
    /// The pixels of input row `row` that kernel element (kh, kw) meets.
    void gatherColumn(std::int64_t row, std::int64_t kh, std::int64_t kw, std::int64_t group)
    {
        for (std::int64_t out = 0; out < m_patches.rows(); ++out) {
            const std::int64_t column =
                out * m_window.strideW - m_window.padLeft + kw * m_window.dilationW;
            if (column < 0 || column >= m_in.width) {
                continue;
            }
            const Number* pixel =
                m_input.data() + (row * m_in.width + column) * m_in.channels + group * m_channels;
            std::copy_n(pixel, m_channels,
                        m_patches.row(out).data() + (kh * m_window.kernelW + kw) * m_channels);
        }
    }

    const Window& m_window;
    const Extents& m_in;
    std::span<const Number> m_input;
    std::int64_t m_channels;
    Matrix<Number> m_patches;
};

/// Calls `visit` with the index of the first channel of every input pixel under the window of
/// output pixel `pixel`.
template <class F>
void forWindow(const Window& window, const Extents& in, const Extents& out, std::int64_t pixel,
               F visit)
{
    for (std::int64_t k = 0; k < window.kernelH * window.kernelW; ++k) {
        const std::int64_t row = pixel / out.width * window.strideH - window.padTop +
                                 k / window.kernelW * window.dilationH;
        const std::int64_t column = pixel % out.width * window.strideW - window.padLeft +
                                    k % window.kernelW * window.dilationW;
        const bool inside = row >= 0 && row < in.rows && column >= 0 && column < in.width;
        const bool padding = row >= -window.padTop && row < in.rows + window.padBottom &&
                             column >= -window.padLeft && column < in.width + window.padRight;
        if (inside) {
            visit((row * in.width + column) * in.channels);
        } else if (padding) {
            visit(std::int64_t{-1});
        }
    }
}

} // namespace

template <class Number>
void convolve(const ConvOp& op, std::span<const Number> weights, std::span<const Number> bias,
              const Extents& in, std::span<const Number> input, const Extents& out,
              std::span<Number> output)
{
    Patches<Number> patches(op, in, input, out.width);
    const std::int64_t outputs = out.channels / op.groups;
    const std::int64_t patch = op.window.kernelH * op.window.kernelW * (in.channels / op.groups);
    for (std::int64_t group = 0; group < op.groups; ++group) {
        const ConstMatrix<Number> kernel(weights.data() + group * outputs * patch, outputs, patch);
        for (std::int64_t row = 0; row < out.rows; ++row) {
            Block<Number> pixels(output.data() + row * out.width * out.channels + group * outputs,
                                 out.width, outputs, Eigen::OuterStride<>(out.channels));
            pixels.noalias() = patches.gather(row, group) * kernel.transpose();
            if (!bias.empty()) {
                pixels.rowwise() +=
                    ConstVector<Number>(bias.data() + group * outputs, outputs).transpose();
            }
        }
    }
}

template <class Number>
void multiply(std::span<const Number> weights, std::span<const Number> bias,
              std::span<const Number> input, std::int64_t inputs, std::span<Number> output)
{
    const auto vectors = static_cast<Eigen::Index>(input.size()) / inputs;
    const auto outputs = static_cast<Eigen::Index>(output.size()) / vectors;
    Eigen::Map<Matrix<Number>> result(output.data(), vectors, outputs);
    const ConstMatrix<Number> matrix(weights.data(), outputs, inputs);
    result.noalias() = ConstMatrix<Number>(input.data(), vectors, inputs) * matrix.transpose();
    if (!bias.empty()) {
        result.rowwise() += ConstVector<Number>(bias.data(), outputs).transpose();
    }
}

template void convolve<float>(const ConvOp&, std::span<const float>, std::span<const float>,
                              const Extents&, std::span<const float>, const Extents&,
                              std::span<float>);
template void convolve<double>(const ConvOp&, std::span<const double>, std::span<const double>,
                               const Extents&, std::span<const double>, const Extents&,
                               std::span<double>);
template void multiply<float>(std::span<const float>, std::span<const float>,
                              std::span<const float>, std::int64_t, std::span<float>);
template void multiply<double>(std::span<const double>, std::span<const double>,
                               std::span<const double>, std::int64_t, std::span<double>);

void maxPool(const Window& window, const Extents& in, std::span<const float> input,
             const Extents& out, std::span<float> output)
{
    std::ranges::fill(output, -std::numeric_limits<float>::infinity());
    for (std::int64_t i = 0; i < out.rows * out.width; ++i) {
        float* best = output.data() + i * out.channels;
        forWindow(window, in, out, i, [&](std::int64_t pixel) {
            for (std::int64_t c = 0; pixel >= 0 && c < out.channels; ++c) {
                best[c] = std::max(best[c], input[static_cast<std::size_t>(pixel + c)]);
            }
        });
    }
}

WindowSums windowSums(const AveragePoolOp& op, const Extents& in, std::span<const float> input,
                      const Extents& out)
{
    WindowSums result;
    result.sums.resize(static_cast<std::size_t>(out.elements()));
    result.counts.resize(result.sums.size());
    for (std::int64_t i = 0; i < out.rows * out.width; ++i) {
        const auto at = static_cast<std::size_t>(i * out.channels);
        forWindow(op.window, in, out, i, [&](std::int64_t pixel) {
            for (std::size_t c = 0; c < static_cast<std::size_t>(out.channels); ++c) {
                result.counts[at + c] += pixel >= 0 || op.countPad ? 1 : 0;
                result.sums[at + c] +=
                    pixel >= 0 ? static_cast<double>(input[static_cast<std::size_t>(pixel) + c])
                               : 0;
            }
        });
    }
    return result;
}

std::vector<double> reduce(const ReduceOp& op, const Extents& in, std::span<const float> input)
{
    const Extents out{op.rows ? 1 : in.rows, op.width ? 1 : in.width,
                      op.channels ? 1 : in.channels};
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const double start = op.kind == Reduction::Max   ? -kInfinity
                         : op.kind == Reduction::Min ? kInfinity
                                                     : 0;
    std::vector<double> result(static_cast<std::size_t>(out.elements()), start);
    for (std::int64_t i = 0; i < in.elements(); ++i) {
        const std::int64_t row = op.rows ? 0 : i / in.rowElements();
        const std::int64_t column = op.width ? 0 : i / in.channels % in.width;
        const std::int64_t channel = op.channels ? 0 : i % in.channels;
        double& to =
            result[static_cast<std::size_t>((row * out.width + column) * out.channels + channel)];
        const double value = input[static_cast<std::size_t>(i)];
        to = op.kind == Reduction::Max   ? std::max(to, value)
             : op.kind == Reduction::Min ? std::min(to, value)
                                         : to + value;
    }
    return result;
}

void softmax(const SoftmaxOp& op, std::int64_t channels, std::span<const float> input,
             std::span<float> output)
{
    const auto size = static_cast<std::size_t>(channels);
    for (std::size_t at = 0; at < input.size(); at += size) {
        const auto pixel = input.subspan(at, size);
        const double best = *std::ranges::max_element(pixel);
        double sum = 0;
        for (const float x : pixel) {
            sum += std::exp(op.beta * (x - best));
        }
        for (std::size_t c = 0; c < size; ++c) {
            const double x = op.beta * (pixel[c] - best);
            output[at + c] =
                static_cast<float>(op.logarithm ? x - std::log(sum) : std::exp(x) / sum);
        }
    }
}

std::vector<float> broadcast(const Extents& in, std::span<const float> input, const Extents& out)
{
    std::vector<float> result;
    result.reserve(static_cast<std::size_t>(out.elements()));
    for (std::int64_t i = 0; i < out.elements(); ++i) {
        const std::int64_t row = in.rows == 1 ? 0 : i / out.rowElements();
        const std::int64_t column = in.width == 1 ? 0 : i / out.channels % out.width;
        const std::int64_t channel = in.channels == 1 ? 0 : i % out.channels;
        result.push_back(
            input[static_cast<std::size_t>((row * in.width + column) * in.channels + channel)]);
    }
    return result;
}

void clamp(const Activation& activation, std::span<float> values)
{
    for (float& value : values) {
        value = std::min(std::max(value, activation.min), activation.max);
    }
}

} // namespace tidemark::reference

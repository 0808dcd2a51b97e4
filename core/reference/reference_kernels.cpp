// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference_kernels.h"

#include <Eigen/Core>

#include <algorithm>

namespace tidemark::reference {

namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ConstMatrix = Eigen::Map<const Matrix>;
using ConstVector = Eigen::Map<const Eigen::VectorXf>;
using Block = Eigen::Map<Matrix, Eigen::Unaligned, Eigen::OuterStride<>>;

/// One row of output pixels and the patches of input they see, one patch (kH,kW,I/groups) a row.
class Patches {
public:
    Patches(const ConvOp& op, const Extents& in, std::span<const float> input, std::int64_t width)
        : m_window(op.window), m_in(in), m_input(input), m_channels(in.channels / op.groups),
          m_patches(width, m_window.kernelH * m_window.kernelW * m_channels)
    {
    }

    const Matrix& gather(std::int64_t outRow, std::int64_t group)
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
            const float* pixel =
                m_input.data() + (row * m_in.width + column) * m_in.channels + group * m_channels;
            std::copy_n(pixel, m_channels,
                        m_patches.row(out).data() + (kh * m_window.kernelW + kw) * m_channels);
        }
    }

    const Window& m_window;
    const Extents& m_in;
    std::span<const float> m_input;
    std::int64_t m_channels;
    Matrix m_patches;
};

} // namespace

void convolve(const ConvOp& op, std::span<const float> weights, std::span<const float> bias,
              const Extents& in, std::span<const float> input, const Extents& out,
              std::span<float> output)
{
    Patches patches(op, in, input, out.width);
    const std::int64_t outputs = out.channels / op.groups;
    const std::int64_t patch = op.window.kernelH * op.window.kernelW * (in.channels / op.groups);
    for (std::int64_t group = 0; group < op.groups; ++group) {
        const ConstMatrix kernel(weights.data() + group * outputs * patch, outputs, patch);
        for (std::int64_t row = 0; row < out.rows; ++row) {
            Block pixels(output.data() + row * out.width * out.channels + group * outputs,
                         out.width, outputs, Eigen::OuterStride<>(out.channels));
            pixels.noalias() = patches.gather(row, group) * kernel.transpose();
            if (!bias.empty()) {
                pixels.rowwise() += ConstVector(bias.data() + group * outputs, outputs).transpose();
            }
        }
    }
}

void maxPool(const Window& window, const Extents& in, std::span<const float> input,
             const Extents& out, std::span<float> output)
{
    std::ranges::fill(output, -std::numeric_limits<float>::infinity());
    const auto pixel = [](auto data, const Extents& e, std::int64_t row, std::int64_t column) {
        return data.subspan(static_cast<std::size_t>((row * e.width + column) * e.channels),
                            static_cast<std::size_t>(e.channels));
    };
    for (std::int64_t i = 0; i < out.rows * out.width; ++i) {
        const std::span<float> best = pixel(output, out, i / out.width, i % out.width);
        for (std::int64_t k = 0; k < window.kernelH * window.kernelW; ++k) {
            const std::int64_t row = i / out.width * window.strideH - window.padTop +
                                     k / window.kernelW * window.dilationH;
            const std::int64_t column = i % out.width * window.strideW - window.padLeft +
                                        k % window.kernelW * window.dilationW;
            if (row < 0 || row >= in.rows || column < 0 || column >= in.width) {
                continue;
            }
            const std::span<const float> seen = pixel(input, in, row, column);
            std::ranges::transform(best, seen, best.begin(),
                                   [](float a, float b) { return std::max(a, b); });
        }
    }
}

void multiply(std::span<const float> weights, std::span<const float> bias,
              std::span<const float> input, std::span<float> output)
{
    const auto inputs = static_cast<Eigen::Index>(input.size());
    const auto outputs = static_cast<Eigen::Index>(output.size());
    Eigen::Map<Eigen::VectorXf> result(output.data(), outputs);
    result.noalias() =
        ConstMatrix(weights.data(), outputs, inputs) * ConstVector(input.data(), inputs);
    if (!bias.empty()) {
        result += ConstVector(bias.data(), outputs);
    }
}

void clamp(const Activation& activation, std::span<float> values)
{
    for (float& value : values) {
        value = std::min(std::max(value, activation.min), activation.max);
    }
}

} // namespace tidemark::reference

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <span>
#include <vector>

/// What the stages mean, written for reading, one tensor at a time. `Number` is float for fp32
/// stages and double for int8 ones, whose sums of integers it holds exactly.
namespace tidemark::reference {

/// Extents of a tensor in NHWC order, batch 1.
struct Extents {
    std::int64_t rows = 1, width = 1, channels = 1;

    std::int64_t rowElements() const { return width * channels; }
    std::int64_t elements() const { return rows * rowElements(); }
};
inline Extents extentsOf(const Value& value)
{
    return {value.rows, value.width, value.channels};
}

/// Convolution with bias (may be empty) and without activation. `weights` is O,kH,kW,I/groups.
template <class Number>
void convolve(const ConvOp& op, std::span<const Number> weights, std::span<const Number> bias,
              const Extents& in, std::span<const Number> input, const Extents& out,
              std::span<Number> output);

/// output = weights (outputs x inputs) * input + bias (may be empty), without activation, for each
/// of input's vectors of `inputs` elements.
template <class Number>
void multiply(std::span<const Number> weights, std::span<const Number> bias,
              std::span<const Number> input, std::int64_t inputs, std::span<Number> output);

/// Largest element under each window; padding is never the largest.
void maxPool(const Window& window, const Extents& in, std::span<const float> input,
             const Extents& out, std::span<float> output);

/// Sum under each window and how many elements it is of, padding counted if `op` says so.
struct WindowSums {
    std::vector<double> sums;
    std::vector<std::int64_t> counts;
};
WindowSums windowSums(const AveragePoolOp& op, const Extents& in, std::span<const float> input,
                      const Extents& out);

/// Sum, largest or smallest over the reduced axes; a mean is still its sum.
std::vector<double> reduce(const ReduceOp& op, const Extents& in, std::span<const float> input);

void softmax(const SoftmaxOp& op, std::int64_t channels, std::span<const float> input,
             std::span<float> output);

/// Elements of an operand repeated to the extents of the output.
std::vector<float> broadcast(const Extents& in, std::span<const float> input, const Extents& out);

void clamp(const Activation& activation, std::span<float> values);

// What moves numbers and computes none.
std::vector<float> concat(ValueAxis axis, std::span<const Extents> extents,
                          std::span<const std::vector<float>> inputs, const Extents& out);
/// `value` as stored.
std::vector<float> pad(const PadOp& op, float value, const Extents& in,
                       std::span<const float> input, const Extents& out);
std::vector<float> rearrange(const RearrangeOp& op, std::span<const float> input);
/// Linear modes blend with weights rounded to 1/1024 where `coarse` (int8), unrounded results.
std::vector<float> resize(const ResizeOp& op, const Extents& in, std::span<const float> input,
                          const Extents& out, bool coarse);
std::vector<float> argMax(const ArgMaxOp& op, const Extents& in, std::span<const float> input);

} // namespace tidemark::reference

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <span>

namespace tidemark::reference {

/// Extents of a tensor in NHWC order, batch 1.
struct Extents {
    std::int64_t rows = 1, width = 1, channels = 1;
};

/// Convolution with bias (may be empty) and without activation. `weights` is O,kH,kW,I/groups.
void convolve(const ConvOp& op, std::span<const float> weights, std::span<const float> bias,
              const Extents& in, std::span<const float> input, const Extents& out,
              std::span<float> output);

/// Largest element under each window; padding is never the largest.
void maxPool(const Window& window, const Extents& in, std::span<const float> input,
             const Extents& out, std::span<float> output);

/// output = weights (outputs x inputs) * input + bias (may be empty), without activation.
void multiply(std::span<const float> weights, std::span<const float> bias,
              std::span<const float> input, std::span<float> output);

void clamp(const Activation& activation, std::span<float> values);

} // namespace tidemark::reference

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/resize_source.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

/// Output coordinate to input coordinate.
float coordinate(ResizeCoordinates mode, float scale, std::int64_t inputs, std::int64_t outputs,
                 float x)
{
    switch (mode) {
    case ResizeCoordinates::HalfPixel:
        return (x + 0.5F) / scale - 0.5F;
    case ResizeCoordinates::PytorchHalfPixel:
        return outputs > 1 ? (x + 0.5F) / scale - 0.5F : 0;
    case ResizeCoordinates::AlignCorners:
        return outputs > 1 ? x * static_cast<float>(inputs - 1) / static_cast<float>(outputs - 1)
                           : 0;
    case ResizeCoordinates::Asymmetric:
        return x / scale;
    }
    return x;
}

float rounded(ResizeRounding rounding, float x)
{
    switch (rounding) {
    case ResizeRounding::PreferFloor:
        return std::ceil(x - 0.5F);
    case ResizeRounding::PreferCeil:
        return std::floor(x + 0.5F);
    case ResizeRounding::Floor:
        return std::floor(x);
    case ResizeRounding::Ceil:
        return std::ceil(x);
    }
    return x;
}

std::int64_t inside(float index, std::int64_t inputs)
{
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(index), 0, inputs - 1);
}

} // namespace

ResizeSource resizeSource(const ResizeOp& op, float scale, std::int64_t inputs,
                          std::int64_t outputs, std::int64_t index)
{
    const auto last = static_cast<float>(inputs - 1);
    const float x = coordinate(op.coordinates, scale, inputs, outputs, static_cast<float>(index));
    if (op.mode == ResizeMode::Nearest) {
        const std::int64_t at =
            inside(rounded(op.rounding, std::clamp(x, -1.0F, last + 1)), inputs);
        return {at, at, 0};
    }
    const float clamped = std::clamp(x, 0.0F, last);
    const std::int64_t first = inside(std::floor(clamped), inputs);
    return {first, std::min(first + 1, inputs - 1), clamped - static_cast<float>(first)};
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/fixed_point.h"

#include <algorithm>
#include <cstdint>
#include <limits>

/// Fixed-point arithmetic straight from its definition, in 64 bits: the yardstick of the kernels'.
namespace tidemark::reference {

/// x / 2^shift, rounded half away from zero.
inline std::int64_t roundedShift(std::int64_t x, int shift)
{
    const std::int64_t half = shift > 0 ? std::int64_t{1} << (shift - 1) : 0;
    return x >= 0 ? (x + half) >> shift : -((-x + half) >> shift);
}

/// x * 2^(shift - 31) * multiplier: rounded to nearest (halves upwards) by 31 bits, then half away
/// from zero by the rest.
inline std::int64_t requantized(std::int64_t x, FixedPoint factor)
{
    constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
    const int up = std::max(0, factor.shift);
    const std::int64_t shifted =
        std::clamp<std::int64_t>(x * (std::int64_t{1} << up), -kMost - 1, kMost);
    const std::int64_t high = (shifted * factor.multiplier + (std::int64_t{1} << 30)) >> 31;
    return roundedShift(high, up - factor.shift);
}

/// An accumulator as 32 bits hold it.
inline std::int64_t wrapped(double sum)
{
    return static_cast<std::int32_t>(
        static_cast<std::uint32_t>(static_cast<std::int64_t>(sum) & 0xffffffff));
}

} // namespace tidemark::reference

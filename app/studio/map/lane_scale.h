// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace tidemark::studio {

/// How the addresses of a bank are spread over the height of its lane.
enum class ScaleMode {
    Auto,     ///< Peak where that shows the buffers, Log where most would vanish
    Peak,     ///< linear, up to what is used
    Capacity, ///< linear, up to the whole bank
    Log,      ///< up to what is used, every slice between neighbouring edges as high as the
              ///< logarithm of its bytes
};

/// Address to height: piecewise linear and strictly rising, so that stacking order is never lost.
///
/// The logarithmic form takes the logarithm of the slices between buffer edges, not of addresses:
/// 336 bytes at offset 8,000 stay as visible as 336 bytes at offset 0.
class LaneScale {
public:
    struct Tick {
        std::int64_t address = 0;
        double fraction = 0;
    };

    LaneScale() = default;
    static LaneScale linear(std::int64_t top);
    /// `edges`: starts and ends of everything in the lane, any order; `top` > 0.
    static LaneScale logarithmic(std::vector<std::int64_t> edges, std::int64_t top);

    std::int64_t top() const { return m_knots.back().address; }
    double fraction(std::int64_t address) const; ///< 0 at address 0, 1 at top(), clamped
    std::int64_t addressAt(double fraction) const;

    /// Round addresses at least `minimumGap` (a fraction) apart, from 0 on.
    std::vector<Tick> ticks(double minimumGap) const;

private:
    std::vector<Tick> m_knots{{0, 0}, {1, 1}};
    bool m_linear = true;
};

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/lane_scale.h"

#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

/// Interpolates `to` along `from` on knots sorted by both.
template <class From, class To>
double interpolate(const std::vector<LaneScale::Tick>& knots, double at, From from, To to)
{
    const auto after = std::ranges::upper_bound(
        knots.begin() + 1, knots.end() - 1, at, {},
        [&](const LaneScale::Tick& knot) { return static_cast<double>(from(knot)); });
    const LaneScale::Tick &low = *(after - 1), &high = *after;
    const double reach = static_cast<double>(from(high)) - static_cast<double>(from(low));
    const double part = std::clamp((at - static_cast<double>(from(low))) / reach, 0.0, 1.0);
    return static_cast<double>(to(low)) +
           part * (static_cast<double>(to(high)) - static_cast<double>(to(low)));
}

constexpr auto kAddress = [](const LaneScale::Tick& t) { return t.address; };
constexpr auto kFraction = [](const LaneScale::Tick& t) { return t.fraction; };

} // namespace

LaneScale LaneScale::linear(std::int64_t top)
{
    LaneScale scale;
    scale.m_knots = {{0, 0}, {std::max<std::int64_t>(1, top), 1}};
    return scale;
}

LaneScale LaneScale::logarithmic(std::vector<std::int64_t> edges, std::int64_t top)
{
    top = std::max<std::int64_t>(1, top);
    edges.push_back(0);
    edges.push_back(top);
    std::ranges::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    std::erase_if(edges, [top](std::int64_t edge) { return edge < 0 || edge > top; });

    LaneScale scale;
    scale.m_linear = edges.size() == 2;
    scale.m_knots = {{0, 0}};
    double height = 0;
    for (std::size_t i = 1; i < edges.size(); ++i) {
        height += std::log2(1.0 + static_cast<double>(edges[i] - edges[i - 1]));
        scale.m_knots.push_back({edges[i], height});
    }
    for (Tick& knot : scale.m_knots) {
        knot.fraction /= height;
    }
    return scale;
}

double LaneScale::fraction(std::int64_t address) const
{
    return interpolate(m_knots, static_cast<double>(address), kAddress, kFraction);
}

std::int64_t LaneScale::addressAt(double fraction) const
{
    return std::llround(interpolate(m_knots, fraction, kFraction, kAddress));
}

std::vector<LaneScale::Tick> LaneScale::ticks(double minimumGap) const
{
    std::vector<Tick> ticks;
    if (!m_linear) {
        for (const Tick& knot : m_knots) {
            if (ticks.empty() || knot.fraction - ticks.back().fraction >= minimumGap) {
                ticks.push_back(knot);
            }
        }
        return ticks;
    }
    const double wanted = std::max(1.0, minimumGap * static_cast<double>(top()));
    const auto step = static_cast<std::int64_t>(std::exp2(std::ceil(std::log2(wanted))));
    for (std::int64_t address = 0; address <= top(); address += step) {
        ticks.push_back({address, fraction(address)});
        if (address > top() - step) { // the sum could leave 64 bits
            break;
        }
    }
    return ticks;
}

} // namespace tidemark::studio

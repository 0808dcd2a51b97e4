// SPDX-License-Identifier: Apache-2.0
#include "core/explore/sweep_front.h"

#include "core/model/format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace tidemark {

namespace {

/// One figure of two points: nothing where only one of them is known.
struct Gain {
    std::optional<double> saved; ///< by the first point
    const char* unit;
    const char* name;
};
using Gains = std::array<Gain, 4>;

constexpr double kRounding = 1e-9;

std::optional<double> savedBy(const Estimate& a, const Estimate& b)
{
    if (a.value.has_value() != b.value.has_value()) {
        return std::nullopt;
    }
    if (!a.value) {
        return 0;
    }
    // Sums in another order differ in their last digits: that is no saving.
    const double saved = *b.value - *a.value;
    return std::abs(saved) <= kRounding * std::abs(*b.value) ? 0 : saved;
}

Gain timeSaved(const SweepPoint& a, const SweepPoint& b)
{
    const bool unknown = !a.latency.value && !b.latency.value;
    if (unknown && a.settings.board == b.settings.board) {
        return {savedBy(a.instructions, b.instructions), "", "instructions"};
    }
    return {savedBy(a.latency, b.latency), "us", "latency"};
}

Gains gains(const SweepPoint& a, const SweepPoint& b)
{
    return {{{static_cast<double>((b.ram - a.ram).count()), "B", "RAM"},
             timeSaved(a, b),
             {savedBy(a.energy, b.energy), "uJ", "energy"},
             {static_cast<double>((b.flash - a.flash).count()), "B", "flash"}}};
}

/// No worse in any figure, and better in one; of equals the first wins.
bool dominates(const SweepResult& result, std::size_t a, std::size_t b)
{
    const Gains all = gains(result.points[a], result.points[b]);
    const auto worse = [](const Gain& gain) { return !gain.saved || *gain.saved < 0; };
    const auto better = [](const Gain& gain) { return *gain.saved > 0; };
    if (std::any_of(all.begin(), all.end(), worse)) {
        return false;
    }
    return a < b || std::any_of(all.begin(), all.end(), better);
}

std::string amount(double value)
{
    if (value >= 999.5) { // three digits would be 1e+03
        return formatCount(std::llround(value));
    }
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3g", value);
    return text.data();
}

std::string reasonOf(const SweepSpace& space, const SweepPoint& winner, const SweepPoint& loser)
{
    std::string saved;
    for (const Gain& gain : gains(winner, loser)) {
        if (*gain.saved > 0) {
            saved += (saved.empty() ? "" : ", ") + amount(*gain.saved) + " " + gain.unit +
                     (*gain.unit != '\0' ? " " : "") + gain.name;
        }
    }
    const std::string label = sweepLabel(space, winner.settings);
    return saved.empty() ? "the same figures as " + label
                         : label + " saves " + saved + " and costs nothing more";
}

/// How many choices two points share: the nearest winner explains best.
int likeness(const SweepSettings& a, const SweepSettings& b)
{
    const auto& x = a.constraints;
    const auto& y = b.constraints;
    return (a.network == b.network) + (a.board == b.board) + (x.technique == y.technique) +
           (x.objective == y.objective) + (a.weightBank == b.weightBank) +
           (a.activationBank == b.activationBank) + (x.budgets == y.budgets);
}

} // namespace

void findFront(const SweepSpace& space, SweepResult& result)
{
    std::vector<std::size_t> fitting;
    for (std::size_t i = 0; i < result.points.size(); ++i) {
        if (result.points[i].fits) {
            fitting.push_back(i);
        }
    }
    for (const std::size_t i : fitting) {
        const auto beats = [&](std::size_t j) { return j != i && dominates(result, j, i); };
        if (std::none_of(fitting.begin(), fitting.end(), beats)) {
            result.points[i].onFront = true;
            result.front.push_back(i);
        }
    }
    for (const std::size_t i : fitting) {
        SweepPoint& point = result.points[i];
        int best = -1;
        for (const std::size_t j : result.front) {
            const int shared = likeness(result.points[j].settings, point.settings);
            if (!point.onFront && shared > best && dominates(result, j, i)) {
                best = shared;
                point.dominatedBy = j;
            }
        }
        if (point.dominatedBy) {
            point.reason = reasonOf(space, result.points[*point.dominatedBy], point);
        }
    }
    std::stable_sort(result.front.begin(), result.front.end(), [&](std::size_t a, std::size_t b) {
        return result.points[a].ram < result.points[b].ram;
    });
}

} // namespace tidemark

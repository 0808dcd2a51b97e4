// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/call_loops.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tidemark {

namespace {

using Runs = std::vector<CallLoops::Call>;

/// `times` repetitions of the `period` runs from `begin` on, each run's first row moving by a
/// constant step from one repetition to the next.
struct Repetition {
    std::size_t begin, period, times;
};

constexpr std::size_t kLongestPeriod = 64;

/// Of a call with its announcement, in both the plain and the hooked run; of what makes a loop.
constexpr Bytes kCallCode{28};
constexpr Bytes kLoopCode{24};

Runs runsOf(const std::vector<Step>& steps)
{
    Runs runs;
    for (const Step& step : steps) {
        const bool goesOn = !runs.empty() && runs.back().stage == step.track &&
                            runs.back().first + runs.back().rows == step.row;
        if (goesOn) {
            ++runs.back().rows;
        } else {
            runs.push_back({step.track, step.row, 1, 0});
        }
    }
    return runs;
}

bool follows(const CallLoops::Call& first, const CallLoops::Call& second,
             const CallLoops::Call& before, const CallLoops::Call& run)
{
    return run.stage == first.stage && run.rows == first.rows &&
           run.first - before.first == second.first - first.first;
}

std::size_t repetitions(const Runs& runs, std::size_t begin, std::size_t period)
{
    const auto at = [&](std::size_t i) -> const CallLoops::Call& { return runs[begin + i]; };
    std::size_t i = period;
    while (begin + i < runs.size() &&
           follows(at(i % period), at(period + i % period), at(i - period), at(i))) {
        ++i;
    }
    return i / period;
}

/// The repetition from `begin` on that covers most runs; one run once where nothing repeats.
Repetition longestRepetition(const Runs& runs, std::size_t begin)
{
    Repetition best{begin, 1, 1};
    for (std::size_t period = 1; period <= std::min(kLongestPeriod, (runs.size() - begin) / 2);
         ++period) {
        const std::size_t times = repetitions(runs, begin, period);
        if (times > 2 && times * period > best.times * best.period) {
            best = {begin, period, times};
        }
    }
    return best;
}

CallLoops::Loop loopOf(const Runs& runs, const Repetition& repetition)
{
    const auto begin = runs.begin() + static_cast<std::ptrdiff_t>(repetition.begin);
    CallLoops::Loop loop{{begin, begin + static_cast<std::ptrdiff_t>(repetition.period)},
                         repetition.times};
    for (std::size_t k = 0; k < repetition.period && repetition.times > 1; ++k) {
        const CallLoops::Call& next = runs[repetition.begin + repetition.period + k];
        loop.body[k].step = next.first - loop.body[k].first;
    }
    return loop;
}

} // namespace

std::vector<Step> stepsOf(const Network& network, const Schedule& schedule)
{
    std::vector<bool> gathers(network.stages.size());
    for (const Event& event : schedule.events) {
        if (event.kind == EventKind::Accumulate) {
            gathers[event.stage.index()] = true;
        }
    }
    std::vector<Step> steps;
    for (const Event& event : schedule.events) {
        if (event.kind == EventKind::Copy) {
            continue; // its stage's first call begins with it
        }
        if (event.kind == EventKind::InputRow) {
            steps.push_back({network.stages.size(), event.row});
            continue;
        }
        const bool last = event.kind == EventKind::Row && gathers[event.stage.index()];
        const std::int64_t added = last ? network[network[event.stage].inputs.front()].rows : 0;
        steps.push_back({event.stage.index(), event.row + added});
    }
    return steps;
}

CallLoops callLoops(const std::vector<Step>& steps)
{
    const Runs runs = runsOf(steps);
    CallLoops made;
    for (std::size_t begin = 0; begin < runs.size();) {
        const Repetition repetition = longestRepetition(runs, begin);
        made.loops.push_back(loopOf(runs, repetition));
        begin += repetition.period * repetition.times;
    }
    return made;
}

Bytes CallLoops::code() const
{
    Bytes sum;
    for (const Loop& loop : loops) {
        sum += kCallCode * static_cast<std::int64_t>(loop.body.size());
        sum += loop.times > 1 ? kLoopCode : Bytes(0);
    }
    return sum;
}

std::vector<std::int64_t> CallLoops::calls(std::size_t stages) const
{
    std::vector<std::int64_t> calls(stages);
    for (const Loop& loop : loops) {
        for (const Call& call : loop.body) {
            calls[call.stage] += static_cast<std::int64_t>(loop.times);
        }
    }
    return calls;
}

} // namespace tidemark

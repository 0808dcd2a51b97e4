// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/schedule_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tidemark {

namespace {

/// Consecutive rows of one stage.
struct Run {
    std::size_t stage;
    std::int64_t first, rows;
};

/// `times` repetitions of the `period` runs from `begin` on, each run's first row moving by a
/// constant step from one repetition to the next.
struct Repetition {
    std::size_t begin, period, times;
};

constexpr std::size_t kLongestPeriod = 64;

/// Of a call with its announcement, in both the plain and the hooked run; of what makes a loop.
constexpr Bytes kCallCode{28};
constexpr Bytes kLoopCode{24};

std::vector<Run> runsOf(const std::vector<Step>& steps)
{
    std::vector<Run> runs;
    for (const Step& step : steps) {
        const bool goesOn = !runs.empty() && runs.back().stage == step.track &&
                            runs.back().first + runs.back().rows == step.row;
        if (goesOn) {
            ++runs.back().rows;
        } else {
            runs.push_back({step.track, step.row, 1});
        }
    }
    return runs;
}

bool follows(const Run& first, const Run& second, const Run& before, const Run& run)
{
    return run.stage == first.stage && run.rows == first.rows &&
           run.first - before.first == second.first - first.first;
}

std::size_t repetitions(const std::vector<Run>& runs, std::size_t begin, std::size_t period)
{
    const auto at = [&](std::size_t i) -> const Run& { return runs[begin + i]; };
    std::size_t i = period;
    while (begin + i < runs.size() &&
           follows(at(i % period), at(period + i % period), at(i - period), at(i))) {
        ++i;
    }
    return i / period;
}

/// The repetition from `begin` on that covers most runs; one run once where nothing repeats.
Repetition longestRepetition(const std::vector<Run>& runs, std::size_t begin)
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

std::string callText(const Run& run, std::int64_t step, const std::string& indent)
{
    std::string row = std::to_string(run.first);
    if (step != 0) {
        row += (step < 0 ? " - " : " + ") + std::to_string(std::abs(step)) + " * i";
    }
    const std::string stage = std::to_string(run.stage);
    return indent + "TM_ANNOUNCE(" + stage + ");\n" + indent + "tm_stage_" + stage + "(" + row +
           ", " + std::to_string(run.rows) + ");\n";
}

std::string repetitionText(const std::vector<Run>& runs, const Repetition& repetition,
                           const std::string& indent)
{
    if (repetition.times == 1) {
        return callText(runs[repetition.begin], 0, indent);
    }
    std::string text =
        indent + "for (int32_t i = 0; i < " + std::to_string(repetition.times) + "; ++i) {\n";
    for (std::size_t k = 0; k < repetition.period; ++k) {
        const Run& run = runs[repetition.begin + k];
        const std::int64_t step = runs[repetition.begin + repetition.period + k].first - run.first;
        text += callText(run, step, indent + "    ");
    }
    return text + indent + "}\n";
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

ScheduleText scheduleText(const std::vector<Step>& steps, std::size_t stages,
                          const std::string& indent)
{
    const std::vector<Run> runs = runsOf(steps);
    ScheduleText made;
    made.calls.resize(stages);
    for (const Run& run : runs) {
        ++made.calls[run.stage];
    }
    for (std::size_t begin = 0; begin < runs.size();) {
        const Repetition repetition = longestRepetition(runs, begin);
        made.text += repetitionText(runs, repetition, indent);
        made.code += kCallCode * static_cast<std::int64_t>(repetition.period);
        made.code += repetition.times > 1 ? kLoopCode : Bytes(0);
        begin += repetition.period * repetition.times;
    }
    return made;
}

} // namespace tidemark

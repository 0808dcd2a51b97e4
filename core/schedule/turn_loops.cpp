// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/turn_loops.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr std::size_t kLongestBody = 128;
constexpr std::int64_t kLoopBytes = 4;
constexpr std::uint32_t kMostTimes = 0xffff;

using Turns = std::vector<std::uint16_t>;

std::int64_t turnBytes(const TurnLoops& loops)
{
    return loops.tracks.size() > 256 ? 2 : 1;
}

/// How often the `period` turns from `begin` on come in a row; the first `same` are known to be of
/// one track.
std::uint32_t repetitions(const Turns& turns, std::size_t begin, std::size_t period,
                          std::size_t same)
{
    std::size_t end = begin + std::max(period, same);
    while (end < turns.size() && turns[end] == turns[end - period]) {
        ++end;
    }
    return static_cast<std::uint32_t>(std::min<std::size_t>((end - begin) / period, kMostTimes));
}

/// The repetition from `begin` on that saves most bytes; a period of 0 if none does.
struct Repetition {
    std::size_t period = 0;
    std::uint32_t times = 1;
};
Repetition bestRepetition(const Turns& turns, std::size_t begin, std::int64_t width)
{
    Repetition best;
    std::int64_t most = kLoopBytes; // what follows needs a loop of its own
    std::size_t same = 1;
    while (begin + same < turns.size() && turns[begin + same] == turns[begin]) {
        ++same;
    }
    for (std::size_t period = 1; period <= std::min(kLongestBody, (turns.size() - begin) / 2);
         ++period) {
        const std::uint32_t times = repetitions(turns, begin, period, same);
        const std::int64_t saved =
            static_cast<std::int64_t>(period) * width * (std::int64_t{times} - 1) - kLoopBytes;
        if (saved > most) {
            most = saved;
            best = {period, times};
        }
    }
    return best;
}

} // namespace

Bytes TurnLoops::bytes() const
{
    std::int64_t sum = 0;
    for (const Loop& loop : loops) {
        sum += kLoopBytes + turnBytes(*this) * static_cast<std::int64_t>(loop.body.size());
    }
    return Bytes(sum);
}

std::vector<TurnLoops::Track> TurnLoops::turns() const
{
    std::vector<Track> all;
    for (const Loop& loop : loops) {
        for (std::uint32_t i = 0; i < loop.times; ++i) {
            for (const std::uint16_t track : loop.body) {
                all.push_back(tracks[track]);
            }
        }
    }
    return all;
}

TurnLoops turnLoops(const Schedule& schedule)
{
    TurnLoops result;
    Turns turns;
    for (const Event& event : schedule.events) {
        if (event.kind == EventKind::Copy) {
            continue; // its stage's first turn begins with it
        }
        const bool arrives = event.kind == EventKind::InputRow;
        const TurnLoops::Track track{arrives, arrives ? StageId() : event.stage};
        const auto known = std::find(result.tracks.begin(), result.tracks.end(), track);
        turns.push_back(static_cast<std::uint16_t>(known - result.tracks.begin()));
        if (known == result.tracks.end()) {
            result.tracks.push_back(track);
        }
    }
    const std::int64_t width = turnBytes(result);
    bool open = false; // the last loop is a plain run of turns
    for (std::size_t at = 0; at < turns.size();) {
        const Repetition repetition = bestRepetition(turns, at, width);
        if (repetition.period > 0) {
            const auto begin = turns.begin() + static_cast<std::ptrdiff_t>(at);
            result.loops.push_back({{begin, begin + static_cast<std::ptrdiff_t>(repetition.period)},
                                    repetition.times});
            at += repetition.period * repetition.times;
            open = false;
            continue;
        }
        if (!open) {
            result.loops.push_back({{}, 1});
            open = true;
        }
        result.loops.back().body.push_back(turns[at++]);
    }
    return result;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/bytes.h"
#include "core/schedule/schedule.h"

#include <cstdint>
#include <vector>

namespace tidemark {

/// One turn of a track: of a stage, or of the arriving input, which is the track after the stages.
struct Step {
    std::size_t track = 0;
    /// Row of the stage's output or of the input. A stage that takes its input row by row has a
    /// step for each of these rows and one more, its output.
    std::int64_t row = 0;

    bool operator==(const Step&) const = default;
};

/// A schedule's steps, one for each event.
std::vector<Step> stepsOf(const Network& network, const Schedule& schedule);

/// A schedule as code with the row numbers in it: calls one after the other, those that repeat in
/// loops.
struct CallLoops {
    /// Consecutive rows of one stage: one call.
    struct Call {
        std::size_t stage = 0;
        std::int64_t first = 0, rows = 1;
        std::int64_t step = 0; ///< by which `first` moves with each repetition
    };
    struct Loop {
        std::vector<Call> body;
        std::size_t times = 1;
    };
    std::vector<Loop> loops;

    Bytes code() const; ///< what a 32-bit core's compiler makes of it, about
    /// How often each stage is called.
    std::vector<std::int64_t> calls(std::size_t stages) const;
};

CallLoops callLoops(const std::vector<Step>& steps);

} // namespace tidemark

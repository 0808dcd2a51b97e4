// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/bytes.h"
#include "core/schedule/schedule.h"

#include <cstdint>
#include <string>
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

/// Steps of stages as C statements that call `tm_stage_K(FIRST_ROW, ROWS)` in order, each announced
/// by `TM_ANNOUNCE(K);`: neighbouring rows of a stage as one call, repeating patterns as loops.
struct ScheduleText {
    std::string text;
    Bytes code;                      ///< what a 32-bit core's compiler makes of it, about
    std::vector<std::int64_t> calls; ///< of each stage
};
ScheduleText scheduleText(const std::vector<Step>& steps, std::size_t stages,
                          const std::string& indent);

} // namespace tidemark

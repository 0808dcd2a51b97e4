// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/schedule/schedule.h"

#include <cstdint>
#include <vector>

namespace tidemark {

/// A schedule as firmware keeps it. What runs in an order of its own, a stage or the arriving
/// input, is a track; each track counts its own rows, so that a schedule is no more than whose turn
/// it is. Turns that repeat are loops.
struct TurnLoops {
    struct Track {
        bool arrives = false; ///< rows of the input come in
        StageId stage;        ///< else a stage: its next input row gathered or output row made
        bool operator==(const Track&) const = default;
    };
    struct Loop {
        std::vector<std::uint16_t> body; ///< tracks
        std::uint32_t times = 1;
    };
    std::vector<Track> tracks;
    std::vector<Loop> loops;

    /// As a table: of each loop how often and how long (2 bytes each), and a byte for every turn
    /// of its body, two where there are more than 256 tracks.
    Bytes bytes() const;
    std::vector<Track> turns() const; ///< one after the other
};

/// The loops of a schedule, the shortest that a scan from the front finds.
TurnLoops turnLoops(const Schedule& schedule);

} // namespace tidemark

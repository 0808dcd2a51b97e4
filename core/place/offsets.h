// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/schedule/schedule.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace tidemark {

/// One rectangle of an offset problem: `size` bytes over the closed range `life`.
struct Block {
    Bytes size;
    Bytes alignment{1};
    EventRange life;
    std::optional<Bytes> fixed; ///< an offset the user fixed: a given, never moved
};

/// What no packing of these lives can beat.
struct LiveBound {
    Bytes bytes;   ///< most live bytes at one event, each padded to the step all offsets share
    EventId event; ///< the first event where that many are live
};
LiveBound liveBound(const std::vector<Block>& blocks);

struct Packing {
    std::vector<Bytes> offsets; ///< indexed like the blocks
    Bytes extent;               ///< highest end of any block
    Bytes bound;                ///< no packing has a smaller extent
    bool optimal = false;       ///< extent == bound
    bool stopped = false;       ///< the search ended by effort or by the stop token
};

/// Offsets such that blocks alive together are disjoint, with the smallest extent found.
/// Greedy orders first; if none reaches the bound, dives of a depth-first search upward from it,
/// about `searchNodes` nodes in all. A packing of at most `enough` bytes ends the search, and so
/// does the proof that there is none (then bound > enough). `near`: offsets, one for each block,
/// whose order is the first that is tried. Deterministic.
/// Two fixed blocks that overlap stay so: the plan checker names them.
Packing packOffsets(const std::vector<Block>& blocks, std::int64_t searchNodes,
                    std::stop_token stop = {}, std::optional<Bytes> enough = {},
                    const std::vector<Bytes>& near = {});

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offsets.h"
#include "core/place/plan.h"

#include <vector>

namespace tidemark {

/// Which bytes of one bank are taken, and when: of buffers by rows, their rows.
class OccupiedBytes {
public:
    void add(const Buffer& buffer, Bytes offset);

    /// The lowest offset that is free for so long.
    Bytes lowest(Bytes size, Bytes alignment, const EventRange& life) const;
    bool isFree(Bytes begin, Bytes end, const EventRange& life) const;

    /// The taken bytes as rectangles that never meet, over the stretches of time between `marks`:
    /// the first events of stretches, ascending. What is taken at one event of a stretch counts as
    /// taken in all of it.
    std::vector<Block> parts(const std::vector<EventId>& marks, EventId last) const;

private:
    struct Piece {
        Bytes begin, end;
        EventRange life;
    };
    /// Those that are there at some event of a range, joined and by offset.
    std::vector<Piece> during(const EventRange& life) const;

    std::vector<Piece> m_pieces;
};

} // namespace tidemark

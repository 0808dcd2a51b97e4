// SPDX-License-Identifier: Apache-2.0
#include "core/place/occupied_bytes.h"

#include <algorithm>

namespace tidemark {

void OccupiedBytes::add(const Buffer& buffer, Bytes offset)
{
    if (buffer.storedRows == 0 && buffer.bytes > Bytes(0)) {
        m_pieces.push_back({offset, offset + buffer.bytes, buffer.residency});
    }
    for (const RowLife& row : buffer.rowLives) {
        m_pieces.push_back({offset + row.begin, offset + row.end, row.life});
    }
}

std::vector<OccupiedBytes::Piece> OccupiedBytes::during(const EventRange& life) const
{
    std::vector<Piece> there;
    for (const Piece& piece : m_pieces) {
        if (piece.life.intersects(life)) {
            there.push_back({piece.begin, piece.end, life});
        }
    }
    std::sort(there.begin(), there.end(),
              [](const Piece& a, const Piece& b) { return a.begin < b.begin; });
    std::vector<Piece> joined;
    for (const Piece& piece : there) {
        if (!joined.empty() && piece.begin <= joined.back().end) {
            joined.back().end = std::max(joined.back().end, piece.end);
        } else {
            joined.push_back(piece);
        }
    }
    return joined;
}

Bytes OccupiedBytes::lowest(Bytes size, Bytes alignment, const EventRange& life) const
{
    Bytes offset;
    for (const Piece& piece : during(life)) {
        if (offset + size <= piece.begin) {
            break;
        }
        offset = std::max(offset, alignUp(piece.end, alignment));
    }
    return offset;
}

bool OccupiedBytes::isFree(Bytes begin, Bytes end, const EventRange& life) const
{
    return std::ranges::none_of(m_pieces, [&](const Piece& piece) {
        return piece.life.intersects(life) && piece.begin < end && begin < piece.end;
    });
}

std::vector<Block> OccupiedBytes::parts(const std::vector<EventId>& marks, EventId last) const
{
    std::vector<Block> parts;
    std::vector<std::size_t> open; // parts of the stretch before
    for (std::size_t m = 0; m < marks.size(); ++m) {
        const EventId end = m + 1 < marks.size() ? EventId(marks[m + 1].index() - 1) : last;
        std::vector<std::size_t> now;
        for (const Piece& piece : during({marks[m], end})) {
            const auto same = std::ranges::find_if(open, [&](std::size_t p) {
                return *parts[p].fixed == piece.begin && parts[p].size == piece.end - piece.begin;
            });
            if (same != open.end()) {
                parts[*same].life.last = end;
                now.push_back(*same);
            } else {
                now.push_back(parts.size());
                parts.push_back({piece.end - piece.begin, Bytes(1), {marks[m], end}, piece.begin});
            }
        }
        open = std::move(now);
    }
    return parts;
}

} // namespace tidemark

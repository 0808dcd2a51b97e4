// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/model/bytes.h"
#include "firmware_bridge/host/bundle.h"
#include "firmware_bridge/host/protocol.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tidemark::bridge {

/// What painting shows of one bank's arena. Offsets are the plan's: from the bank's base.
struct PaintedBank {
    std::string bank;
    Bytes plannedEnd;     ///< end of the highest planned buffer in the arena
    Bytes painted;        ///< bytes of the arena that a run changed
    Bytes paintedEnd;     ///< one past the highest of them
    Bytes stray;          ///< changed bytes of the arena that belong to no planned buffer
    Bytes outsideChanged; ///< changed bytes of the bank's free RAM

    /// The definition of docs/architecture.md, section 5.
    bool holds() const
    {
        return stray.count() == 0 && outsideChanged.count() == 0 && paintedEnd == plannedEnd;
    }
};

/// Joins the runs of `replies`, one per pattern: a byte changed when it differs from the pattern
/// in any of them (a byte may be written with one pattern's own value, not with two).
std::vector<PaintedBank> judgePainting(std::span<const protocol::PaintReply> replies,
                                       const std::vector<BundleBuffer>& buffers,
                                       const Board& board);

/// Half-open byte ranges, sorted and joined.
class ByteRanges {
public:
    void add(std::int64_t first, std::int64_t end);
    std::int64_t count() const;
    std::int64_t end() const { return m_ranges.empty() ? 0 : m_ranges.back().second; }
    /// Bytes of this that are not in `other`.
    std::int64_t countOutside(const ByteRanges& other) const;

private:
    std::vector<std::pair<std::int64_t, std::int64_t>> m_ranges;
};

} // namespace tidemark::bridge

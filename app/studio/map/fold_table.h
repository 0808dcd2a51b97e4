// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tidemark::studio {

/// Which item stands for a cell of the map, for items too small to tell apart. A flat table that
/// keeps its memory from frame to frame: a node-based map spends its time allocating.
class FoldTable {
public:
    /// Empties the table and makes room for `items`.
    void clear(std::size_t items)
    {
        std::size_t size = 16;
        while (size < 2 * items) {
            size *= 2;
        }
        m_slots.assign(size, {kFree, 0});
    }

    /// The item of `cell`: `item` itself if there was none yet. `cell` must not be all ones.
    std::uint32_t insert(std::uint64_t cell, std::uint32_t item)
    {
        const std::size_t mask = m_slots.size() - 1;
        std::size_t at = static_cast<std::size_t>((cell * 0x9e3779b97f4a7c15U) >> 32) & mask;
        while (m_slots[at].first != kFree && m_slots[at].first != cell) {
            at = (at + 1) & mask;
        }
        if (m_slots[at].first == kFree) {
            m_slots[at] = {cell, item};
        }
        return m_slots[at].second;
    }

private:
    static constexpr std::uint64_t kFree = ~std::uint64_t{0};
    std::vector<std::pair<std::uint64_t, std::uint32_t>> m_slots;
};

} // namespace tidemark::studio

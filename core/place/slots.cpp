// SPDX-License-Identifier: Apache-2.0
#include "core/place/slots.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tidemark {

namespace {

using Colouring = std::vector<std::size_t>; // slot of each block

std::size_t mostAlive(const std::vector<Block>& blocks)
{
    std::vector<Block> unit = blocks;
    for (Block& block : unit) {
        block = {Bytes(1), Bytes(1), block.life, std::nullopt};
    }
    return static_cast<std::size_t>(liveBound(unit).bytes.count());
}

class Colourer {
public:
    Colourer(const std::vector<Block>& blocks, std::int64_t searchNodes, std::stop_token stop)
        : m_blocks(blocks), m_slots(mostAlive(blocks)), m_members(m_slots),
          m_nodesLeft(searchNodes), m_stop(std::move(stop)), m_order(blocks.size()),
          m_current(blocks.size())
    {
        std::iota(m_order.begin(), m_order.end(), 0U);
        m_best = leftEdge();
        m_bestCost = cost(m_best);
        // Largest first: a slot's size is then that of its first member.
        std::stable_sort(m_order.begin(), m_order.end(), [&](std::size_t a, std::size_t b) {
            return m_blocks[a].size > m_blocks[b].size;
        });
    }

    Packing run()
    {
        descend(0, 0, Bytes(0));
        return stack();
    }

private:
    /// Interval graphs are coloured with k colours by taking the blocks as they are born.
    Colouring leftEdge() const
    {
        std::vector<std::size_t> byBirth = m_order;
        std::stable_sort(byBirth.begin(), byBirth.end(), [&](std::size_t a, std::size_t b) {
            return m_blocks[a].life.first < m_blocks[b].life.first;
        });
        Colouring colours(m_blocks.size());
        std::vector<std::optional<EventId>> busyUntil(m_slots);
        for (const std::size_t i : byBirth) {
            const auto slot = std::find_if(busyUntil.begin(), busyUntil.end(), [&](auto& until) {
                return !until || *until < m_blocks[i].life.first;
            });
            *slot = m_blocks[i].life.last;
            colours[i] = static_cast<std::size_t>(slot - busyUntil.begin());
        }
        return colours;
    }

    std::vector<Bytes> slotSizes(const Colouring& colours) const
    {
        std::vector<Bytes> sizes(m_slots);
        for (std::size_t i = 0; i < colours.size(); ++i) {
            sizes[colours[i]] = std::max(sizes[colours[i]], m_blocks[i].size);
        }
        return sizes;
    }

    Bytes cost(const Colouring& colours) const
    {
        Bytes sum;
        for (const Bytes size : slotSizes(colours)) {
            sum += size;
        }
        return sum;
    }

    bool isFree(std::size_t slot, const Block& block) const
    {
        return std::none_of(m_members[slot].begin(), m_members[slot].end(),
                            [&](std::size_t j) { return m_blocks[j].life.intersects(block.life); });
    }

    void descend(std::size_t depth, std::size_t used, Bytes sum)
    {
        if (sum >= m_bestCost) {
            return;
        }
        if (depth == m_order.size()) {
            m_best = m_current;
            m_bestCost = sum;
            return;
        }
        if (m_nodesLeft-- <= 0 || m_stop.stop_requested()) {
            m_stopped = true;
            return;
        }
        const std::size_t i = m_order[depth];
        for (std::size_t slot = 0; slot < std::min(used + 1, m_slots) && !m_stopped; ++slot) {
            if (!isFree(slot, m_blocks[i])) {
                continue;
            }
            const bool opens = slot == used;
            m_members[slot].push_back(i);
            m_current[i] = slot;
            descend(depth + 1, used + (opens ? 1 : 0), sum + (opens ? m_blocks[i].size : Bytes(0)));
            m_members[slot].pop_back();
        }
    }

    Packing stack() const
    {
        const std::vector<Bytes> sizes = slotSizes(m_best);
        Bytes alignment(1);
        for (const Block& block : m_blocks) {
            alignment = std::max(alignment, block.alignment);
        }
        std::vector<Bytes> bases(m_slots);
        for (std::size_t slot = 1; slot < m_slots; ++slot) {
            bases[slot] = alignUp(bases[slot - 1] + sizes[slot - 1], alignment);
        }
        Packing packing;
        packing.bound = liveBound(m_blocks).bytes;
        packing.stopped = m_stopped;
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            packing.offsets.push_back(bases[m_best[i]]);
            packing.extent = std::max(packing.extent, bases[m_best[i]] + m_blocks[i].size);
        }
        packing.optimal = packing.extent == packing.bound;
        return packing;
    }

    const std::vector<Block>& m_blocks;
    std::size_t m_slots;
    std::vector<std::vector<std::size_t>> m_members; // by slot
    std::int64_t m_nodesLeft;
    std::stop_token m_stop;
    std::vector<std::size_t> m_order;
    Colouring m_current, m_best;
    Bytes m_bestCost;
    bool m_stopped = false;
};

} // namespace

Packing packSlots(const std::vector<Block>& blocks, std::int64_t searchNodes, std::stop_token stop)
{
    if (blocks.empty()) {
        return packOffsets(blocks, 0);
    }
    return Colourer(blocks, searchNodes, std::move(stop)).run();
}

} // namespace tidemark

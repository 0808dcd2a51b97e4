// SPDX-License-Identifier: Apache-2.0
#include "core/place/offsets.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>

namespace tidemark {

namespace {

using Order = std::vector<std::size_t>;

struct Interval {
    Bytes begin, end;
};

/// Lowest aligned offset >= `from` at which `size` bytes avoid the intervals (sorted by begin).
Bytes firstFit(const std::vector<Interval>& taken, Bytes from, Bytes size, Bytes alignment)
{
    Bytes offset = alignUp(from, alignment);
    for (const Interval& interval : taken) {
        if (interval.begin < offset + size && offset < interval.end) {
            offset = alignUp(interval.end, alignment);
        }
    }
    return offset;
}

/// For every block the blocks alive at the same time.
std::vector<Order> neighbours(const std::vector<Block>& blocks)
{
    Order byStart(blocks.size());
    std::iota(byStart.begin(), byStart.end(), 0U);
    std::stable_sort(byStart.begin(), byStart.end(), [&](std::size_t a, std::size_t b) {
        return blocks[a].life.first < blocks[b].life.first;
    });
    std::vector<Order> result(blocks.size());
    Order alive;
    for (const std::size_t i : byStart) {
        std::erase_if(alive,
                      [&](std::size_t j) { return blocks[j].life.last < blocks[i].life.first; });
        for (const std::size_t j : alive) {
            result[i].push_back(j);
            result[j].push_back(i);
        }
        alive.push_back(i);
    }
    return result;
}

/// The step that every offset is a multiple of.
Bytes commonAlignment(const std::vector<Block>& blocks)
{
    std::int64_t step = 0;
    for (const Block& block : blocks) {
        step = std::gcd(step, block.alignment.count());
        step = block.fixed ? std::gcd(step, block.fixed->count()) : step;
    }
    return Bytes(std::max<std::int64_t>(step, 1));
}

/// liveBound, or the highest fixed end.
Bytes lowerBound(const std::vector<Block>& blocks)
{
    Bytes bound = liveBound(blocks).bytes;
    for (const Block& block : blocks) {
        bound = std::max(bound, block.fixed.value_or(Bytes(0)) + block.size);
    }
    return bound;
}

class Packer {
public:
    Packer(const std::vector<Block>& blocks, std::int64_t searchNodes, std::stop_token stop)
        : m_blocks(blocks), m_neighbours(neighbours(blocks)), m_nodesLeft(searchNodes),
          m_stop(std::move(stop))
    {
        m_best.bound = lowerBound(blocks);
        m_best.extent = Bytes(std::numeric_limits<std::int64_t>::max());
    }

    Packing run()
    {
        for (const Order& order : greedyOrders()) {
            offer(greedy(order));
            if (m_best.extent == m_best.bound) {
                break;
            }
        }
        if (m_best.extent > m_best.bound) {
            search();
        }
        m_best.optimal = m_best.extent == m_best.bound || !m_best.stopped;
        if (m_best.optimal) {
            m_best.bound = m_best.extent;
        }
        return m_best;
    }

private:
    using Offsets = std::vector<std::optional<Bytes>>;

    Offsets fixedOffsets() const
    {
        Offsets offsets(m_blocks.size());
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            offsets[i] = m_blocks[i].fixed;
        }
        return offsets;
    }

    std::vector<Interval> takenAround(std::size_t i, const Offsets& offsets) const
    {
        std::vector<Interval> taken;
        for (const std::size_t j : m_neighbours[i]) {
            if (offsets[j]) {
                taken.push_back({*offsets[j], *offsets[j] + m_blocks[j].size});
            }
        }
        std::sort(taken.begin(), taken.end(),
                  [](const Interval& a, const Interval& b) { return a.begin < b.begin; });
        return taken;
    }

    Bytes fit(std::size_t i, const Offsets& offsets, Bytes from) const
    {
        return firstFit(takenAround(i, offsets), from, m_blocks[i].size, m_blocks[i].alignment);
    }

    std::array<Order, 4> greedyOrders() const
    {
        Order given(m_blocks.size());
        std::iota(given.begin(), given.end(), 0U);
        const auto sorted = [&](const std::function<std::int64_t(const Block&)>& key) {
            Order order = given;
            std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
                return key(m_blocks[a]) > key(m_blocks[b]);
            });
            return order;
        };
        const auto length = [](const Block& b) {
            return static_cast<std::int64_t>(b.life.last.index() - b.life.first.index()) + 1;
        };
        return {given, sorted([](const Block& b) { return b.size.count(); }),
                sorted([&](const Block& b) { return b.size.count() * length(b); }),
                sorted([&](const Block& b) { return length(b); })};
    }

    Offsets greedy(const Order& order) const
    {
        Offsets offsets = fixedOffsets();
        for (const std::size_t i : order) {
            if (!offsets[i]) {
                offsets[i] = fit(i, offsets, Bytes(0));
            }
        }
        return offsets;
    }

    void offer(const Offsets& offsets)
    {
        Bytes extent;
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            extent = std::max(extent, *offsets[i] + m_blocks[i].size);
        }
        if (extent < m_best.extent) {
            m_best.extent = extent;
            m_best.offsets.clear();
            for (const auto& offset : offsets) {
                m_best.offsets.push_back(*offset);
            }
        }
    }

    void search()
    {
        Offsets offsets = fixedOffsets();
        const auto free = std::count(offsets.begin(), offsets.end(), std::nullopt);
        descend(offsets, static_cast<std::size_t>(free), Bytes(0));
    }

    /// Places blocks in order of their offsets. Some optimal packing has every block at the lowest
    /// place above the ones placed before it, so each node tries just that place for each block.
    void descend(Offsets& offsets, std::size_t left, Bytes floor)
    {
        if (left == 0) {
            offer(offsets);
            return;
        }
        if (m_nodesLeft-- <= 0 || m_stop.stop_requested()) {
            m_best.stopped = true;
            return;
        }
        struct Candidate {
            Bytes offset;
            std::size_t block;
        };
        std::vector<Candidate> candidates;
        Bytes lowestEnd(std::numeric_limits<std::int64_t>::max());
        for (std::size_t i = 0; i < m_blocks.size(); ++i) {
            if (offsets[i]) {
                continue;
            }
            const Bytes offset = fit(i, offsets, floor);
            if (offset + m_blocks[i].size >= m_best.extent) {
                return; // this block can only rise: nothing better below this node
            }
            lowestEnd = std::min(lowestEnd, offset + m_blocks[i].size);
            candidates.push_back({offset, i});
        }
        std::stable_sort(
            candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
                return a.offset != b.offset ? a.offset < b.offset
                                            : m_blocks[a.block].size > m_blocks[b.block].size;
            });
        for (const Candidate& candidate : candidates) {
            // Above the lowest end another block would fit below first: a node of its own.
            if (candidate.offset >= lowestEnd && candidate.offset > candidates.front().offset) {
                break;
            }
            offsets[candidate.block] = candidate.offset;
            descend(offsets, left - 1, candidate.offset);
            offsets[candidate.block].reset();
            if (m_best.extent == m_best.bound || m_best.stopped) {
                return;
            }
        }
    }

    const std::vector<Block>& m_blocks;
    std::vector<Order> m_neighbours;
    std::int64_t m_nodesLeft;
    std::stop_token m_stop;
    Packing m_best;
};

} // namespace

LiveBound liveBound(const std::vector<Block>& blocks)
{
    const Bytes step = commonAlignment(blocks);
    std::map<EventId, Bytes> change; // at an event: bytes born minus bytes that died before it
    Bytes tail;                      // the block on top needs no padding
    for (const Block& block : blocks) {
        const Bytes padded = alignUp(block.size, step);
        tail = std::max(tail, padded - block.size);
        change[block.life.first] += padded;
        change[EventId(block.life.last.index() + 1)] -= padded;
    }
    LiveBound most{Bytes(0), EventId(0)};
    Bytes live;
    for (const auto& [event, delta] : change) {
        live += delta;
        if (live > most.bytes) {
            most = {live, event};
        }
    }
    most.bytes = std::max(Bytes(0), most.bytes - tail);
    return most;
}

Packing packOffsets(const std::vector<Block>& blocks, std::int64_t searchNodes,
                    std::stop_token stop)
{
    if (blocks.empty()) {
        Packing none;
        none.optimal = true;
        return none;
    }
    return Packer(blocks, searchNodes, std::move(stop)).run();
}

} // namespace tidemark

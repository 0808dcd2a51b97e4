// SPDX-License-Identifier: Apache-2.0
#include "core/place/offsets.h"

#include "core/place/offset_greedy.h"
#include "core/place/offset_problem.h"
#include "core/place/offset_search.h"

#include <algorithm>
#include <array>
#include <map>

namespace tidemark {

namespace {

/// The search recurses once for each block: larger problems keep their greedy packing.
constexpr std::size_t kMostSearched = 5000;
constexpr std::int64_t kFirstSlice = 500; // nodes of a dive in the first round

using First = DiveStyle::First;
constexpr std::array<DiveStyle, 6> kStyles{{{First::Size, false, 0},
                                            {First::Length, false, 0},
                                            {First::Area, false, 0},
                                            {First::Size, true, 0},
                                            {First::Length, true, 0},
                                            {First::Area, true, 0}}};

/// Many short dives, then fewer long ones. Each style in turn dives at the bound, which settles
/// all when it succeeds and raises the bound when it is refuted, and somewhere between the bound
/// and the best packing, which narrows the gap.
class Packer {
public:
    Packer(const OffsetProblem& problem, std::int64_t nodes, std::optional<Bytes> enough,
           std::stop_token stop, const std::vector<Bytes>& near)
        : m_problem(problem), m_stop(std::move(stop)), m_nodes(nodes), m_enough(enough),
          m_best(placeGreedily(problem, nodes <= 0, near)), m_bound(problem.bound),
          m_missed(m_bound)
    {
    }

    void run()
    {
        if (isDone()) {
            return;
        }
        OffsetSearch atTheBound(m_problem, m_stop);
        OffsetSearch between(m_problem, m_stop);
        std::int64_t slice = kFirstSlice;
        for (std::uint64_t noise = 0; !isDone(); slice *= 2) {
            for (DiveStyle style : kStyles) {
                style.noise = noise == 0 ? 0 : noise++;
                dive(atTheBound, aim(), style, slice);
                narrow(between, style, slice);
            }
            noise += noise == 0 ? 1 : 0;
        }
    }

    Packing packing(const std::vector<Block>& blocks) const
    {
        Packing result;
        result.extent = m_best.extent;
        result.bound = std::min(m_bound, m_best.extent);
        result.optimal = m_bound >= m_best.extent;
        result.stopped = !isSettled();
        for (const Block& block : blocks) {
            result.offsets.push_back(block.fixed.value_or(Bytes(0)));
        }
        for (std::size_t i = 0; i < m_problem.items.size(); ++i) {
            if (const OffsetItem& item = m_problem.items[i]; !item.isFixed()) {
                result.offsets[item.block] = Bytes(m_best.offsets[i] * m_problem.step);
            }
        }
        return result;
    }

private:
    /// The smallest extent that is still worth looking for.
    Bytes aim() const { return std::max(m_bound, m_enough.value_or(Bytes(0))); }
    bool isSettled() const { return m_best.extent <= aim() || (m_enough && m_bound > *m_enough); }
    bool isDone() const
    {
        return isSettled() || m_nodes <= 0 || m_stop.stop_requested() ||
               m_problem.items.size() > kMostSearched;
    }

    Verdict dive(OffsetSearch& search, Bytes target, const DiveStyle& style, std::int64_t slice)
    {
        if (isDone()) {
            return Verdict::Stopped;
        }
        std::int64_t left = std::min(slice, m_nodes);
        m_nodes -= left;
        const Verdict verdict = search.dive(target, style, left);
        m_nodes += std::max<std::int64_t>(left, 0);
        if (verdict == Verdict::Found) {
            take(search.offsets());
        } else if (verdict == Verdict::Refuted) {
            m_bound = std::max(m_bound, std::min(search.nextTarget(), m_best.extent));
        }
        return verdict;
    }

    /// Halfway to the best packing, and after each miss halfway from there.
    void narrow(OffsetSearch& search, const DiveStyle& style, std::int64_t slice)
    {
        m_missed = std::max(m_missed, m_bound);
        const Bytes goal((m_missed.count() + m_best.extent.count()) / 2);
        if (m_enough || goal <= m_missed || goal >= m_best.extent) {
            m_missed = m_bound;
            return;
        }
        if (dive(search, goal, style, slice) != Verdict::Found) {
            m_missed = goal;
        }
    }

    void take(const std::vector<std::int64_t>& offsets)
    {
        Bytes extent;
        for (std::size_t i = 0; i < offsets.size(); ++i) {
            extent = std::max(extent, m_problem.endOf(m_problem.items[i], offsets[i]));
        }
        if (extent < m_best.extent) {
            m_best = {offsets, extent};
        }
    }

    const OffsetProblem& m_problem;
    std::stop_token m_stop;
    std::int64_t m_nodes;
    std::optional<Bytes> m_enough;
    Placing m_best;
    Bytes m_bound;
    Bytes m_missed; ///< the highest extent that was looked for in vain since the last success
};

} // namespace

LiveBound liveBound(const std::vector<Block>& blocks)
{
    const Bytes step(commonStep(blocks));
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
                    std::stop_token stop, std::optional<Bytes> enough,
                    const std::vector<Bytes>& near)
{
    const OffsetProblem problem(blocks);
    if (problem.items.empty()) {
        Packing given;
        given.extent = given.bound = problem.bound;
        given.optimal = true;
        for (const Block& block : blocks) {
            given.offsets.push_back(block.fixed.value_or(Bytes(0)));
        }
        return given;
    }
    Packer packer(problem, searchNodes, enough, std::move(stop), near);
    packer.run();
    return packer.packing(blocks);
}

} // namespace tidemark

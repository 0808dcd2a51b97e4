// SPDX-License-Identifier: Apache-2.0
#include "core/place/distance_search.h"
#include "core/place/two_ended.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

namespace tidemark {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 4;

using Offsets = DistanceOffsets;
using Problem = DistanceProblem;
using Neighbour = DistanceNeighbour;

/// The lowest offset of block `i` beside the placed ones (offset >= 0), or `wish` where that fits.
std::int64_t lowestFit(const Problem& problem, std::size_t i, const Offsets& offsets,
                       std::int64_t wish = -1)
{
    struct Gap {
        std::int64_t begin, end, pass; ///< forbidden: begin < offset < end, but for `pass`
    };
    std::vector<Gap> gaps;
    for (const Neighbour& n : problem.neighbours[i]) {
        const std::int64_t there = offsets[static_cast<std::size_t>(n.other)];
        if (there >= 0) {
            const bool same = problem.pairs[static_cast<std::size_t>(n.pair)].mayCoincide;
            gaps.push_back({there - n.above, there + n.below, same ? there : -1});
        }
    }
    std::int64_t offset = wish;
    const auto passes = [&] { // only where every pair that forbids the offset lets it coincide
        return std::all_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
            return offset <= gap.begin || offset >= gap.end || offset == gap.pass;
        });
    };
    if (wish >= 0 && wish == problem.roundUp(wish, i) && passes()) {
        return wish;
    }
    std::vector<std::int64_t> candidates{0};
    for (const Gap& gap : gaps) {
        candidates.push_back(problem.roundUp(gap.end, i));
        if (gap.pass >= 0) {
            candidates.push_back(problem.roundUp(gap.pass, i));
        }
    }
    std::sort(candidates.begin(), candidates.end());
    for (const std::int64_t candidate : candidates) {
        offset = candidate;
        if (passes()) {
            break;
        }
    }
    return offset;
}

/// `wishes`: offsets to keep where they fit, or empty.
Offsets firstFit(const Problem& problem, const std::vector<std::size_t>& order,
                 const Offsets& wishes = {})
{
    Offsets offsets = problem.fixed;
    for (const std::size_t i : order) {
        if (problem.fixed[i] < 0) {
            offsets[i] = lowestFit(problem, i, offsets, wishes.empty() ? -1 : wishes[i]);
        }
    }
    return offsets;
}

class Packer {
public:
    Packer(const std::vector<Block>& blocks, const std::vector<Distance>& distances, Bytes bound,
           std::int64_t nodes, const std::stop_token& stop)
        : m_blocks(blocks), m_problem(blocks, distances), m_stop(stop), m_nodes(nodes)
    {
        m_packing.bound = bound;
        for (const Block& block : blocks) {
            m_packing.bound = std::max(m_packing.bound, block.size + block.fixed.value_or(Bytes()));
        }
        m_packing.extent = Bytes(kNever);
    }

    /// Trees over the rows of all tensors are deep, and both ends mostly leave little to find.
    static constexpr std::int64_t kPiecesShare = 16;

    Packing run(const std::vector<Bytes>& near, const std::vector<int>& groups)
    {
        if (!near.empty()) {
            Offsets wishes;
            for (const Bytes offset : near) {
                const std::int64_t steps = offset.count() / m_problem.step;
                wishes.push_back(steps * m_problem.step == offset.count() ? steps : -1);
            }
            const auto upward = [&](std::size_t i) { return -near[i].count(); };
            tryOrder(upward, wishes);
            tryOrder(upward);
        }
        tryOrders();
        if (!groups.empty()) {
            tryBothEnds(groups);
            m_nodes /= kPiecesShare;
        }
        search();
        for (const std::int64_t offset : m_best) {
            m_packing.offsets.emplace_back(offset * m_problem.step);
        }
        m_packing.optimal = m_packing.extent <= m_packing.bound;
        m_packing.stopped = !m_packing.optimal;
        return std::move(m_packing);
    }

private:
    bool isDone() const { return m_packing.extent <= m_packing.bound; }

    void take(const Offsets& offsets)
    {
        const Bytes extent(m_problem.extentOf(offsets));
        if (m_best.empty() || extent < m_packing.extent) {
            m_best = offsets;
            m_packing.extent = extent;
        }
    }

    void tryOrder(const auto& key, const Offsets& wishes = {})
    {
        if (isDone() && !m_best.empty()) {
            return;
        }
        std::vector<std::size_t> order(m_blocks.size());
        std::iota(order.begin(), order.end(), 0U);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
        take(firstFit(m_problem, order, wishes));
    }

    void tryOrders()
    {
        const auto size = [&](std::size_t i) { return m_problem.sizes[i]; };
        const auto first = [&](std::size_t i) {
            return static_cast<std::int64_t>(m_blocks[i].life.first.index());
        };
        const auto last = [&](std::size_t i) {
            return static_cast<std::int64_t>(m_blocks[i].life.last.index());
        };
        tryOrder([&](std::size_t i) { return size(i) * (last(i) - first(i) + 1); });
        if (m_nodes <= 0) {
            return;
        }
        tryOrder(size);
        tryOrder([&](std::size_t i) { return -first(i); });
        tryOrder(last);
        tryOrder([&](std::size_t i) { return last(i) - first(i); });
        std::mt19937 random(1);
        constexpr int kShuffled = 60;
        for (int round = 0; round < kShuffled && !m_stop.stop_requested(); ++round) {
            std::vector<std::int64_t> noise(m_blocks.size());
            for (std::size_t i = 0; i < noise.size(); ++i) {
                const auto factor = static_cast<std::int64_t>(random() % 1024);
                noise[i] = round % 2 == 0 ? (512 + factor) * size(i) : factor;
            }
            tryOrder([&](std::size_t i) { return noise[i]; });
        }
    }

    /// Just below the best, as often as the effort lets, with other ends each time.
    void tryBothEnds(const std::vector<int>& groups)
    {
        constexpr std::int64_t kMostRounds = 400;
        const std::int64_t rounds =
            std::min(kMostRounds, m_nodes / static_cast<std::int64_t>(m_blocks.size()));
        TwoEnded ends(m_problem, m_blocks, groups);
        for (std::int64_t round = 0; round < rounds && !isDone() && !m_stop.stop_requested();
             ++round) {
            ends.chooseEnds();
            while (!isDone()) {
                const auto offsets = ends.fit(m_packing.extent.count() - m_problem.step);
                if (!offsets) {
                    break;
                }
                take(*offsets);
            }
        }
    }

    /// At the bound, which settles everything; just below the best, where a refutation is the proof
    /// that it is the best; then between the two.
    void search()
    {
        constexpr std::size_t kMostSearched = 400;
        if (m_blocks.size() > kMostSearched || isDone()) {
            return;
        }
        DistanceSearch tree(m_problem, m_stop);
        std::int64_t slice = std::max<std::int64_t>(m_nodes / 16, 1);
        while (!isDone() && m_nodes > 0 && !m_stop.stop_requested()) {
            dive(tree, m_packing.bound, slice);
            if (!isDone()) {
                dive(tree, m_packing.extent - Bytes(m_problem.step), 8 * slice);
            }
            std::int64_t missed = m_packing.bound.count();
            while (m_packing.extent.count() - missed > m_problem.step && m_nodes > 0) {
                const std::int64_t goal = (missed + m_packing.extent.count()) / 2;
                if (!dive(tree, Bytes(goal), slice)) {
                    missed = goal;
                }
            }
            slice *= 2;
        }
    }

    bool dive(DistanceSearch& tree, Bytes target, std::int64_t slice)
    {
        std::int64_t left = std::min(slice, m_nodes);
        m_nodes -= left;
        const auto verdict = tree.run(target.count(), left);
        m_nodes += std::max<std::int64_t>(left, 0);
        if (verdict == Verdict::Found) {
            take(tree.offsets());
        } else if (verdict == Verdict::Refuted) {
            m_packing.bound =
                std::max(m_packing.bound, std::min(target + Bytes(1), m_packing.extent));
        }
        return verdict == Verdict::Found;
    }

    const std::vector<Block>& m_blocks;
    Problem m_problem;
    std::stop_token m_stop;
    std::int64_t m_nodes;
    Offsets m_best;
    Packing m_packing;
};

} // namespace

Packing packDistances(const std::vector<Block>& blocks, const std::vector<Distance>& distances,
                      Bytes bound, std::int64_t searchNodes, const std::stop_token& stop,
                      const std::vector<Bytes>& near, const std::vector<int>& groups)
{
    return Packer(blocks, distances, bound, searchNodes, stop).run(near, groups);
}

} // namespace tidemark

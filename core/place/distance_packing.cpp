// SPDX-License-Identifier: Apache-2.0
#include "core/place/distances.h"
#include "core/place/offset_problem.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

namespace tidemark {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 4;

using Offsets = std::vector<std::int64_t>; // in steps, indexed like the blocks

/// A pair in steps, as seen from one of the two.
struct Neighbour {
    int other;
    int pair;
    std::int64_t above, below; ///< other - this >= above, or this - other >= below
};

struct Problem {
    Problem(const std::vector<Block>& blocks, const std::vector<Distance>& distances)
        : step(commonStep(blocks)), neighbours(blocks.size()), pairs(distances)
    {
        const auto up = [&](std::int64_t bytes) { // also of negative distances
            return bytes >= 0 ? (bytes + step - 1) / step : -(-bytes / step);
        };
        for (const Block& block : blocks) {
            sizes.push_back(block.size.count());
            alignments.push_back(std::max<std::int64_t>(block.alignment.count() / step, 1));
            fixed.push_back(block.fixed ? block.fixed->count() / step : -1);
        }
        for (std::size_t p = 0; p < pairs.size(); ++p) {
            Distance& d = pairs[p];
            d.aboveA = up(d.aboveA);
            d.aboveB = up(d.aboveB);
            const int index = static_cast<int>(p);
            at(d.a).push_back({d.b, index, d.aboveA, d.aboveB});
            at(d.b).push_back({d.a, index, d.aboveB, d.aboveA});
        }
    }

    std::vector<Neighbour>& at(int i) { return neighbours[static_cast<std::size_t>(i)]; }
    std::int64_t roundUp(std::int64_t offset, std::size_t i) const
    {
        const std::int64_t a = alignments[i];
        return offset <= 0 ? 0 : (offset + a - 1) / a * a;
    }
    std::int64_t extentOf(const Offsets& offsets) const
    {
        std::int64_t extent = 0;
        for (std::size_t i = 0; i < offsets.size(); ++i) {
            extent = std::max(extent, offsets[i] * step + sizes[i]);
        }
        return extent;
    }

    std::int64_t step;
    std::vector<std::int64_t> sizes; ///< in bytes
    std::vector<std::int64_t> alignments, fixed;
    std::vector<std::vector<Neighbour>> neighbours;
    std::vector<Distance> pairs; ///< in steps
};

/// The lowest offset of block `i` beside the placed ones (offset >= 0).
std::int64_t lowestFit(const Problem& problem, std::size_t i, const Offsets& offsets)
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
    std::int64_t offset = 0;
    const auto passes = [&] { // only where every pair that forbids the offset lets it coincide
        return std::all_of(gaps.begin(), gaps.end(), [&](const Gap& gap) {
            return offset <= gap.begin || offset >= gap.end || offset == gap.pass;
        });
    };
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

Offsets firstFit(const Problem& problem, const std::vector<std::size_t>& order)
{
    Offsets offsets = problem.fixed;
    for (const std::size_t i : order) {
        if (problem.fixed[i] < 0) {
            offsets[i] = lowestFit(problem, i, offsets);
        }
    }
    return offsets;
}

/// Longest paths from the bottom and to the target, over the decided pairs.
class Branching {
public:
    Branching(const Problem& problem, std::stop_token stop)
        : m_problem(problem), m_stop(std::move(stop)), m_decided(problem.pairs.size(), kOpen)
    {
    }

    enum class Verdict { Found, Refuted, Stopped };

    Verdict run(std::int64_t target, std::int64_t& nodes)
    {
        m_nodes = &nodes;
        m_stopped = false;
        m_trail.clear();
        std::fill(m_decided.begin(), m_decided.end(), kOpen);
        m_low.clear();
        m_high.clear();
        for (std::size_t i = 0; i < m_problem.sizes.size(); ++i) {
            const std::int64_t room = target - m_problem.sizes[i];
            const std::int64_t fixed = m_problem.fixed[i];
            m_low.push_back(std::max<std::int64_t>(fixed, 0));
            m_high.push_back(fixed >= 0 ? fixed : room < 0 ? -1 : room / m_problem.step);
            if (m_high.back() < m_low.back() || (fixed >= 0 && fixed * m_problem.step > room)) {
                return Verdict::Refuted;
            }
        }
        std::vector<int> all(m_low.size());
        std::iota(all.begin(), all.end(), 0);
        if (propagate(std::move(all)) && solve()) {
            return Verdict::Found;
        }
        return m_stopped ? Verdict::Stopped : Verdict::Refuted;
    }

    const Offsets& offsets() const { return m_low; }

private:
    enum Choice : char { kOpen, kAboveA, kAboveB, kSame };
    struct Undo {
        enum class What { Low, High, Pair } what;
        std::size_t index;
        std::int64_t before;
    };

    std::int64_t& low(int i) { return m_low[static_cast<std::size_t>(i)]; }
    std::int64_t& high(int i) { return m_high[static_cast<std::size_t>(i)]; }

    bool raise(int i, std::int64_t offset, std::vector<int>& queue)
    {
        const auto index = static_cast<std::size_t>(i);
        offset = m_problem.fixed[index] >= 0 ? offset : m_problem.roundUp(offset, index);
        if (offset > m_low[index]) {
            m_trail.push_back({Undo::What::Low, index, m_low[index]});
            m_low[index] = offset;
            queue.push_back(i);
        }
        return m_low[index] <= m_high[index];
    }
    bool lower(int i, std::int64_t offset, std::vector<int>& queue)
    {
        const auto index = static_cast<std::size_t>(i);
        if (offset < m_high[index]) {
            m_trail.push_back({Undo::What::High, index, m_high[index]});
            m_high[index] = offset;
            queue.push_back(i);
        }
        return m_low[index] <= m_high[index];
    }

    bool keepApart(int below, int above, std::int64_t distance, std::vector<int>& queue)
    {
        return raise(above, low(below) + distance, queue) &&
               lower(below, high(above) - distance, queue);
    }

    bool enforce(std::size_t pair, std::vector<int>& queue)
    {
        const Distance& d = m_problem.pairs[pair];
        switch (m_decided[pair]) {
        case kAboveA:
            return keepApart(d.a, d.b, d.aboveA, queue);
        case kAboveB:
            return keepApart(d.b, d.a, d.aboveB, queue);
        case kSame:
            return keepApart(d.a, d.b, 0, queue) && keepApart(d.b, d.a, 0, queue);
        default:
            return true;
        }
    }

    std::int64_t slack(std::size_t pair, Choice choice)
    {
        const Distance& d = m_problem.pairs[pair];
        switch (choice) {
        case kAboveA:
            return high(d.b) - low(d.a) - d.aboveA;
        case kAboveB:
            return high(d.a) - low(d.b) - d.aboveB;
        case kSame:
            return d.mayCoincide ? std::min(high(d.a) - low(d.b), high(d.b) - low(d.a)) : -1;
        default:
            return -1;
        }
    }

    bool decide(std::size_t pair, Choice choice, std::vector<int>& queue)
    {
        m_trail.push_back({Undo::What::Pair, pair, m_decided[pair]});
        m_decided[pair] = choice;
        return enforce(pair, queue);
    }

    bool propagate(std::vector<int> queue)
    {
        for (std::size_t next = 0; next < queue.size(); ++next) {
            for (const Neighbour& n : m_problem.neighbours[static_cast<std::size_t>(queue[next])]) {
                const auto pair = static_cast<std::size_t>(n.pair);
                if (m_decided[pair] != kOpen) {
                    if (!enforce(pair, queue)) {
                        return false;
                    }
                    continue;
                }
                Choice only = kOpen;
                int ways = 0;
                for (const Choice choice : {kAboveA, kAboveB, kSame}) {
                    if (slack(pair, choice) >= 0) {
                        only = choice;
                        ++ways;
                    }
                }
                if (ways == 0 || (ways == 1 && !decide(pair, only, queue))) {
                    return false;
                }
            }
        }
        return true;
    }

    /// The violated pair with the least room; nothing if the lowest offsets keep all distances.
    std::optional<std::size_t> violated()
    {
        std::optional<std::size_t> tightest;
        std::int64_t least = kNever;
        for (std::size_t pair = 0; pair < m_problem.pairs.size(); ++pair) {
            const Distance& d = m_problem.pairs[pair];
            const std::int64_t apart = low(d.b) - low(d.a);
            if (m_decided[pair] != kOpen || apart >= d.aboveA || -apart >= d.aboveB ||
                (d.mayCoincide && apart == 0)) {
                continue;
            }
            const std::int64_t room = std::min(slack(pair, kAboveA), slack(pair, kAboveB));
            if (room < least) {
                least = room;
                tightest = pair;
            }
        }
        return tightest;
    }

    bool solve()
    {
        const auto pair = violated();
        if (!pair) {
            return true;
        }
        std::vector<Choice> choices{kSame, kAboveA, kAboveB};
        std::erase_if(choices, [&](Choice c) { return slack(*pair, c) < 0; });
        std::stable_sort(choices.begin(), choices.end(),
                         [&](Choice x, Choice y) { return slack(*pair, x) > slack(*pair, y); });
        for (const Choice choice : choices) {
            if (--*m_nodes <= 0 || m_stop.stop_requested()) {
                m_stopped = true;
                return false;
            }
            const std::size_t mark = m_trail.size();
            std::vector<int> queue;
            if (decide(*pair, choice, queue) && propagate(std::move(queue)) && solve()) {
                return true;
            }
            undo(mark);
            if (m_stopped) {
                return false;
            }
        }
        return false;
    }

    void undo(std::size_t mark)
    {
        while (m_trail.size() > mark) {
            const Undo& last = m_trail.back();
            switch (last.what) {
            case Undo::What::Low:
                m_low[last.index] = last.before;
                break;
            case Undo::What::High:
                m_high[last.index] = last.before;
                break;
            case Undo::What::Pair:
                m_decided[last.index] = static_cast<Choice>(last.before);
                break;
            }
            m_trail.pop_back();
        }
    }

    const Problem& m_problem;
    std::stop_token m_stop;
    Offsets m_low, m_high;
    std::vector<Choice> m_decided;
    std::vector<Undo> m_trail;
    std::int64_t* m_nodes = nullptr;
    bool m_stopped = false;
};

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

    Packing run()
    {
        tryOrders();
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

    void tryOrder(const auto& key)
    {
        if (isDone() && !m_best.empty()) {
            return;
        }
        std::vector<std::size_t> order(m_blocks.size());
        std::iota(order.begin(), order.end(), 0U);
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return key(a) > key(b); });
        take(firstFit(m_problem, order));
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

    /// At the bound, which settles everything, then between it and the best.
    void search()
    {
        constexpr std::size_t kMostSearched = 400;
        if (m_blocks.size() > kMostSearched || isDone()) {
            return;
        }
        Branching branching(m_problem, m_stop);
        std::int64_t slice = m_nodes / 8;
        while (!isDone() && m_nodes > 0 && !m_stop.stop_requested()) {
            dive(branching, m_packing.bound, slice);
            std::int64_t missed = m_packing.bound.count();
            while (m_packing.extent.count() - missed > m_problem.step && m_nodes > 0) {
                const std::int64_t goal = (missed + m_packing.extent.count()) / 2;
                if (!dive(branching, Bytes(goal), slice)) {
                    missed = goal;
                }
            }
            slice *= 2;
        }
    }

    bool dive(Branching& branching, Bytes target, std::int64_t slice)
    {
        std::int64_t left = std::min(slice, m_nodes);
        m_nodes -= left;
        const auto verdict = branching.run(target.count(), left);
        m_nodes += std::max<std::int64_t>(left, 0);
        if (verdict == Branching::Verdict::Found) {
            take(branching.offsets());
        } else if (verdict == Branching::Verdict::Refuted) {
            m_packing.bound =
                std::max(m_packing.bound, std::min(target + Bytes(1), m_packing.extent));
        }
        return verdict == Branching::Verdict::Found;
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
                      Bytes bound, std::int64_t searchNodes, const std::stop_token& stop)
{
    return Packer(blocks, distances, bound, searchNodes, stop).run();
}

} // namespace tidemark

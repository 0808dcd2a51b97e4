// SPDX-License-Identifier: Apache-2.0
#include "core/place/distance_search.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

namespace tidemark {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max() / 4;
constexpr std::size_t kMostSeeds = 32;

} // namespace

DistanceSearch::DistanceSearch(const DistanceProblem& problem, std::stop_token stop)
    : m_problem(problem), m_stop(std::move(stop)), m_decided(problem.pairs.size(), kOpen)
{
    findStacks();
}

/// From each buffer on, the largest first.
void DistanceSearch::findStacks()
{
    const std::size_t count = m_problem.sizes.size();
    std::vector<std::int64_t> above(count * count); // by pair: how far apart, 0: not in the way
    for (const Distance& d : m_problem.pairs) {
        if (d.aboveA > 0 && d.aboveB > 0 && !d.mayCoincide) {
            const auto a = static_cast<std::size_t>(d.a);
            const auto b = static_cast<std::size_t>(d.b);
            above[a * count + b] = d.aboveA;
            above[b * count + a] = d.aboveB;
        }
    }
    std::vector<std::size_t> bySize(count);
    std::iota(bySize.begin(), bySize.end(), std::size_t{0});
    std::stable_sort(bySize.begin(), bySize.end(), [&](std::size_t a, std::size_t b) {
        return m_problem.sizes[a] > m_problem.sizes[b];
    });
    std::vector<std::vector<std::size_t>> found;
    for (const std::size_t seed : std::span(bySize).first(std::min(count, kMostSeeds))) {
        std::vector<std::size_t> together{seed};
        for (const std::size_t i : bySize) {
            if (std::all_of(together.begin(), together.end(),
                            [&](std::size_t j) { return above[i * count + j] > 0; })) {
                together.push_back(i);
            }
        }
        std::sort(together.begin(), together.end());
        if (together.size() > 2 && std::find(found.begin(), found.end(), together) == found.end()) {
            found.push_back(std::move(together));
        }
    }
    for (const auto& together : found) {
        Stack stack;
        for (const std::size_t i : together) {
            std::int64_t gap = kNever;
            for (const std::size_t j : together) {
                gap = i == j ? gap : std::min(gap, above[i * count + j]);
            }
            stack.push_back({static_cast<int>(i), gap});
        }
        m_stacks.push_back(std::move(stack));
    }
}

/// Whether those that cannot begin lower than some offset have room above it. Keeps the stack
/// sorted: it hardly changes from one call to the next.
bool DistanceSearch::fits(Stack& stack)
{
    for (std::size_t k = 1; k < stack.size(); ++k) {
        const Stacked moved = stack[k];
        std::size_t at = k;
        for (; at > 0 && low(stack[at - 1].buffer) < low(moved.buffer); --at) {
            stack[at] = stack[at - 1];
        }
        stack[at] = moved;
    }
    std::int64_t sum = 0;
    std::int64_t last = kNever; // what the topmost needs besides its gap
    for (const Stacked& s : stack) {
        sum += s.gap * m_problem.step;
        last = std::min(last, m_problem.sizes[static_cast<std::size_t>(s.buffer)] -
                                  s.gap * m_problem.step);
        if (low(s.buffer) * m_problem.step + sum + last > m_target) {
            return false;
        }
    }
    return true;
}

Verdict DistanceSearch::run(std::int64_t target, std::int64_t& nodes)
{
    m_target = target;
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

bool DistanceSearch::raise(int i, std::int64_t offset, std::vector<int>& queue)
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
bool DistanceSearch::lower(int i, std::int64_t offset, std::vector<int>& queue)
{
    const auto index = static_cast<std::size_t>(i);
    if (offset < m_high[index]) {
        m_trail.push_back({Undo::What::High, index, m_high[index]});
        m_high[index] = offset;
        queue.push_back(i);
    }
    return m_low[index] <= m_high[index];
}

bool DistanceSearch::keepApart(int below, int above, std::int64_t distance, std::vector<int>& queue)
{
    return raise(above, low(below) + distance, queue) &&
           lower(below, high(above) - distance, queue);
}

bool DistanceSearch::enforce(std::size_t pair, std::vector<int>& queue)
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

std::int64_t DistanceSearch::slack(std::size_t pair, Choice choice)
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

bool DistanceSearch::decide(std::size_t pair, Choice choice, std::vector<int>& queue)
{
    m_trail.push_back({Undo::What::Pair, pair, m_decided[pair]});
    m_decided[pair] = choice;
    return enforce(pair, queue);
}

bool DistanceSearch::propagate(std::vector<int> queue)
{
    for (std::size_t next = 0; next < queue.size(); ++next) {
        for (const DistanceNeighbour& n :
             m_problem.neighbours[static_cast<std::size_t>(queue[next])]) {
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
std::optional<std::size_t> DistanceSearch::violated()
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

bool DistanceSearch::solve()
{
    const auto pair = violated();
    if (!pair) {
        return true;
    }
    if (!std::all_of(m_stacks.begin(), m_stacks.end(), [&](Stack& s) { return fits(s); })) {
        return false;
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

void DistanceSearch::undo(std::size_t mark)
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

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/two_ended.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tidemark {

TwoEnded::TwoEnded(const DistanceProblem& problem, const std::vector<Block>& blocks,
                   const std::vector<int>& groups)
    : m_problem(problem), m_groups(groups), m_order(blocks.size())
{
    std::vector<int> members;
    for (const int group : groups) {
        members.resize(std::max(members.size(), static_cast<std::size_t>(group) + 1));
        ++members[static_cast<std::size_t>(group)];
    }
    m_fromTop.resize(members.size());
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::stable_sort(m_order.begin(), m_order.end(), [&](std::size_t a, std::size_t b) {
        const auto key = [&](std::size_t i) {
            const bool alone = members[static_cast<std::size_t>(groups[i])] == 1;
            const std::int64_t size = problem.sizes[i];
            return std::tuple(!alone, alone ? -size : 0, blocks[i].life.first, -size);
        };
        return key(a) < key(b);
    });
}

void TwoEnded::chooseEnds()
{
    for (std::size_t group = 0; group < m_fromTop.size(); ++group) {
        m_fromTop[group] = m_inTurn ? group % 2 == 0 : m_random() % 2 == 0;
    }
    m_inTurn = false;
}

std::optional<DistanceOffsets> TwoEnded::fit(std::int64_t extent)
{
    DistanceOffsets offsets = m_problem.fixed;
    for (const std::size_t i : m_order) {
        const std::int64_t room = extent - m_problem.sizes[i];
        const std::int64_t highest = room < 0 ? -1 : room / m_problem.step;
        if (m_problem.fixed[i] >= 0) {
            if (m_problem.fixed[i] > highest) {
                return std::nullopt;
            }
            continue;
        }
        const auto offset = place(i, offsets, highest);
        if (!offset) {
            return std::nullopt;
        }
        offsets[i] = *offset;
    }
    return offsets;
}

std::optional<std::int64_t> TwoEnded::place(std::size_t block, const DistanceOffsets& offsets,
                                            std::int64_t highest)
{
    m_gaps.clear();
    for (const DistanceNeighbour& n : m_problem.neighbours[block]) {
        const std::int64_t there = offsets[static_cast<std::size_t>(n.other)];
        if (there >= 0 && there - n.above < there + n.below) {
            m_gaps.push_back({there - n.above, there + n.below});
        }
    }
    if (const auto same = coinciding(block, offsets, highest)) {
        return same;
    }
    return m_fromTop[static_cast<std::size_t>(m_groups[block])] ? topmost(block, highest)
                                                                : lowest(block, highest);
}

/// Exactly where a row is that it may replace.
std::optional<std::int64_t> TwoEnded::coinciding(std::size_t block, const DistanceOffsets& offsets,
                                                 std::int64_t highest) const
{
    for (const DistanceNeighbour& n : m_problem.neighbours[block]) {
        const std::int64_t there = offsets[static_cast<std::size_t>(n.other)];
        if (there < 0 || there > highest || there != m_problem.roundUp(there, block) ||
            !m_problem.pairs[static_cast<std::size_t>(n.pair)].mayCoincide) {
            continue;
        }
        const auto inTheWay = std::count_if(m_gaps.begin(), m_gaps.end(), [&](const Gap& gap) {
            return gap.begin < there && there < gap.end;
        });
        if (inTheWay == 1) { // the one itself
            return there;
        }
    }
    return std::nullopt;
}

std::optional<std::int64_t> TwoEnded::lowest(std::size_t block, std::int64_t highest)
{
    std::sort(m_gaps.begin(), m_gaps.end(),
              [](const Gap& a, const Gap& b) { return a.begin < b.begin; });
    std::int64_t offset = 0;
    for (const Gap& gap : m_gaps) {
        if (gap.begin < offset && offset < gap.end) {
            offset = m_problem.roundUp(gap.end, block);
        }
    }
    return offset <= highest ? std::optional(offset) : std::nullopt;
}

std::optional<std::int64_t> TwoEnded::topmost(std::size_t block, std::int64_t highest)
{
    const std::int64_t alignment = m_problem.alignments[block];
    const auto down = [&](std::int64_t offset) {
        return offset < 0 ? -1 : offset / alignment * alignment;
    };
    std::sort(m_gaps.begin(), m_gaps.end(),
              [](const Gap& a, const Gap& b) { return a.end > b.end; });
    std::int64_t offset = down(highest);
    for (const Gap& gap : m_gaps) {
        if (gap.begin < offset && offset < gap.end) {
            offset = down(gap.begin);
        }
    }
    return offset >= 0 ? std::optional(offset) : std::nullopt;
}

} // namespace tidemark

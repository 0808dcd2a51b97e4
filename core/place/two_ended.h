// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/distance_problem.h"

#include <optional>
#include <random>
#include <vector>

namespace tidemark {

/// Fits blocks into an extent in order of birth, the blocks of a group (the rows of a tensor) all
/// from the bottom up or all from the top down: what lives long does not split what comes and goes.
/// Large blocks that share their bytes with time, alone in their group, go first.
class TwoEnded {
public:
    /// `groups`: by block, from 0 up.
    TwoEnded(const DistanceProblem& problem, const std::vector<Block>& blocks,
             const std::vector<int>& groups);

    /// Another choice of ends, the first of them in turn, then random ones.
    void chooseEnds();

    /// Offsets that end within `extent` bytes, with the ends chosen last.
    std::optional<DistanceOffsets> fit(std::int64_t extent);

private:
    struct Gap {
        std::int64_t begin, end; ///< forbidden: begin < offset < end
    };

    std::optional<std::int64_t> place(std::size_t block, const DistanceOffsets& offsets,
                                      std::int64_t highest);
    std::optional<std::int64_t> coinciding(std::size_t block, const DistanceOffsets& offsets,
                                           std::int64_t highest) const;
    std::optional<std::int64_t> lowest(std::size_t block, std::int64_t highest);
    std::optional<std::int64_t> topmost(std::size_t block, std::int64_t highest);

    const DistanceProblem& m_problem;
    const std::vector<int>& m_groups;
    std::vector<std::size_t> m_order;
    std::vector<bool> m_fromTop; ///< by group
    std::vector<Gap> m_gaps;     ///< about the block that is being placed
    std::mt19937 m_random{1};
    bool m_inTurn = true;
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/distances.h"
#include "core/place/offset_problem.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tidemark {

using DistanceOffsets = std::vector<std::int64_t>; // in steps, indexed like the blocks

/// A pair in steps, as seen from one of the two.
struct DistanceNeighbour {
    int other;
    int pair;
    std::int64_t above, below; ///< other - this >= above, or this - other >= below
};

struct DistanceProblem {
    DistanceProblem(const std::vector<Block>& blocks, const std::vector<Distance>& distances)
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

    std::vector<DistanceNeighbour>& at(int i) { return neighbours[static_cast<std::size_t>(i)]; }
    std::int64_t roundUp(std::int64_t offset, std::size_t i) const
    {
        const std::int64_t a = alignments[i];
        return offset <= 0 ? 0 : (offset + a - 1) / a * a;
    }
    std::int64_t extentOf(const DistanceOffsets& offsets) const
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
    std::vector<std::vector<DistanceNeighbour>> neighbours;
    std::vector<Distance> pairs; ///< in steps
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offsets.h"
#include "core/schedule/row_plan.h"

#include <vector>

namespace tidemark {

/// What keeps two buffers apart that are alive at some event together: either b begins at least
/// `aboveA` after a, or a begins at least `aboveB` after b. Negative where one may begin below the
/// other. `mayCoincide`: or both begin at the same offset (rows replaced in place).
struct Distance {
    int a = 0, b = 0;
    std::int64_t aboveA = 0, aboveB = 0; ///< bytes
    bool mayCoincide = false;
};

/// The distances of every pair, from the lives of their rows.
std::vector<Distance> distancesOf(const std::vector<const Buffer*>& buffers,
                                  const std::vector<Replacement>& replacements);

/// Offsets that keep the distances, with the smallest extent found.
///
/// First fit in several orders, then branch and bound over the pairs that the lowest offsets
/// violate: one of the pair goes above the other. Offsets are longest paths, kept up to date from
/// both ends. `bound`: a proven lower bound. `near` and fields of Packing as in packOffsets.
/// `groups`: which blocks are rows of one tensor, by block from 0 up, or empty; such are also tried
/// from both ends (TwoEnded).
Packing packDistances(const std::vector<Block>& blocks, const std::vector<Distance>& distances,
                      Bytes bound, std::int64_t searchNodes, const std::stop_token& stop = {},
                      const std::vector<Bytes>& near = {}, const std::vector<int>& groups = {});

} // namespace tidemark

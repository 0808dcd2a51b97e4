// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offset_problem.h"

namespace tidemark {

/// Offsets of items in units, and the bytes they reach.
struct Placing {
    std::vector<std::int64_t> offsets; ///< indexed like the items
    Bytes extent;
};

/// The best of a few orders of first-fit placement; the first that reaches the bound ends it.
/// `quickly` tries fewer orders of thousands of items. `near`: see packOffsets().
Placing placeGreedily(const OffsetProblem& problem, bool quickly,
                      const std::vector<Bytes>& near = {});

} // namespace tidemark

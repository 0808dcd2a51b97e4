// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <string>
#include <vector>

namespace tidemark {

/// Which buffers of a plan hold what, as indices.
struct BufferHolders {
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::vector<std::size_t> values;    ///< by ValueId
    std::vector<std::size_t> constants; ///< by ConstantId
    std::vector<std::size_t> sums;      ///< by StageId: the accumulator, or kNone
    std::vector<std::size_t> scratch;   ///< by StageId, or kNone
    std::vector<std::size_t> staged;    ///< by ConstantId: the copy that kernels read, or kNone
    std::vector<bool> viewed;           ///< by ValueId: has views
};

/// The part of checkPlan() that runs the schedule: every row once, every row it reads there before
/// and still intact, every byte it touches resident.
void checkEvents(const Plan& plan, const BufferHolders& holders,
                 std::vector<std::string>& problems);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"
#include "core/schedule/row_plan.h"

namespace tidemark {

/// Places one way to run a network by the rules of one rung, in the banks where it fits, and fills
/// in every figure but the bound over all schedules. Not verified yet. Usage error for pins and
/// budgets that name what is not there. `near`: see SearchLimits.
Result<Plan> placeRung(std::shared_ptr<const Network> network, std::shared_ptr<const Board> board,
                       const Constraints& constraints, Technique rung, RowPlan rows, Effort effort,
                       const std::stop_token& stop, const std::vector<Bytes>& near = {});

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/bank_assignment.h"

#include <cstdint>
#include <vector>

namespace tidemark {

/// Which banks can be on together.
struct BankSets {
    std::vector<std::uint64_t> sets; ///< bit by bank, the cheapest first
    bool complete = true;
};

/// Every set of banks that may be on. Groups that cost nothing are always on.
BankSets bankSets(const AssignmentProblem& problem);

/// Of having these banks on, before anything waits.
double switchOnCost(const AssignmentProblem& problem, std::uint64_t banks);

/// With the leakage of these banks added to what every block costs that waits.
AssignmentProblem withLeakage(AssignmentProblem problem, std::uint64_t banks);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/bank_moments.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark {

struct ShortBankAnswer {
    bool feasible = false;
    double cost = 0; ///< of blocks: no choice within the banks' bytes costs less
    std::vector<std::size_t>
        banks; ///< by block, at that cost; whether it packs is another question
};

/// The cheapest choice where one bank at most can be short of bytes, whatever is chosen. Exact: a
/// knapsack over what lives for ever, and for the rest a table over moments of what is chosen and
/// alive, which keeps for each highest load the most that it saves. Offsets are left aside, but
/// not the step that all of them share. Nothing where two banks could be short, where the
/// tables would be too large, or where blocks have parts or may be copies. `banksOn`: bit by bank.
std::optional<ShortBankAnswer> solveShortBank(const AssignmentProblem& problem,
                                              const Moments& moments, std::uint64_t banksOn);

} // namespace tidemark

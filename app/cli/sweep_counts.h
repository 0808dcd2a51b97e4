// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explore/sweep.h"

#include <optional>
#include <string>
#include <vector>

namespace tidemark::cli {

struct Context;

/// What a virtual board counted in one inference of a point's plan, every buffer linked and run
/// where the plan has it.
struct SweepCount {
    double instructions = 0;
    /// By BankId. On top of the predicted bytes of operands come the stack, the literals in the
    /// code and the plan's own tables of rows, each in the bank where it lies.
    std::vector<Traffic> banks;
    std::vector<std::string> problems; ///< checks of the run that failed
};

/// By point of the sweep: nothing for one that does not fit. Empty: nothing was run.
using SweepCounts = std::vector<std::optional<SweepCount>>;

/// Builds and runs every point that fits, one after the other, on one generated input (--seed).
/// Errors: a board that is not virtual, missing tools, a virtual board without counter.
Result<SweepCounts> countPoints(const SweepSpace& space, const SweepResult& result,
                                const Context& context);

} // namespace tidemark::cli

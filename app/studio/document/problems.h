// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QString>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::studio {

/// A change of the constraints that mends a problem, or part of it: one click, one undoable step.
struct Remedy {
    QString name; ///< "Unpin conv1"
    Constraints constraints;
};

struct Problem {
    QString text;
    bool blocks = false;           ///< nothing can be exported or run until it is gone
    std::vector<BufferId> buffers; ///< of the plan: the smallest set in conflict
    std::vector<Remedy> remedies;  ///< the more promising first
};

/// What is wrong with a plan and with the wish it was made from: conflicts, pins of things that are
/// not there, a search cut short. `refusal`: why the planner made no plan of `wish` at all; then
/// `plan` is the one before.
std::vector<Problem> findProblems(const Plan& plan, const Constraints& wish,
                                  const std::optional<Diagnostic>& refusal);

} // namespace tidemark::studio

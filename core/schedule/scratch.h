// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/row_plan.h"

#include <functional>

namespace tidemark {

/// What a stage's kernel asks for while it runs, in bytes; 0: nothing. Whoever knows the kernels
/// says it (ScratchPolicy::Place); the planner does not.
using ScratchOf = std::function<Bytes(const Network&, const Stage&)>;

/// Adds a buffer STAGE.scratch for every stage that asks for one. It is alive while an event of its
/// stage runs and dead between: by rows, `byRows`, others may use its bytes then; else it keeps
/// them from the first event to the last.
void addScratch(const Network& network, const ScratchOf& scratchOf, bool byRows, RowPlan& plan);

} // namespace tidemark

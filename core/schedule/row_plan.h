// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/buffer.h"
#include "core/schedule/row_program.h"

#include <span>
#include <vector>

namespace tidemark {

/// A row schedule with the buffers that it needs, not yet placed.
struct RowPlan {
    Schedule schedule;
    std::vector<Buffer> buffers;
    std::vector<Replacement> replacements;
};

/// Buffers for turns of a program: those of fullBuffers(), values by rows. `storedRows`, by tensor:
/// how many rows the buffer holds; fewer than the value has make it a ring (see ringRows()).
RowPlan rowPlan(const Network& network, const RowProgram& program, std::span<const int> turns,
                const std::vector<int>& storedRows);

/// Live bytes of the arena at each event: of buffers planned by rows their live rows, a row that
/// replaces another counted once.
std::vector<Bytes> liveBytes(const RowPlan& plan);
/// The same of some buffers, which the replacements speak of.
std::vector<Bytes> liveBytes(const Schedule& schedule, const std::vector<const Buffer*>& buffers,
                             const std::vector<Replacement>& replacements);

} // namespace tidemark

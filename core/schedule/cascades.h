// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/row_search.h"

#include <vector>

namespace tidemark {

/// Groups of neighbouring tracks, by their last ones, upwards.
using Groups = std::vector<int>;

/// Group after group; within one, the last track that is ready runs: a lazy cascade. Arriving input
/// comes when nothing else can run. A group for every track is stage by stage.
RowTurns lazyCascades(const RowProgram& program, const Groups& groups);

Groups oneGroup(const RowProgram& program);
Groups everyTrackAlone(const RowProgram& program);

/// Groups whose cascades, rings counted at their full size, need the least at the most demanding
/// moment: by dynamic programming over where groups end. Of equals the fewest groups, or the most.
Groups bestGroups(const RowProgram& program, bool fewest);

/// For each tensor, the most rows from the oldest needed to the newest made at any time: what a
/// ring must hold. Views, accumulators and given inputs need all they have.
std::vector<int> ringRows(const RowProgram& program, const std::vector<EventRange>& lives);

} // namespace tidemark

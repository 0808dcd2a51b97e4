// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <string>
#include <vector>

namespace tidemark {

/// Walks the events of a plan byte range by byte range and says what is wrong with it: a live
/// byte overwritten or overlapped, a read of a value not yet or no longer there, a bank
/// exceeded, a misaligned offset, a write into a read-only bank, figures that disagree with the
/// placements. Written from the definition of the words alone and sharing no code with the
/// allocator. Empty = proven.
std::vector<std::string> checkPlan(const Plan& plan);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <vector>

namespace tidemark {

/// Why a measured plan does not fit, in words a person can act on: banks over capacity, with the
/// pinned or largest buffers of the event to blame, and run-time buffers in read-only banks.
std::vector<Conflict> findConflicts(const Plan& plan);

} // namespace tidemark

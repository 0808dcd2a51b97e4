// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <vector>

namespace tidemark {

/// What the user fixed and could let go to mend a conflict: pins of its buffers, first to where
/// there is room; a budget or stack that is all that is too much; else a rung that needs less.
std::vector<Fix> fixesFor(const Plan& plan, const Conflict& conflict);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/explore/sweep.h"

namespace tidemark {

/// Fills in SweepResult::front and, of its points, onFront, dominatedBy and reason. Points that do
/// not fit already have their reason.
void findFront(const SweepSpace& space, SweepResult& result);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/schedule.h"

#include <string>

namespace tidemark {

/// The schedule as C statements that call `tm_stage_K(FIRST_ROW, ROWS)` in order, each announced by
/// `TM_ANNOUNCE(K);`: neighbouring rows of a stage as one call, repeating patterns as loops.
std::string scheduleText(const Schedule& schedule, const std::string& indent);

} // namespace tidemark

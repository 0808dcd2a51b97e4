// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/call_loops.h"

#include <string>

namespace tidemark {

/// C statements that call `tm_stage_K(FIRST_ROW, ROWS)` in order, each announced by
/// `TM_ANNOUNCE(K);`.
std::string scheduleText(const CallLoops& calls, const std::string& indent);

} // namespace tidemark

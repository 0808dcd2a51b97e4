// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <nlohmann/json_fwd.hpp>

namespace tidemark {

/// The plan as `tidemark plan --json` prints it; keys only grow (docs/architecture.md, 12).
nlohmann::ordered_json planToJson(const Plan& plan);

} // namespace tidemark

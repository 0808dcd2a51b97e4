// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/io/json_reader.h"
#include "core/place/constraints.h"

#include <nlohmann/json_fwd.hpp>

namespace tidemark {

/// `technique`, `objective`, `weights`, `scratch`, `staging`, `pins`, `budgets`, `stack_bytes` as
/// in resources/schemas/project.schema.json. What was not fixed (offset, stack, staging) is left
/// out.
nlohmann::ordered_json constraintsToJson(const Constraints& constraints);

/// The other way. A missing key keeps its default; unknown keys are ignored; what is wrong is
/// reported to the object's problem.
Constraints readConstraints(JsonObject& object);

} // namespace tidemark

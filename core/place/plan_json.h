// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <nlohmann/json_fwd.hpp>

namespace tidemark {

/// The plan as `tidemark plan --json` prints it; keys only grow (docs/architecture.md, 12).
nlohmann::ordered_json planToJson(const Plan& plan);

/// An estimate as the plan has it: `value`, `unit`, `provenance`, `reason`; `unit` where it has
/// none of its own.
nlohmann::ordered_json estimateToJson(const Estimate& estimate, const char* unit = "");

/// Of every bank: `id`, `read_bytes`, `written_bytes`. `banks` is indexed by BankId.
nlohmann::ordered_json trafficToJson(const Board& board, const std::vector<Traffic>& banks);

} // namespace tidemark

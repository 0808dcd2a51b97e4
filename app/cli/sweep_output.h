// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/sweep_counts.h"
#include "core/explore/sweep.h"

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace tidemark::cli {

struct Context;

constexpr const char* kIllustrative =
    "Latency and energy are illustrative: they rest on parameters that nobody measured.";

/// "1,234 us", "12.3 uJ", "unknown".
std::string estimateText(const Estimate& estimate);

/// Keys: `points[]` (`label`, `network`, `board`, `technique`, `objective`, `weights`,
/// `activations`, `fits`, `on_front`, `ram_bytes`, `flash_bytes`, `instructions`, `latency`,
/// `energy`, `traffic[]`, `dominated_by`, `reason`), `front[]`, `stopped`; of points that were run
/// `counted` (`instructions`, `traffic[]`, `problems[]`).
nlohmann::ordered_json toJson(const SweepSpace& space, const SweepResult& result,
                              const SweepCounts& counts = {});

/// One line a point, the keys above as columns.
std::string csvOf(const SweepSpace& space, const SweepResult& result);

void printSweep(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts,
                const Context& context);

/// Latency and energy as bars, relative to the first point that fits.
void printGrid(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts,
               const Context& context);
std::string htmlOf(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts,
                   bool relative);

} // namespace tidemark::cli

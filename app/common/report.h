// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explain/figure.h"
#include "core/place/plan.h"
#include "firmware_bridge/host/measurement.h"

#include <optional>
#include <string>
#include <vector>

namespace tidemark {

struct ReportParts {
    const Plan* plan = nullptr; ///< always set
    std::vector<Rung> ladder;
    std::optional<bridge::Measurement> measurement;
    std::string picture; ///< PNG file of the map, shown when it can be read
};

/// One HTML file without outside parts: what was planned, where the savings come from, and, after a
/// run, planned against linked against painted bytes and the instructions of every stage.
std::string htmlReport(const ReportParts& parts);

} // namespace tidemark

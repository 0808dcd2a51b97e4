// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/cli/sample_options.h"
#include "app/common/source.h"
#include "core/board/board.h"
#include "core/place/plan.h"
#include "core/quantize/quantize.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tidemark::cli {

struct Context;

/// SOURCE and the PLAN OPTIONS, the same on every command that plans. What is given on the command
/// line overrides what a project says.
struct PlanOptions {
    std::string source;
    std::string board;
    std::string objective;
    std::string technique;
    std::string scratch;
    std::string staging;
    std::string rings;
    std::string dtype;
    std::string calib;
    std::string calibMethod;
    ScalingOptions scaling; ///< of calibration samples and of the samples a command runs
    std::vector<std::string> pins;
    std::vector<std::string> budgets;
    std::vector<std::string> dims;
    std::optional<std::int64_t> stack;
    std::optional<std::int64_t> effort;

    void addTo(CLI::App& command);
};

/// Everything a command needs to speak about a plan.
struct PlannedSource {
    Source source;
    std::shared_ptr<const Board> board;
    std::string boardName; ///< as given: an id, or a path for a board file
    Constraints constraints;
    std::map<std::string, std::int64_t> dims;
    std::filesystem::path calibration; ///< of a network that is not as in the file
    PlanPtr plan;
    std::vector<StageError> quantization; ///< what --dtype int8 costs, by stage
};

/// `--dim N=V` options as a map.
Result<std::map<std::string, std::int64_t>> parseDims(const std::vector<std::string>& texts);

/// Opens the source and plans it. Notes (a changed model) go through the context.
Result<PlannedSource> planSource(const PlanOptions& options, const Context& context);

} // namespace tidemark::cli

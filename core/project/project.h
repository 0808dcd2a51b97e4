// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/place/constraints.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace tidemark {

/// A `.tidemark` file: which model, which board, what the user fixed, and the plan as it was when
/// saved. The plan is remade on opening (planning is deterministic); the saved one is for readers
/// and for diffs.
struct Project {
    std::filesystem::path model; ///< absolute once read; written relative to the project's folder
    std::string modelSha256;     ///< 64 hex digits; a changed model is said, not refused
    std::string board;           ///< id, or path to a board file relative to the project's folder
    Constraints constraints;
    std::map<std::string, std::int64_t> dims; ///< values given to symbolic dimensions
    nlohmann::ordered_json plan;              ///< planToJson of the saved plan, may be null
    bool int8 = false;                        ///< a float model is quantised after training
    std::filesystem::path calibration; ///< samples for that, stored as `model` is; empty: generated
};

/// Format `tidemark-project`, version 1 (resources/schemas/project.schema.json). Untrusted; unknown
/// keys are kept out, a newer version is refused by name.
Result<Project> readProject(const std::filesystem::path& path);

/// Atomic: written beside, flushed, renamed over. An existing file is whole at any moment.
Status writeProject(const Project& project, const std::filesystem::path& path);

/// SHA-256 of a file as 64 hex digits.
Result<std::string> fileSha256(const std::filesystem::path& path);

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/import/import.h"
#include "core/lower/network.h"
#include "core/model/result.h"
#include "core/project/project.h"

#include <filesystem>
#include <memory>
#include <optional>

namespace tidemark {

/// What a SOURCE argument stands for: a model file, or a project that names one.
struct Source {
    std::filesystem::path model;            ///< the model file
    std::optional<Project> project;         ///< set when SOURCE is a .tidemark file
    std::shared_ptr<const Network> network; ///< lowered, nothing but bias and activation fused
    bool modelChanged = false;              ///< the project was saved for a file of other content
};

/// Reads, imports and lowers. A project's own dimensions are used where `options` gives none.
Result<Source> openSource(const std::filesystem::path& path, ImportOptions options = {});

} // namespace tidemark

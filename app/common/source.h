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
    std::filesystem::path model;    ///< the model file
    std::optional<Project> project; ///< set when SOURCE is a .tidemark file
    /// Lowered, nothing but bias and activation fused; in int8 where a project says so.
    std::shared_ptr<const Network> network;
    std::shared_ptr<const Network> fileNetwork; ///< the same in the number format of the file
    bool modelChanged = false; ///< the project was saved for a file of other content
};

/// Whether a network stores int8 or another quantised type: it is quantised already.
bool hasQuantizedValues(const Network& network);

/// Reads, imports and lowers; quantises where the project says so. A project's own dimensions are
/// used where `options` gives none.
Result<Source> openSource(const std::filesystem::path& path, ImportOptions options = {});

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"

#include <filesystem>
#include <map>
#include <string>

namespace tidemark {

/// Files of a bundle: relative path with '/' -> content. In order of the path.
using FileSet = std::map<std::string, std::string>;

/// Makes `directory` hold `files` and nothing else but a `build` folder. Refuses a folder that
/// holds anything that no earlier bundle's manifest.json lists. Files whose content stays are not
/// touched, so that `make` rebuilds only what changed.
Status writeFolder(const FileSet& files, const std::filesystem::path& directory);

/// A .zip of the files under the folder name `root`, byte-identical for the same input.
Status writeZip(const FileSet& files, const std::string& root, const std::filesystem::path& path);

} // namespace tidemark

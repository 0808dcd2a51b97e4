// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/import.h"

namespace tidemark {

/// Reads subgraph 0 of a TensorFlow Lite file: checks the whole file's structure before it looks at
/// anything, then builds the Model (Layout::ChannelsLast) with the shapes that the file declares.
/// inferShapes() then checks them against the operators.
Result<Model> readTflite(const std::filesystem::path& path, const ImportOptions& options);

} // namespace tidemark

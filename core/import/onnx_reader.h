// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/import.h"

namespace tidemark {

/// Reads an ONNX file: tensors, constants, operators in a topological order, shapes the file
/// declares. Shapes are not inferred yet. Errors have no `where`: importModel() adds the file.
Result<Model> readOnnx(const std::filesystem::path& path, const ImportOptions& options);

} // namespace tidemark

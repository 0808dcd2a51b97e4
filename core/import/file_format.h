// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"

#include <filesystem>

namespace tidemark {

enum class FileFormat { Onnx, Tflite };

/// What the file may be, as far as its first bytes tell. Error: what it is instead: missing, a
/// folder, empty, text, PyTorch, Keras.
Result<FileFormat> formatOf(const std::filesystem::path& path);

} // namespace tidemark

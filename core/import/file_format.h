// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"

#include <filesystem>

namespace tidemark {

/// Succeeds when the file may be an ONNX model, as far as its first bytes tell. Otherwise says what
/// it is instead: missing, a folder, empty, text, TensorFlow Lite, PyTorch, Keras.
Status checkIsOnnx(const std::filesystem::path& path);

} // namespace tidemark

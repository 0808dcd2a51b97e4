// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/import.h"
#include "core/model/result.h"

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <memory>
#include <stop_token>

namespace tidemark {

/// Parses an ONNX file straight from the disk, so that its bytes are in memory once.
/// Errors say whether the file is cut off or is no ONNX model; nesting is bounded at 100 messages.
Result<std::shared_ptr<const onnx::ModelProto>> readOnnxMessage(const std::filesystem::path& path,
                                                                const ImportOptions& options);

} // namespace tidemark

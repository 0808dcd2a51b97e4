// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/data_type.h"

#include <cstdint>
#include <optional>

namespace tidemark {

/// Type of an ONNX element type number (onnx.TensorProto.DataType), nothing for strings, complex
/// numbers, bfloat16 and others that no kernel here has.
std::optional<DataType> dataTypeOfOnnx(std::int64_t number);

} // namespace tidemark

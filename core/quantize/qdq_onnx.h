// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"

#include <filesystem>

namespace tidemark {

/// Writes an int8 network as an ONNX model (opset 20) of QuantizeLinear and DequantizeLinear pairs
/// around float operators, as ONNX Runtime loads it. Inputs and outputs are float, indices int64;
/// every tensor is 1 x channels x rows x width. Read back, it gives the same int8 values. Errors,
/// by name: float stages that are not Quantize or Dequantize, weights that are not there, and the
/// few forms that ONNX lacks (softmax with a beta, int32 indices, diagonals, views).
Status writeQdqOnnx(const Network& network, const std::filesystem::path& path);

} // namespace tidemark

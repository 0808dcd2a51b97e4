// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"

#include <filesystem>

namespace tidemark {

/// Writes an int8 network as an ONNX model of QuantizeLinear and DequantizeLinear pairs around
/// float operators (opset 13), as ONNX Runtime loads it. Every tensor is 1 x channels x rows x
/// width, so inputs and outputs are float images of that shape; a fully connected layer is a
/// convolution whose window is its whole input. Read back, it gives the same int8 values. Errors: a
/// network that is not int8, weights that are not there, a stage without such a form
/// (rearrangements, matrix products, arg max, views of a part), by name.
Status writeQdqOnnx(const Network& network, const std::filesystem::path& path);

} // namespace tidemark

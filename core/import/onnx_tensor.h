// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/model/tensor.h"

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace tidemark {

/// Type of an ONNX element type number. Error: strings, complex numbers, bfloat16 and other types
/// that no kernel here has, naming the tensor.
Result<DataType> dataTypeOf(int onnxType, const std::string& tensorName);

/// Where the constants of a model come from.
struct OnnxSource {
    std::shared_ptr<const onnx::ModelProto> message; ///< keeps the bytes of its constants alive
    std::filesystem::path folder;                    ///< external data lives here or below
};

/// A constant of the message, sharing its memory where the message has the bytes as they are.
/// External data that is not there leaves the constant without bytes. Errors name the tensor: a bad
/// shape or type, fewer or more bytes than the shape says, an external path that leaves the folder.
Result<Tensor> readOnnxTensor(const onnx::TensorProto& proto, const OnnxSource& source);

} // namespace tidemark

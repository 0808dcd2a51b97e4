// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/attribute_reader.h"
#include "core/import/onnx_tensor.h"
#include "core/model/result.h"

namespace tidemark {

/// The attributes of a node, graphs and strings lists left out. Errors are those of its tensors.
Result<AttributeMap> readOnnxAttributes(const onnx::NodeProto& node, const OnnxSource& source);

/// The tensor that a Constant node is. Error: strings, sparse tensors, or no value at all.
Result<Tensor> readOnnxConstantNode(const onnx::NodeProto& node, const OnnxSource& source);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/ids.h"
#include "core/model/operator.h"
#include "core/model/tensor.h"

#include <string>
#include <vector>

namespace tidemark {

/// Where channels stand in the file's activations.
enum class Layout { ChannelsFirst, ChannelsLast };

/// The graph as the file has it. Operators are in a topological order; ids index the vectors.
struct Model {
    std::string name;   ///< of the graph, or the file's stem: untrusted
    std::string format; ///< "ONNX", "TFLite"
    Layout layout = Layout::ChannelsFirst;
    std::vector<Tensor> tensors;
    std::vector<Operator> operators;
    std::vector<TensorId> inputs; ///< without constants
    std::vector<TensorId> outputs;

    const Tensor& operator[](TensorId id) const { return tensors[id.index()]; }
    const Operator& operator[](OperatorId id) const { return operators[id.index()]; }
};

} // namespace tidemark

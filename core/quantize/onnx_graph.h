// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/model/shape.h"

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace tidemark {

/// An ONNX model as it is written: nodes, initialisers, inputs and outputs, by name.
class OnnxGraph {
public:
    using Names = std::vector<std::string>;

    OnnxGraph();

    void addInput(const std::string& name, int type, const Shape& shape);
    void addOutput(const std::string& name, int type, const Shape& shape);

    /// Gives the initialiser's name: the wish and a number.
    std::string addRaw(const std::string& wish, int type, const Shape& shape, const void* data,
                       std::size_t bytes);
    std::string addFloats(const std::string& wish, const Shape& shape,
                          const std::vector<float>& elements)
    {
        return addElements(wish, onnx::TensorProto::FLOAT, shape, elements);
    }
    std::string addInts(const std::string& wish, const Shape& elements)
    {
        const auto count = static_cast<std::int64_t>(elements.size());
        return addElements(wish, onnx::TensorProto::INT64, {count}, elements);
    }
    template <class T>
    std::string addElements(const std::string& wish, int type, const Shape& shape,
                            const std::vector<T>& elements)
    {
        return addRaw(wish, type, shape, elements.data(), elements.size() * sizeof(T));
    }

    /// "" stands for an input that is left out.
    onnx::NodeProto& addNode(const std::string& type, const Names& inputs,
                             const std::string& output);
    static void set(onnx::NodeProto& node, const std::string& name, const Shape& values);
    static void set(onnx::NodeProto& node, const std::string& name, std::int64_t value);
    static void set(onnx::NodeProto& node, const std::string& name, float value);
    static void set(onnx::NodeProto& node, const std::string& name, const char* value);

    /// Error: above protobuf's 2 GB.
    Result<std::string> serialised() const;

private:
    static onnx::AttributeProto& attribute(onnx::NodeProto& node, const std::string& name,
                                           onnx::AttributeProto::AttributeType type);

    onnx::ModelProto m_model;
};

} // namespace tidemark

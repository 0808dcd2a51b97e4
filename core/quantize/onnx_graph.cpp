// SPDX-License-Identifier: Apache-2.0
#include "core/quantize/onnx_graph.h"

namespace tidemark {

namespace {

void setInfo(onnx::ValueInfoProto& info, const std::string& name, int type, const Shape& shape)
{
    info.set_name(name);
    auto* tensor = info.mutable_type()->mutable_tensor_type();
    tensor->set_elem_type(type);
    for (const std::int64_t extent : shape) {
        tensor->mutable_shape()->add_dim()->set_dim_value(extent);
    }
}

} // namespace

OnnxGraph::OnnxGraph()
{
    // The oldest that has every operator written here: Gelu is of 20, HardSwish of 14.
    constexpr int kOpset = 20;
    constexpr int kIrVersion = 9;
    m_model.set_ir_version(kIrVersion);
    m_model.set_producer_name("tidemark");
    auto* opset = m_model.add_opset_import();
    opset->set_domain("");
    opset->set_version(kOpset);
    m_model.mutable_graph()->set_name("quantised");
}

void OnnxGraph::addInput(const std::string& name, int type, const Shape& shape)
{
    setInfo(*m_model.mutable_graph()->add_input(), name, type, shape);
}

void OnnxGraph::addOutput(const std::string& name, int type, const Shape& shape)
{
    setInfo(*m_model.mutable_graph()->add_output(), name, type, shape);
}

std::string OnnxGraph::addRaw(const std::string& wish, int type, const Shape& shape,
                              const void* data, std::size_t bytes)
{
    auto* tensor = m_model.mutable_graph()->add_initializer();
    const std::string name = wish + "_" + std::to_string(m_model.graph().initializer_size());
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (const std::int64_t extent : shape) {
        tensor->add_dims(extent);
    }
    tensor->set_raw_data(data, bytes);
    return name;
}

onnx::NodeProto& OnnxGraph::addNode(const std::string& type, const Names& inputs,
                                    const std::string& output)
{
    auto* node = m_model.mutable_graph()->add_node();
    node->set_op_type(type);
    node->set_name(type + "_" + std::to_string(m_model.graph().node_size()));
    for (const std::string& input : inputs) {
        node->add_input(input);
    }
    node->add_output(output);
    return *node;
}

onnx::AttributeProto& OnnxGraph::attribute(onnx::NodeProto& node, const std::string& name,
                                           onnx::AttributeProto::AttributeType type)
{
    auto* attribute = node.add_attribute();
    attribute->set_name(name);
    attribute->set_type(type);
    return *attribute;
}

void OnnxGraph::set(onnx::NodeProto& node, const std::string& name, const Shape& values)
{
    auto& ints = attribute(node, name, onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) {
        ints.add_ints(value);
    }
}

void OnnxGraph::set(onnx::NodeProto& node, const std::string& name, std::int64_t value)
{
    attribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

void OnnxGraph::set(onnx::NodeProto& node, const std::string& name, float value)
{
    attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}

void OnnxGraph::set(onnx::NodeProto& node, const std::string& name, const char* value)
{
    attribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

Result<std::string> OnnxGraph::serialised() const
{
    std::string bytes;
    if (!m_model.SerializeToString(&bytes)) {
        return Diagnostic{ErrorKind::BadInput, "the model is above 2 GB", "",
                          "write a smaller one"};
    }
    return bytes;
}

} // namespace tidemark

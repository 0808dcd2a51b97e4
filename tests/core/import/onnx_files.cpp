// SPDX-License-Identifier: Apache-2.0
#include "tests/core/import/onnx_files.h"

#include <algorithm>
#include <array>

namespace tidemark::test {

OnnxFile::OnnxFile()
{
    m_proto.set_ir_version(7);
    m_proto.add_opset_import()->set_version(13);
    graph().set_name("test");
}

void OnnxFile::input(const std::string& name, const Dimensions& shape)
{
    set(*graph().add_input(), name, shape);
}

void OnnxFile::output(const std::string& name, const Dimensions& shape)
{
    set(*graph().add_output(), name, shape);
}

void OnnxFile::declare(const std::string& name, const Dimensions& shape)
{
    set(*graph().add_value_info(), name, shape);
}

void OnnxFile::weights(const std::string& name, const std::vector<std::int64_t>& shape,
                       const std::vector<float>& elements)
{
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->mutable_dims()->Add(shape.begin(), shape.end());
    tensor->set_raw_data(elements.data(), elements.size() * sizeof(float));
}

void OnnxFile::integers(const std::string& name, const std::vector<std::int64_t>& elements)
{
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::INT64);
    tensor->add_dims(static_cast<std::int64_t>(elements.size()));
    tensor->mutable_int64_data()->Add(elements.begin(), elements.end());
}

void OnnxFile::externalWeights(const std::string& name, const std::vector<std::int64_t>& shape,
                               const std::string& location, int offset, int length)
{
    auto* tensor = graph().add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(onnx::TensorProto::FLOAT);
    tensor->mutable_dims()->Add(shape.begin(), shape.end());
    tensor->set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const std::string& key, const std::string& value) {
        auto* entry = tensor->add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    };
    add("location", location);
    add("offset", std::to_string(offset));
    add("length", std::to_string(length));
}

onnx::NodeProto& OnnxFile::node(const std::string& type, const std::vector<std::string>& inputs,
                                const std::vector<std::string>& outputs,
                                const std::vector<Attribute>& attributes, const std::string& name,
                                const std::string& domain)
{
    auto* node = graph().add_node();
    node->set_op_type(type);
    node->set_name(name);
    node->set_domain(domain);
    for (const std::string& input : inputs) {
        node->add_input(input);
    }
    for (const std::string& output : outputs) {
        node->add_output(output);
    }
    constexpr std::array kLists{"kernel_shape", "strides", "pads", "dilations", "perm", "axes"};
    for (const auto& [key, values] : attributes) {
        auto* attribute = node->add_attribute();
        attribute->set_name(key);
        if (std::ranges::find(kLists, key) != kLists.end()) {
            attribute->set_type(onnx::AttributeProto::INTS);
            attribute->mutable_ints()->Add(values.begin(), values.end());
        } else {
            attribute->set_type(onnx::AttributeProto::INT);
            attribute->set_i(values.front());
        }
    }
    return *node;
}

void OnnxFile::set(onnx::ValueInfoProto& info, const std::string& name, const Dimensions& shape)
{
    info.set_name(name);
    auto* type = info.mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::FLOAT);
    type->mutable_shape();
    for (const Dimension& dimension : shape) {
        auto* dim = type->mutable_shape()->add_dim();
        if (const int* size = std::get_if<int>(&dimension)) {
            dim->set_dim_value(*size);
        } else if (const std::string symbol = std::get<const char*>(dimension); !symbol.empty()) {
            dim->set_dim_param(symbol);
        }
    }
}

} // namespace tidemark::test

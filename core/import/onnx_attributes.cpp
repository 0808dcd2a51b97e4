// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx_attributes.h"

#include <span>

namespace tidemark {

namespace {

using onnx::AttributeProto;

/// The attribute's type; files of the first ONNX version leave it to be seen from the fields.
AttributeProto::AttributeType typeOf(const AttributeProto& attribute)
{
    if (attribute.type() != AttributeProto::UNDEFINED) {
        return attribute.type();
    }
    return attribute.has_i()             ? AttributeProto::INT
           : attribute.has_f()           ? AttributeProto::FLOAT
           : attribute.has_s()           ? AttributeProto::STRING
           : attribute.has_t()           ? AttributeProto::TENSOR
           : attribute.ints_size() > 0   ? AttributeProto::INTS
           : attribute.floats_size() > 0 ? AttributeProto::FLOATS
                                         : AttributeProto::UNDEFINED;
}

template <class T> Tensor constantOf(std::span<const T> elements, DataType type, Shape shape)
{
    const auto bytes = std::as_bytes(elements);
    Tensor tensor;
    tensor.type = type;
    tensor.shape = std::move(shape);
    tensor.constant = ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
    return tensor;
}

} // namespace

Result<AttributeMap> readOnnxAttributes(const onnx::NodeProto& node, const OnnxSource& source)
{
    AttributeMap map;
    for (const AttributeProto& attribute : node.attribute()) {
        AttributeValue value;
        switch (typeOf(attribute)) {
        case AttributeProto::INT:
            value = attribute.i();
            break;
        case AttributeProto::FLOAT:
            value = attribute.f();
            break;
        case AttributeProto::STRING:
            value = attribute.s();
            break;
        case AttributeProto::INTS:
            value = std::vector<std::int64_t>(attribute.ints().begin(), attribute.ints().end());
            break;
        case AttributeProto::FLOATS:
            value = std::vector<float>(attribute.floats().begin(), attribute.floats().end());
            break;
        case AttributeProto::TENSOR: {
            auto tensor = readOnnxTensor(attribute.t(), source);
            if (!tensor) {
                return tensor.error();
            }
            value = *std::move(tensor);
            break;
        }
        default:
            continue;
        }
        map.insert_or_assign(attribute.name(), std::move(value));
    }
    return map;
}

Result<Tensor> readOnnxConstantNode(const onnx::NodeProto& node, const OnnxSource& source)
{
    const auto attributes = readOnnxAttributes(node, source);
    if (!attributes) {
        return attributes.error();
    }
    for (const auto& [name, value] : *attributes) {
        if (const auto* tensor = std::get_if<Tensor>(&value)) {
            return *tensor;
        }
        if (const auto* integer = std::get_if<std::int64_t>(&value)) {
            return constantOf<std::int64_t>({integer, 1}, DataType::Int64, {});
        }
        if (const auto* real = std::get_if<float>(&value)) {
            return constantOf<float>({real, 1}, DataType::Float32, {});
        }
        if (const auto* list = std::get_if<std::vector<std::int64_t>>(&value)) {
            return constantOf<std::int64_t>(*list, DataType::Int64,
                                            {static_cast<std::int64_t>(list->size())});
        }
        if (const auto* list = std::get_if<std::vector<float>>(&value)) {
            return constantOf<float>(*list, DataType::Float32,
                                     {static_cast<std::int64_t>(list->size())});
        }
    }
    return Diagnostic{ErrorKind::BadInput,
                      "constant '" + printable(node.name()) +
                          "' has no value that is a dense tensor of numbers",
                      "", "remove it from the model"};
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/import/tflite_file.h"

namespace tidemark::test {

int TfliteFile::tensor(const std::string& name, const std::vector<std::int32_t>& shape, int type)
{
    m_tensors.push_back({name, shape, type, 0, {}, {}, 0});
    return static_cast<int>(m_tensors.size()) - 1;
}

int TfliteFile::constant(const std::string& name, const std::vector<std::int32_t>& shape, int type,
                         const std::string& bytes)
{
    const int index = tensor(name, shape, type);
    m_tensors.back().buffer = static_cast<std::uint32_t>(m_buffers.size());
    m_buffers.push_back(bytes);
    return index;
}

int TfliteFile::integers(const std::string& name, const std::vector<std::int32_t>& elements)
{
    const std::string bytes(reinterpret_cast<const char*>(elements.data()),
                            elements.size() * sizeof(std::int32_t));
    return constant(name, {static_cast<std::int32_t>(elements.size())}, kInt32, bytes);
}

void TfliteFile::quantise(int tensor, const std::vector<float>& scales,
                          const std::vector<std::int64_t>& zeros, int axis)
{
    Tensor& quantised = m_tensors[static_cast<std::size_t>(tensor)];
    quantised.scales = scales;
    quantised.zeros = zeros;
    quantised.axis = axis;
}

void TfliteFile::node(int code, const std::vector<std::int32_t>& inputs,
                      const std::vector<std::int32_t>& outputs, tflite::Options type,
                      Options options)
{
    m_nodes.push_back({code, inputs, outputs, type, std::move(options)});
}

std::string TfliteFile::bytes() const
{
    flatbuffers::FlatBufferBuilder builder;
    std::vector<flatbuffers::Offset<tflite::Tensor>> tensors;
    for (const Tensor& tensor : m_tensors) {
        flatbuffers::Offset<tflite::Quantization> quantization;
        if (!tensor.scales.empty()) {
            quantization = tflite::CreateQuantizationDirect(builder, &tensor.scales, &tensor.zeros,
                                                            0, tensor.axis);
        }
        tensors.push_back(tflite::CreateTensorDirect(
            builder, &tensor.shape, static_cast<std::int8_t>(tensor.type), tensor.buffer,
            tensor.name.c_str(), quantization));
    }
    std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes;
    std::vector<flatbuffers::Offset<tflite::Operator>> operators;
    for (const Node& node : m_nodes) {
        const auto options = node.options ? node.options(builder) : flatbuffers::Offset<void>();
        operators.push_back(
            tflite::CreateOperatorDirect(builder, static_cast<std::uint32_t>(codes.size()),
                                         &node.inputs, &node.outputs, node.type, options));
        codes.push_back(tflite::CreateOperatorCodeDirect(
            builder, static_cast<std::int8_t>(node.code < 127 ? node.code : 127), nullptr, 1,
            node.code));
    }
    const std::vector graphs{
        tflite::CreateSubGraphDirect(builder, &tensors, &m_inputs, &m_outputs, &operators, "main")};
    std::vector<flatbuffers::Offset<tflite::Buffer>> buffers;
    for (const std::string& content : m_buffers) {
        const std::vector<std::uint8_t> data(content.begin(), content.end());
        buffers.push_back(tflite::CreateBufferDirect(builder, &data));
    }
    tflite::FinishModelBuffer(
        builder, tflite::CreateModelDirect(builder, 3, &codes, &graphs, nullptr, &buffers));
    return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

} // namespace tidemark::test

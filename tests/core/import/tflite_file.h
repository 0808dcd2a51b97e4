// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tflite_generated.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tidemark::test {

/// Writes small TensorFlow Lite files, right or wrong ones: nothing is checked.
class TfliteFile {
public:
    static constexpr int kFloat = 0, kInt32 = 2, kUInt8 = 3, kString = 5, kInt8 = 9;

    using Options = std::function<flatbuffers::Offset<void>(flatbuffers::FlatBufferBuilder&)>;

    /// Give the tensor's index.
    int tensor(const std::string& name, const std::vector<std::int32_t>& shape, int type = kFloat);
    int constant(const std::string& name, const std::vector<std::int32_t>& shape, int type,
                 const std::string& bytes);
    int integers(const std::string& name, const std::vector<std::int32_t>& elements);
    void quantise(int tensor, const std::vector<float>& scales,
                  const std::vector<std::int64_t>& zeros, int axis = 0);
    /// `code` is the format's number of the operator.
    void node(int code, const std::vector<std::int32_t>& inputs,
              const std::vector<std::int32_t>& outputs, tflite::Options type = tflite::Options_NONE,
              Options options = {});
    void input(int tensor) { m_inputs.push_back(tensor); }
    void output(int tensor) { m_outputs.push_back(tensor); }
    std::string bytes() const;

private:
    struct Tensor {
        std::string name;
        std::vector<std::int32_t> shape;
        int type = kFloat;
        std::uint32_t buffer = 0;
        std::vector<float> scales;
        std::vector<std::int64_t> zeros;
        int axis = 0;
    };
    struct Node {
        int code;
        std::vector<std::int32_t> inputs, outputs;
        tflite::Options type;
        Options options;
    };
    std::vector<Tensor> m_tensors;
    std::vector<Node> m_nodes;
    std::vector<std::string> m_buffers = {""};
    std::vector<std::int32_t> m_inputs, m_outputs;
};

} // namespace tidemark::test

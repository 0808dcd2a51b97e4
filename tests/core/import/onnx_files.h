// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tidemark::test {

/// Writes small ONNX files, right or wrong ones.
class OnnxFile {
public:
    /// A size, a name, or (the empty name) neither.
    using Dimension = std::variant<int, const char*>;
    using Dimensions = std::vector<Dimension>;

    /// An integer, or a list where the specification has one.
    using Attribute = std::pair<std::string, std::vector<std::int64_t>>;

    OnnxFile();
    void input(const std::string& name, const Dimensions& shape);
    void output(const std::string& name, const Dimensions& shape);
    void declare(const std::string& name, const Dimensions& shape); ///< value_info
    void weights(const std::string& name, const std::vector<std::int64_t>& shape,
                 const std::vector<float>& elements);
    void integers(const std::string& name, const std::vector<std::int64_t>& elements);
    void externalWeights(const std::string& name, const std::vector<std::int64_t>& shape,
                         const std::string& location, int offset, int length);
    onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs,
                          const std::vector<Attribute>& attributes = {},
                          const std::string& name = "", const std::string& domain = "");
    onnx::GraphProto& graph() { return *m_proto.mutable_graph(); }
    const onnx::ModelProto& proto() const { return m_proto; }

private:
    static void set(onnx::ValueInfoProto& info, const std::string& name, const Dimensions& shape);

    onnx::ModelProto m_proto;
};

} // namespace tidemark::test

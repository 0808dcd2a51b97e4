// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx_reader.h"

#include "core/import/dimensions.h"
#include "core/import/onnx_attributes.h"
#include "core/import/onnx_message.h"
#include "core/import/onnx_tensor.h"
#include "core/import/operator_order.h"
#include "core/import/operator_table.h"
#include "core/import/shape_inference.h"

#include <unordered_map>

namespace tidemark {

namespace {

Diagnostic error(const std::string& what, const std::string& mend)
{
    return {ErrorKind::BadInput, what, "", mend};
}

std::string nameOf(const onnx::NodeProto& node, std::size_t index)
{
    return node.name().empty() ? node.op_type() + "_" + std::to_string(index) : node.name();
}

std::string tensorText(const std::string& name)
{
    return "tensor '" + printable(name) + "'";
}

std::vector<DeclaredDimension> dimensionsOf(const onnx::TensorShapeProto& shape)
{
    std::vector<DeclaredDimension> dimensions;
    for (const auto& dim : shape.dim()) {
        dimensions.push_back(
            {dim.has_dim_value() ? std::optional(dim.dim_value()) : std::nullopt, dim.dim_param()});
    }
    return dimensions;
}

bool isDefaultDomain(const std::string& domain)
{
    return domain.empty() || domain == "ai.onnx";
}

/// Version of the default operators; a file that does not say is taken for a new one.
std::int64_t opsetOf(const onnx::ModelProto& message)
{
    for (const auto& opset : message.opset_import()) {
        if (isDefaultDomain(opset.domain())) {
            return opset.version();
        }
    }
    return kNewestOpset;
}

/// Turns the graph of a parsed message into a Model. One use each.
class GraphReader {
public:
    GraphReader(OnnxSource source, const ImportOptions& options)
        : m_source(std::move(source)), m_graph(m_source.message->graph()), m_sizes(options.dims),
          m_stop(options.stop), m_opset(opsetOf(*m_source.message))
    {
    }

    Result<Model> read();

private:
    Status checkOperators() const;
    Status readConstants();
    Status readInputs();
    Status readNodes();
    Status readNode(const onnx::NodeProto& node, std::size_t index);
    Status readInputsOfNodes();
    Status checkAbsentData();
    Status readDeclaredTypes();
    Status readDeclaredType(const onnx::ValueInfoProto& info);
    Status readOutputs();
    Result<TensorId> addTensor(Tensor tensor);

    OnnxSource m_source;
    const onnx::GraphProto& m_graph;
    DimensionSizes m_sizes;
    std::stop_token m_stop;
    std::int64_t m_opset;
    Model m_model;
    std::unordered_map<std::string, TensorId> m_ids;
    std::vector<const onnx::NodeProto*> m_nodes; ///< of Model::operators, without Constant nodes
};

/// Why no plan can have the operator in it.
Diagnostic refusal(const Operator& op, const onnx::NodeProto& node)
{
    if (op.typeName == "If") {
        const std::string condition = node.input_size() > 0 ? printable(node.input(0)) : "";
        return error(describe(op) + " chooses one of two graphs by '" + condition +
                         "' while the network runs, a plan has one path",
                     "export the model with the choice made");
    }
    if (op.typeName == "Loop" || op.typeName == "Scan") {
        return error(describe(op) + " repeats a graph while the network runs",
                     "export the model with its loops unrolled");
    }
    return error(describe(op) + " works with text, sequences or optional values, whose sizes no "
                                "plan can know",
                 "export the model without it");
}

/// Before anything is asked of the user that would not help.
Status GraphReader::checkOperators() const
{
    for (int i = 0; i < m_graph.node_size(); ++i) {
        const onnx::NodeProto& node = m_graph.node(i);
        const OperatorEntry* entry =
            isDefaultDomain(node.domain()) ? findOperator(node.op_type()) : nullptr;
        if (entry && entry->support == Support::Refused) {
            Operator op;
            op.typeName = node.op_type();
            op.name = nameOf(node, static_cast<std::size_t>(i));
            return refusal(op, node);
        }
    }
    return Done{};
}

Result<Model> GraphReader::read()
{
    m_model.name = m_graph.name();
    m_model.format = "ONNX";
    if (const Status status = checkOperators(); !status) {
        return status.error();
    }
    using Step = Status (GraphReader::*)();
    for (const Step step :
         {&GraphReader::readConstants, &GraphReader::readInputs, &GraphReader::readNodes,
          &GraphReader::readInputsOfNodes, &GraphReader::checkAbsentData,
          &GraphReader::readDeclaredTypes, &GraphReader::readOutputs}) {
        if (m_stop.stop_requested()) {
            return error("reading the model was cancelled", "");
        }
        if (const Status status = (this->*step)(); !status) {
            return status.error();
        }
    }
    if (const Status sorted = sortOperators(m_model); !sorted) {
        return sorted.error();
    }
    return std::move(m_model);
}

Result<TensorId> GraphReader::addTensor(Tensor tensor)
{
    const TensorId id(m_model.tensors.size());
    if (!m_ids.emplace(tensor.name, id).second) {
        return error(tensorText(tensor.name) + " is made twice",
                     "every tensor must have one maker and a name of its own");
    }
    m_model.tensors.push_back(std::move(tensor));
    return id;
}

Status GraphReader::readConstants()
{
    if (m_graph.sparse_initializer_size() > 0) {
        return error(tensorText(m_graph.sparse_initializer(0).values().name()) + " is sparse",
                     "export dense weights");
    }
    for (const auto& proto : m_graph.initializer()) {
        auto tensor = readOnnxTensor(proto, m_source);
        if (!tensor) {
            return tensor.error();
        }
        if (const auto id = addTensor(*std::move(tensor)); !id) {
            return id.error();
        }
    }
    return Done{};
}

Status GraphReader::readInputs()
{
    for (const auto& info : m_graph.input()) {
        // Before version 4 of the format, initialisers are listed among the inputs.
        const auto known = m_ids.find(info.name());
        if (known != m_ids.end() && m_model[known->second].constant) {
            continue;
        }
        const std::string name = "input '" + printable(info.name()) + "'";
        if (!info.type().has_tensor_type()) {
            return error(name + " is not a tensor", "only tensors can be planned");
        }
        const auto& declared = info.type().tensor_type();
        const auto type = dataTypeOf(declared.elem_type(), info.name());
        if (!type) {
            return type.error();
        }
        if (!declared.has_shape()) {
            return error(name + " has no shape", "export the model with the shape of its inputs");
        }
        auto shape = m_sizes.resolveInput(info.name(), dimensionsOf(declared.shape()));
        if (!shape) {
            return shape.error();
        }
        if (const auto problem = shapeProblem(*shape)) {
            return error(name + " " + *problem, "export the model with the shape of its inputs");
        }
        const auto id = addTensor({info.name(), *type, *std::move(shape), {}, {}});
        if (!id) {
            return id.error();
        }
        m_model.inputs.push_back(*id);
    }
    return m_sizes.checkGiven();
}

Status GraphReader::readNodes()
{
    for (int i = 0; i < m_graph.node_size(); ++i) {
        if (const Status status = readNode(m_graph.node(i), static_cast<std::size_t>(i)); !status) {
            return status;
        }
    }
    return Done{};
}

Status GraphReader::readNode(const onnx::NodeProto& node, std::size_t index)
{
    const bool isDefault = isDefaultDomain(node.domain());
    Operator op;
    op.typeName = isDefault ? node.op_type() : node.domain() + "." + node.op_type();
    op.name = nameOf(node, index);
    const OperatorEntry* entry = isDefault ? findOperator(node.op_type()) : nullptr;
    if (isDefault && !entry) {
        return error(describe(op) + " is not an ONNX operator",
                     "check its name, or give it a domain of its own");
    }
    if (isDefault && node.op_type() == "Constant") {
        auto tensor = readOnnxConstantNode(node, m_source);
        if (!tensor) {
            return tensor.error();
        }
        tensor->name = node.output_size() > 0 ? node.output(0) : std::string();
        const auto id = addTensor(*std::move(tensor));
        return id ? Status(Done{}) : Status(id.error());
    }
    for (const std::string& output : node.output()) {
        if (output.empty()) {
            op.outputs.push_back(TensorId());
            continue;
        }
        const auto id = addTensor({output, {}, {}, {}, {}});
        if (!id) {
            return error(tensorText(output) + " is made twice, the second time by " + describe(op),
                         "every tensor must have one maker and a name of its own");
        }
        op.outputs.push_back(*id);
    }
    if (entry) {
        op.kind = entry->kind;
        op.controlInputs = entry->controlInputs;
    }
    if (entry && entry->parse) {
        const auto attributes = readOnnxAttributes(node, m_source);
        if (!attributes) {
            return attributes.error();
        }
        AttributeReader reader(*attributes, m_opset);
        entry->parse(reader, op);
        if (const auto& problem = reader.problem()) {
            return error(describe(op) + " " + problem->what, problem->mend);
        }
    }
    m_model.operators.push_back(std::move(op));
    m_nodes.push_back(&node);
    return Done{};
}

Status GraphReader::readInputsOfNodes()
{
    for (std::size_t i = 0; i < m_nodes.size(); ++i) {
        Operator& op = m_model.operators[i];
        for (const std::string& input : m_nodes[i]->input()) {
            if (input.empty()) {
                op.inputs.push_back(std::nullopt);
                continue;
            }
            const auto known = m_ids.find(input);
            if (known == m_ids.end()) {
                return error(describe(op) + " reads " + tensorText(input) + ", which nothing makes",
                             "check the name, or add the missing operator");
            }
            op.inputs.push_back(known->second);
        }
    }
    return Done{};
}

/// Operators whose constants are weights and nothing else, so that their shapes are enough to plan.
bool hasWeights(const Operator& op)
{
    switch (op.kind) {
    case OperatorKind::Conv:
    case OperatorKind::ConvTranspose:
    case OperatorKind::Gemm:
    case OperatorKind::MatMul:
    case OperatorKind::Recurrent:
    case OperatorKind::QuantizedConv:
    case OperatorKind::QuantizedMatMul:
        return true;
    default:
        return false;
    }
}

/// A model that came without the file of its weights can still be planned. Where no operator's
/// weights are in the missing file, it holds something else, and the model is incomplete.
Status GraphReader::checkAbsentData()
{
    const auto isAbsent = [&](TensorId id) {
        const Tensor& tensor = m_model[id];
        return tensor.constant && tensor.constant->bytes().empty() &&
               elementCount(*tensor.shape) != 0;
    };
    for (const Operator& op : m_model.operators) {
        for (const auto& input : op.inputs) {
            if (input && hasWeights(op) && isAbsent(*input)) {
                return Done{};
            }
        }
    }
    for (const auto& proto : m_graph.initializer()) {
        if (!isAbsent(m_ids.at(proto.name()))) {
            continue;
        }
        std::string location;
        for (const auto& entry : proto.external_data()) {
            location = entry.key() == "location" ? entry.value() : location;
        }
        return error(tensorText(proto.name()) + " has its data in '" + printable(location) +
                         "', which does not exist",
                     "put the file beside the model");
    }
    return Done{};
}

Status GraphReader::readDeclaredTypes()
{
    for (const auto* infos : {&m_graph.value_info(), &m_graph.output()}) {
        for (const auto& info : *infos) {
            if (const Status status = readDeclaredType(info); !status) {
                return status;
            }
        }
    }
    return Done{};
}

Status GraphReader::readDeclaredType(const onnx::ValueInfoProto& info)
{
    const auto known = m_ids.find(info.name());
    if (known == m_ids.end() || !info.type().has_tensor_type()) {
        return Done{};
    }
    Tensor& tensor = m_model.tensors[known->second.index()];
    if (tensor.shape) {
        return Done{}; // an input or a constant, or declared before
    }
    const auto& declared = info.type().tensor_type();
    const auto type = dataTypeOf(declared.elem_type(), info.name());
    if (!type) {
        return type.error();
    }
    tensor.type = *type;
    if (!declared.has_shape()) {
        return Done{};
    }
    const auto shape = m_sizes.resolve(dimensionsOf(declared.shape()));
    if (!shape) {
        return Done{};
    }
    if (const auto problem = shapeProblem(*shape)) {
        return error(tensorText(info.name()) + " " + *problem, "export the model again");
    }
    tensor.shape = *shape;
    return Done{};
}

Status GraphReader::readOutputs()
{
    if (m_graph.output_size() == 0) {
        return error("the graph has no output", "export a model that makes something");
    }
    for (const auto& info : m_graph.output()) {
        const auto known = m_ids.find(info.name());
        if (known == m_ids.end()) {
            return error("output '" + printable(info.name()) + "' is made by nothing",
                         "check the name, or add the missing operator");
        }
        m_model.outputs.push_back(known->second);
    }
    return Done{};
}

Status checkMessage(const onnx::ModelProto& message)
{
    if (!message.has_graph()) {
        return error("the file has no graph, so it is no ONNX model", "export the model again");
    }
    for (const auto& opset : message.opset_import()) {
        if (isDefaultDomain(opset.domain()) &&
            (opset.version() < 1 || opset.version() > kNewestOpset)) {
            return error("the model uses opset " + std::to_string(opset.version()),
                         "export it with an opset from 7 to " + std::to_string(kNewestOpset));
        }
    }
    return Done{};
}

} // namespace

Result<Model> readOnnx(const std::filesystem::path& path, const ImportOptions& options)
{
    const auto message = readOnnxMessage(path, options);
    if (!message) {
        return message.error();
    }
    if (const Status status = checkMessage(**message); !status) {
        return status.error();
    }
    return GraphReader({*message, path.parent_path()}, options).read();
}

} // namespace tidemark

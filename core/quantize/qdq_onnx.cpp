// SPDX-License-Identifier: Apache-2.0
#include "core/quantize/qdq_onnx.h"

#include "core/io/file.h"
#include "core/lower/fixed_point.h"
#include "core/model/strided_copy.h"

#include <onnx/onnx_pb.h>

#include <array>
#include <cmath>
#include <cstring>
#include <set>

namespace tidemark {

namespace {

using Ints = std::vector<std::int64_t>;

class QdqWriter {
public:
    explicit QdqWriter(const Network& network)
        : m_network(network), m_graph(*m_model.mutable_graph())
    {
        m_model.set_ir_version(7);
        m_model.set_producer_name("tidemark");
        auto* opset = m_model.add_opset_import();
        opset->set_domain("");
        opset->set_version(13);
        m_graph.set_name("quantised");
    }

    Result<std::string> write()
    {
        for (const ValueId id : m_network.inputs) {
            addTensorInfo(*m_graph.add_input(), nameOf(id) + "_real", id);
            quantizeValue(id);
        }
        for (const Stage& stage : m_network.stages) {
            m_stage = &stage;
            if (Status status = resolveViews(); !status) {
                return status.error();
            }
            if (out().type != DataType::Int8 || in().type != DataType::Int8) {
                return noForm();
            }
            const Status status = std::visit([this](const auto& op) { return add(op); }, stage.op);
            if (!status) {
                return status.error();
            }
            quantizeValue(stage.outputs.front());
        }
        for (const ValueId id : m_network.outputs) {
            addTensorInfo(*m_graph.add_output(), nameOf(id) + "_dq", id);
        }
        std::string bytes;
        if (!m_model.SerializeToString(&bytes)) {
            return Diagnostic{ErrorKind::BadInput, "the model is above 2 GB", "",
                              "write a smaller one"};
        }
        return bytes;
    }

private:
    const Value& in(std::size_t i = 0) const { return m_network[m_stage->inputs[i]]; }
    const Value& out() const { return m_network[m_stage->outputs.front()]; }
    static std::string nameOf(ValueId id) { return "v" + std::to_string(id.index()); }
    std::string inputName(std::size_t i = 0) const { return nameOf(m_stage->inputs[i]) + "_dq"; }
    std::string outputName() const { return nameOf(m_stage->outputs.front()) + "_real"; }
    Diagnostic noForm() const
    {
        return {ErrorKind::BadInput, "no QDQ form of " + m_stage->kindText(),
                "stage " + printable(m_stage->name), "export firmware of it instead"};
    }

    // ---- tensors ----

    void addTensorInfo(onnx::ValueInfoProto& info, const std::string& name, ValueId id) const
    {
        info.set_name(name);
        auto* tensor = info.mutable_type()->mutable_tensor_type();
        tensor->set_elem_type(onnx::TensorProto::FLOAT);
        const Value& value = m_network[id];
        for (const std::int64_t extent :
             {std::int64_t{1}, value.channels, value.rows, value.width}) {
            tensor->mutable_shape()->add_dim()->set_dim_value(extent);
        }
    }

    template <class T>
    std::string addInitializer(const std::string& wish, int type, const Ints& shape,
                               const std::vector<T>& elements)
    {
        auto* tensor = m_graph.add_initializer();
        const std::string name = wish + "_" + std::to_string(m_graph.initializer_size());
        tensor->set_name(name);
        tensor->set_data_type(type);
        for (const std::int64_t extent : shape) {
            tensor->add_dims(extent);
        }
        tensor->set_raw_data(elements.data(), elements.size() * sizeof(T));
        return name;
    }
    std::string addFloat(float value)
    {
        return addInitializer("limit", onnx::TensorProto::FLOAT, {}, std::vector<float>{value});
    }

    onnx::NodeProto& addNode(const std::string& type, const std::vector<std::string>& inputs,
                             const std::string& output)
    {
        auto* node = m_graph.add_node();
        node->set_op_type(type);
        node->set_name(type + "_" + std::to_string(m_graph.node_size()));
        for (const std::string& input : inputs) {
            node->add_input(input);
        }
        node->add_output(output);
        return *node;
    }
    static void setInts(onnx::NodeProto& node, const std::string& name, const Ints& values)
    {
        auto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t value : values) {
            attribute->add_ints(value);
        }
    }
    static void setInt(onnx::NodeProto& node, const std::string& name, std::int64_t value)
    {
        auto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::INT);
        attribute->set_i(value);
    }
    static void setFloat(onnx::NodeProto& node, const std::string& name, float value)
    {
        auto* attribute = node.add_attribute();
        attribute->set_name(name);
        attribute->set_type(onnx::AttributeProto::FLOAT);
        attribute->set_f(value);
    }

    /// NAME_real to NAME_q to NAME_dq.
    void quantizeValue(ValueId id)
    {
        const std::string name = nameOf(id);
        const auto& q = m_network[id].quantization;
        const std::string scale = addInitializer("scale", onnx::TensorProto::FLOAT, {},
                                                 std::vector{static_cast<float>(scaleOf(q))});
        const std::string zeroPoint =
            addInitializer("zero", onnx::TensorProto::INT8, {},
                           std::vector{static_cast<std::int8_t>(zeroPointOf(q))});
        addNode("QuantizeLinear", {name + "_real", scale, zeroPoint}, name + "_q");
        addNode("DequantizeLinear", {name + "_q", scale, zeroPoint}, name + "_dq");
    }

    /// A constant of `extents` gathered in the order of `order`'s axes, and dequantised along axis
    /// 0.
    template <class T>
    Result<std::string> addConstant(ConstantId id, int type, const Shape& extents,
                                    const std::vector<std::size_t>& order,
                                    const std::vector<float>& scales, std::int32_t zeroPoint)
    {
        const Constant& constant = m_network[id];
        if (constant.data.bytes().empty() ||
            elementCount(extents) != elementCount(constant.shape)) {
            return Diagnostic{ErrorKind::BadInput, "weights that are not there",
                              printable(constant.name), "use a model file with its weights"};
        }
        const Shape from = rowMajorStrides(extents);
        Shape shape, strides;
        for (const std::size_t axis : order) {
            shape.push_back(extents[axis]);
            strides.push_back(from[axis]);
        }
        const auto bytes = stridedCopy(constant.data.bytes(), sizeof(T), shape, strides);
        std::vector<T> elements(bytes.size() / sizeof(T));
        std::memcpy(elements.data(), bytes.data(), bytes.size());
        const std::string stored = addInitializer("constant", type, shape, elements);
        const Ints perScale =
            scales.size() > 1 ? Ints{static_cast<std::int64_t>(scales.size())} : Ints{};
        const std::string scale =
            addInitializer("scale", onnx::TensorProto::FLOAT, perScale, scales);
        const std::string zero = addInitializer(
            "zero", type, perScale, std::vector<T>(scales.size(), static_cast<T>(zeroPoint)));
        auto& node = addNode("DequantizeLinear", {stored, scale, zero}, stored + "_dq");
        if (scales.size() > 1) {
            setInt(node, "axis", 0);
        }
        return stored + "_dq";
    }

    // ---- views ----

    /// A view of a whole value is a reshape of its elements in NHWC order.
    Status resolveViews()
    {
        for (const ValueId id : m_stage->inputs) {
            const Value& value = m_network[id];
            if (!value.storage || m_viewed.contains(id.index())) {
                continue;
            }
            const Value& base = m_network[value.storage->base];
            if (base.elements() != value.elements()) {
                return noForm();
            }
            const std::string name = nameOf(id);
            const std::string shape =
                addInitializer("shape", onnx::TensorProto::INT64, {4},
                               Ints{1, value.rows, value.width, value.channels});
            setInts(addNode("Transpose", {nameOf(value.storage->base) + "_dq"}, name + "_last"),
                    "perm", {0, 2, 3, 1});
            addNode("Reshape", {name + "_last", shape}, name + "_shaped");
            setInts(addNode("Transpose", {name + "_shaped"}, name + "_real"), "perm", {0, 3, 1, 2});
            quantizeValue(id);
            m_viewed.insert(id.index());
        }
        return out().storage ? Status(noForm()) : Status(Done{});
    }

    // ---- operators ----

    /// `made` through the activation to the stage's real output.
    void addActivation(const std::string& made, const Activation& activation)
    {
        const bool above = std::isfinite(activation.min);
        const bool below = std::isfinite(activation.max);
        if (!above && !below) {
            addNode("Identity", {made}, outputName());
        } else if (activation.min == 0 && !below) {
            addNode("Relu", {made}, outputName());
        } else {
            addNode("Clip",
                    {made, above ? addFloat(activation.min) : "",
                     below ? addFloat(activation.max) : ""},
                    outputName());
        }
    }
    std::string raw() const { return nameOf(m_stage->outputs.front()) + "_raw"; }
    /// Where a node with that activation behind it writes.
    std::string target(const Activation& activation) const
    {
        return activation == Activation{} ? outputName() : raw();
    }
    void finish(const Activation& activation)
    {
        if (!(activation == Activation{})) {
            addActivation(raw(), activation);
        }
    }

    Status addWindowed(const Window& w, std::int64_t groups, ConstantId weights, const Shape& shape,
                       std::optional<ConstantId> bias, const Activation& activation)
    {
        const auto& q = m_network[weights].quantization;
        const std::vector<float> scales = q ? q->scales : std::vector<float>{1};
        const auto kernel = addConstant<std::int8_t>(weights, onnx::TensorProto::INT8, shape,
                                                     {0, 3, 1, 2}, scales, zeroPointOf(q));
        if (!kernel) {
            return kernel.error();
        }
        std::vector<std::string> inputs{inputName(), *kernel};
        if (bias) {
            std::vector<float> products;
            for (const float scale : scales) {
                products.push_back(static_cast<float>(scaleOf(in().quantization)) * scale);
            }
            const auto added = addConstant<std::int32_t>(*bias, onnx::TensorProto::INT32,
                                                         {shape.front()}, {0}, products, 0);
            if (!added) {
                return added.error();
            }
            inputs.push_back(*added);
        }
        auto& node = addNode("Conv", inputs, target(activation));
        setWindow(node, w);
        setInts(node, "dilations", {w.dilationH, w.dilationW});
        setInt(node, "group", groups);
        finish(activation);
        return Done{};
    }
    static void setWindow(onnx::NodeProto& node, const Window& w)
    {
        setInts(node, "kernel_shape", {w.kernelH, w.kernelW});
        setInts(node, "strides", {w.strideH, w.strideW});
        setInts(node, "pads", {w.padTop, w.padLeft, w.padBottom, w.padRight});
    }

    Status add(const ConvOp& op)
    {
        if (op.pool || op.residual) {
            return noForm();
        }
        const Window& w = op.window;
        return addWindowed(w, op.groups, op.weights,
                           {out().channels, w.kernelH, w.kernelW, in().channels / op.groups},
                           op.bias, op.activation);
    }
    Status add(const FullyConnectedOp& op)
    {
        return addWindowed({in().rows, in().width}, 1, op.weights,
                           {out().elements(), in().rows, in().width, in().channels}, op.bias,
                           op.activation);
    }
    Status add(const MaxPoolOp& op)
    {
        auto& node = addNode("MaxPool", {inputName()}, target(op.activation));
        setWindow(node, op.window);
        setInts(node, "dilations", {op.window.dilationH, op.window.dilationW});
        finish(op.activation);
        return Done{};
    }
    Status add(const AveragePoolOp& op)
    {
        auto& node = addNode("AveragePool", {inputName()}, target(op.activation));
        setWindow(node, op.window);
        setInt(node, "count_include_pad", op.countPad ? 1 : 0);
        finish(op.activation);
        return Done{};
    }
    Status add(const ReduceOp& op)
    {
        if (op.kind != Reduction::Mean || !op.rows || !op.width || op.channels) {
            return noForm();
        }
        addNode("GlobalAveragePool", {inputName()}, target(op.activation));
        finish(op.activation);
        return Done{};
    }
    Status add(const ClampOp& op)
    {
        addActivation(inputName(), op.activation);
        return Done{};
    }
    Status add(const SoftmaxOp& op)
    {
        if (op.logarithm || op.beta != 1) {
            return noForm();
        }
        setInt(addNode("Softmax", {inputName()}, outputName()), "axis", 1);
        return Done{};
    }
    Status add(const UnaryOp& op)
    {
        switch (op.function) {
        case UnaryFunction::Identity:
            addNode("Identity", {inputName()}, outputName());
            return Done{};
        case UnaryFunction::Sigmoid:
            addNode("Sigmoid", {inputName()}, outputName());
            return Done{};
        case UnaryFunction::Tanh:
            addNode("Tanh", {inputName()}, outputName());
            return Done{};
        case UnaryFunction::LeakyRelu:
            setFloat(addNode("LeakyRelu", {inputName()}, outputName()), "alpha", op.alpha);
            return Done{};
        case UnaryFunction::Elu:
            setFloat(addNode("Elu", {inputName()}, outputName()), "alpha", op.alpha);
            return Done{};
        default:
            return noForm();
        }
    }
    Status add(const BinaryOp& op)
    {
        static constexpr std::array kTypes{"Add", "Sub", "Mul", "Div", "Min", "Max"};
        std::vector<std::string> operands{inputName()};
        if (op.constant) {
            Shape shape = m_network[*op.constant].shape;
            shape.insert(shape.begin(), 4 - std::min<std::size_t>(4, shape.size()), 1);
            const auto& q = m_network[*op.constant].quantization;
            const auto operand =
                addConstant<std::int8_t>(*op.constant, onnx::TensorProto::INT8, shape, {0, 3, 1, 2},
                                         {static_cast<float>(scaleOf(q))}, zeroPointOf(q));
            if (!operand) {
                return operand.error();
            }
            operands.insert(op.constantFirst ? operands.begin() : operands.end(), *operand);
        } else {
            operands.push_back(inputName(1));
        }
        addNode(kTypes[static_cast<std::size_t>(op.function)], operands, target(op.activation));
        finish(op.activation);
        return Done{};
    }
    Status add(const ConcatOp& op)
    {
        std::vector<std::string> inputs;
        for (std::size_t i = 0; i < m_stage->inputs.size(); ++i) {
            inputs.push_back(inputName(i));
        }
        const int axis = op.axis == ValueAxis::Rows ? 2 : op.axis == ValueAxis::Width ? 3 : 1;
        setInt(addNode("Concat", inputs, outputName()), "axis", axis);
        return Done{};
    }
    template <class Op> Status add(const Op&) { return noForm(); }

    const Network& m_network;
    onnx::ModelProto m_model;
    onnx::GraphProto& m_graph;
    const Stage* m_stage = nullptr;
    std::set<std::size_t> m_viewed; ///< views that have a tensor already
};

} // namespace

Status writeQdqOnnx(const Network& network, const std::filesystem::path& path)
{
    const auto bytes = QdqWriter(network).write();
    if (!bytes) {
        return bytes.error();
    }
    return writeFileAtomically(path, *bytes);
}

} // namespace tidemark

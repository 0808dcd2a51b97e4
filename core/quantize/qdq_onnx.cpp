// SPDX-License-Identifier: Apache-2.0
#include "core/quantize/qdq_onnx.h"

#include "core/io/file.h"
#include "core/lower/fixed_point.h"
#include "core/model/strided_copy.h"
#include "core/quantize/onnx_graph.h"
#include "core/quantize/onnx_rearrange.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>

namespace tidemark {

namespace {

using Names = OnnxGraph::Names;

constexpr int kFloat = onnx::TensorProto::FLOAT;

bool isByte(DataType type)
{
    return type == DataType::Int8 || type == DataType::UInt8;
}

/// Every value is a tensor of shape 1, channels, rows, width.
Shape shapeOf(const Value& value)
{
    return {1, value.channels, value.rows, value.width};
}

class QdqWriter {
public:
    explicit QdqWriter(const Network& network) : m_network(network) {}

    Result<std::string> write()
    {
        for (std::size_t i = 0; i < m_network.inputs.size(); ++i) {
            const std::string name = "input_" + std::to_string(i);
            m_graph.addInput(name, kFloat, shapeOf(m_network[m_network.inputs[i]]));
            store(m_network.inputs[i], name);
        }
        for (const Stage& stage : m_network.stages) {
            m_stage = &stage;
            if (!isKnown()) {
                return noForm();
            }
            const auto made = std::visit(
                [this](const auto& op) -> Result<std::string> { return add(op); }, stage.op);
            if (!made) {
                return made.error();
            }
            store(stage.outputs.front(), *made);
        }
        for (std::size_t i = 0; i < m_network.outputs.size(); ++i) {
            const Value& value = m_network[m_network.outputs[i]];
            const std::string name = "output_" + std::to_string(i);
            m_graph.addNode("Identity", {m_names.at(m_network.outputs[i])}, name);
            m_graph.addOutput(
                name, value.type == DataType::Int64 ? int{onnx::TensorProto::INT64} : kFloat,
                shapeOf(value));
        }
        return m_graph.serialised();
    }

private:
    const Value& in(std::size_t i = 0) const { return m_network[m_stage->inputs[i]]; }
    const Value& out() const { return m_network[m_stage->outputs.front()]; }
    std::string input(std::size_t i = 0) const { return m_names.at(m_stage->inputs[i]); }
    Diagnostic noForm() const
    {
        return {ErrorKind::BadInput, "no QDQ form of " + m_stage->kindText(),
                "stage " + printable(m_stage->name), "export firmware of it instead"};
    }
    /// Types and places that have a form: what is computed is int8, or moves to or from it.
    bool isKnown() const
    {
        const bool converts = std::holds_alternative<UnaryOp>(m_stage->op) &&
                              (isByte(in().type) || in().type == DataType::Float32) &&
                              (isByte(out().type) || out().type == DataType::Float32);
        const bool indexes =
            std::holds_alternative<ArgMaxOp>(m_stage->op) && out().type == DataType::Int64;
        const bool computes =
            in().type == DataType::Int8 && (out().type == DataType::Int8 || indexes);
        return !out().storage && !in().storage && (converts || computes);
    }

    // ---- tensors ----

    std::string newName() { return "t" + std::to_string(m_made++); }
    /// A node with a result of its own; gives its name.
    std::string node(const std::string& type, const Names& inputs)
    {
        const std::string name = newName();
        m_graph.addNode(type, inputs, name);
        return name;
    }
    template <class T>
    std::string node(const std::string& type, const Names& inputs, const char* key, const T& value)
    {
        const std::string name = newName();
        OnnxGraph::set(m_graph.addNode(type, inputs, name), key, value);
        return name;
    }
    std::string scalar(float value) { return m_graph.addFloats("scalar", {}, {value}); }

    std::string reshaped(const std::string& name, const Shape& shape)
    {
        return node("Reshape", {name, m_graph.addInts("shape", shape)});
    }
    std::string toLast(const std::string& name)
    {
        return node("Transpose", {name}, "perm", Shape{0, 2, 3, 1});
    }
    /// Input i as a matrix, its elements in NHWC order.
    std::string matrix(std::size_t i, std::int64_t rows)
    {
        return reshaped(toLast(input(i)), {rows, in(i).elements() / rows});
    }
    /// The output from its elements in NHWC order.
    std::string fromLast(const std::string& name)
    {
        return node("Transpose", {reshaped(name, {1, out().rows, out().width, out().channels})},
                    "perm", Shape{0, 3, 1, 2});
    }

    /// Through QuantizeLinear and DequantizeLinear.
    std::string quantized(const std::string& real, const std::optional<Quantization>& q,
                          DataType type)
    {
        const std::string scale = m_graph.addFloats("scale", {}, {static_cast<float>(scaleOf(q))});
        const auto zero = static_cast<std::uint8_t>(zeroPointOf(q)); // the byte is the same
        const std::string zeroPoint = m_graph.addRaw(
            "zero", type == DataType::UInt8 ? onnx::TensorProto::UINT8 : onnx::TensorProto::INT8,
            {}, &zero, sizeof zero);
        return node("DequantizeLinear",
                    {node("QuantizeLinear", {real, scale, zeroPoint}), scale, zeroPoint});
    }
    void store(ValueId id, const std::string& real)
    {
        const Value& value = m_network[id];
        m_names[id] = isByte(value.type) ? quantized(real, value.quantization, value.type) : real;
    }

    /// A constant of `extents`, its axes put in `order`, dequantised; several scales run along axis
    /// 0.
    template <class T>
    Result<std::string> constant(ConstantId id, const Shape& extents,
                                 const std::vector<std::size_t>& order,
                                 const std::vector<float>& scales, std::int32_t zeroPoint)
    {
        constexpr int kType = sizeof(T) == 1 ? onnx::TensorProto::INT8 : onnx::TensorProto::INT32;
        const Constant& stored = m_network[id];
        if (stored.data.bytes().empty() || elementCount(extents) != elementCount(stored.shape)) {
            return Diagnostic{ErrorKind::BadInput, "weights that are not there",
                              printable(stored.name), "use a model file with its weights"};
        }
        const Shape from = rowMajorStrides(extents);
        Shape shape, strides;
        for (const std::size_t axis : order) {
            shape.push_back(extents[axis]);
            strides.push_back(from[axis]);
        }
        const auto bytes = stridedCopy(stored.data.bytes(), sizeof(T), shape, strides);
        const std::string elements =
            m_graph.addRaw("constant", kType, shape, bytes.data(), bytes.size());
        const Shape perScale =
            scales.size() > 1 ? Shape{static_cast<std::int64_t>(scales.size())} : Shape{};
        const Names inputs{
            elements, m_graph.addFloats("scale", perScale, scales),
            m_graph.addElements("zero", kType, perScale,
                                std::vector<T>(scales.size(), static_cast<T>(zeroPoint)))};
        return scales.size() > 1 ? node("DequantizeLinear", inputs, "axis", std::int64_t{0})
                                 : node("DequantizeLinear", inputs);
    }
    Result<std::string> operand(ConstantId id, const Shape& extents)
    {
        const auto& q = m_network[id].quantization;
        return constant<std::int8_t>(id, extents, {0, 3, 1, 2}, {static_cast<float>(scaleOf(q))},
                                     zeroPointOf(q));
    }
    /// Input, weights of `extents` with the outputs first, and bias, of a product.
    Result<Names> factors(const std::string& from, ConstantId weights, const Shape& extents,
                          const std::vector<std::size_t>& order, std::optional<ConstantId> bias)
    {
        const auto& q = m_network[weights].quantization;
        const std::vector<float> scales = q ? q->scales : std::vector<float>{1};
        const auto factor = constant<std::int8_t>(weights, extents, order, scales, zeroPointOf(q));
        if (!factor || !bias) {
            return factor ? Result<Names>(Names{from, *factor}) : factor.error();
        }
        std::vector<float> products;
        for (const float scale : scales) {
            products.push_back(static_cast<float>(scaleOf(in().quantization)) * scale);
        }
        const auto added = constant<std::int32_t>(*bias, {extents.front()}, {0}, products, 0);
        return added ? Result<Names>(Names{from, *factor, *added}) : added.error();
    }

    std::string clamped(const std::string& made, const Activation& activation)
    {
        const bool above = std::isfinite(activation.min);
        const bool below = std::isfinite(activation.max);
        if (!above && !below) {
            return made;
        }
        if (activation.min == 0 && !below) {
            return node("Relu", {made});
        }
        return node("Clip", {made, above ? scalar(activation.min) : "",
                             below ? scalar(activation.max) : ""});
    }

    // ---- operators: each gives the name of its result in reals ----

    std::string windowed(const std::string& type, const Names& inputs, const Window& w,
                         const char* key = nullptr, std::int64_t value = 0)
    {
        const std::string name = newName();
        auto& made = m_graph.addNode(type, inputs, name);
        OnnxGraph::set(made, "kernel_shape", Shape{w.kernelH, w.kernelW});
        OnnxGraph::set(made, "strides", Shape{w.strideH, w.strideW});
        OnnxGraph::set(made, "pads", Shape{w.padTop, w.padLeft, w.padBottom, w.padRight});
        if (w.dilationH != 1 || w.dilationW != 1) { // ONNX Runtime's QLinearAveragePool knows none
            OnnxGraph::set(made, "dilations", Shape{w.dilationH, w.dilationW});
        }
        if (key != nullptr) {
            OnnxGraph::set(made, key, value);
        }
        return name;
    }

    Result<std::string> add(const ConvOp& op)
    {
        const Window& w = op.window;
        const auto inputs = factors(
            input(), op.weights, {out().channels, w.kernelH, w.kernelW, in().channels / op.groups},
            {0, 3, 1, 2}, op.bias);
        if (!inputs) {
            return inputs.error();
        }
        std::string made = clamped(windowed("Conv", *inputs, w, "group", op.groups), op.activation);
        if (op.pool) {
            made = quantized(made, out().quantization, out().type);
            return windowed("MaxPool", {made}, *op.pool);
        }
        if (op.residual) {
            made = quantized(made, op.residual->quantization, out().type);
            return clamped(node("Add", {made, input(1)}), op.residual->activation);
        }
        return made;
    }
    /// A matrix of `rows` rows times weights.
    Result<std::string> product(std::int64_t rows, ConstantId weights,
                                std::optional<ConstantId> bias, const Activation& activation)
    {
        const std::int64_t outputs = out().elements() / rows;
        const auto inputs =
            factors(matrix(0, rows), weights, {outputs, in().elements() / rows}, {0, 1}, bias);
        if (!inputs) {
            return inputs.error();
        }
        return fromLast(clamped(node("Gemm", *inputs, "transB", std::int64_t{1}), activation));
    }
    Result<std::string> add(const FullyConnectedOp& op)
    {
        return product(1, op.weights, op.bias, op.activation);
    }
    Result<std::string> add(const MatMulOp& op)
    {
        if (op.weights) {
            return product(in().rows, *op.weights, op.bias, op.activation);
        }
        if (op.bias) {
            return noForm();
        }
        std::string b = matrix(1, in(1).rows);
        b = op.transposeB ? node("Transpose", {b}, "perm", Shape{1, 0}) : b;
        return fromLast(clamped(node("MatMul", {matrix(0, in().rows), b}), op.activation));
    }
    Result<std::string> add(const MaxPoolOp& op)
    {
        return clamped(windowed("MaxPool", {input()}, op.window), op.activation);
    }
    Result<std::string> add(const AveragePoolOp& op)
    {
        return clamped(
            windowed("AveragePool", {input()}, op.window, "count_include_pad", op.countPad ? 1 : 0),
            op.activation);
    }
    Result<std::string> add(const ReduceOp& op)
    {
        static constexpr std::array kTypes{"ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin"};
        if (op.kind == Reduction::Mean && op.roundsMean) {
            return op.rows && op.width && !op.channels
                       ? Result<std::string>(
                             clamped(node("GlobalAveragePool", {input()}), op.activation))
                       : noForm();
        }
        Shape axes;
        for (const auto& [isReduced, axis] :
             {std::pair{op.channels, 1}, {op.rows, 2}, {op.width, 3}}) {
            if (isReduced) {
                axes.push_back(axis);
            }
        }
        return clamped(node(kTypes[static_cast<std::size_t>(op.kind)],
                            {input(), m_graph.addInts("axes", axes)}),
                       op.activation);
    }
    Result<std::string> add(const ClampOp& op) { return clamped(input(), op.activation); }
    Result<std::string> add(const SoftmaxOp& op)
    {
        if (op.beta != 1) {
            return noForm();
        }
        return node(op.logarithm ? "LogSoftmax" : "Softmax", {input()}, "axis", std::int64_t{1});
    }
    Result<std::string> add(const UnaryOp& op);
    Result<std::string> add(const PReluOp& op)
    {
        const std::int64_t count = elementCount(m_network[op.slope].shape).value_or(0);
        const auto slope = operand(op.slope, count == in().elements() && count > in().channels
                                                 ? Shape{1, in().rows, in().width, in().channels}
                                                 : Shape{1, 1, 1, count});
        return slope ? Result<std::string>(node("PRelu", {input(), *slope})) : slope.error();
    }
    Result<std::string> add(const BinaryOp& op)
    {
        static constexpr std::array kTypes{"Add", "Sub", "Mul", "Div", "Min", "Max"};
        Names operands{input()};
        if (op.constant) {
            Shape shape = m_network[*op.constant].shape;
            shape.insert(shape.begin(), 4 - std::min<std::size_t>(4, shape.size()), 1);
            const auto other = operand(*op.constant, shape);
            if (!other) {
                return other.error();
            }
            operands.insert(op.constantFirst ? operands.begin() : operands.end(), *other);
        } else {
            operands.push_back(input(1));
        }
        return clamped(node(kTypes[static_cast<std::size_t>(op.function)], operands),
                       op.activation);
    }
    /// Of rows, width, channels here.
    static std::int64_t axisOf(ValueAxis axis)
    {
        return axis == ValueAxis::Rows ? 2 : axis == ValueAxis::Width ? 3 : 1;
    }
    Result<std::string> add(const ConcatOp& op)
    {
        Names inputs;
        for (std::size_t i = 0; i < m_stage->inputs.size(); ++i) {
            inputs.push_back(input(i));
        }
        return node("Concat", inputs, "axis", axisOf(op.axis));
    }
    Result<std::string> add(const PadOp& op)
    {
        static constexpr std::array kModes{"constant", "edge", "reflect"};
        const Shape pads{0, op.channelsBefore, op.rowsBefore, op.widthBefore,
                         0, op.channelsAfter,  op.rowsAfter,  op.widthAfter};
        Names inputs{input(), m_graph.addInts("pads", pads)};
        if (op.mode == PadMode::Constant) {
            inputs.push_back(scalar(op.value));
        }
        return node("Pad", inputs, "mode", kModes[static_cast<std::size_t>(op.mode)]);
    }
    Result<std::string> add(const RearrangeOp& op)
    {
        const auto made = addRearrangement(m_graph, reshaped(toLast(input()), {in().elements()}),
                                           in().elements(), op);
        return made ? Result<std::string>(fromLast(*made)) : noForm();
    }
    Result<std::string> add(const ResizeOp& op)
    {
        static constexpr std::array kCoordinates{"half_pixel", "pytorch_half_pixel",
                                                 "align_corners", "asymmetric"};
        static constexpr std::array kRoundings{"round_prefer_floor", "round_prefer_ceil", "floor",
                                               "ceil"};
        const auto ratio = [](std::int64_t to, std::int64_t from) {
            return static_cast<float>(to) / static_cast<float>(from);
        };
        const bool isRatio = op.rowScale == ratio(out().rows, in().rows) &&
                             op.widthScale == ratio(out().width, in().width);
        const std::string name = newName();
        auto& made = m_graph.addNode(
            "Resize",
            isRatio ? Names{input(), "", "", m_graph.addInts("sizes", shapeOf(out()))}
                    : Names{input(), "",
                            m_graph.addFloats("scales", {4}, {1, 1, op.rowScale, op.widthScale})},
            name);
        OnnxGraph::set(made, "mode", op.mode == ResizeMode::Linear ? "linear" : "nearest");
        OnnxGraph::set(made, "coordinate_transformation_mode",
                       kCoordinates[static_cast<std::size_t>(op.coordinates)]);
        OnnxGraph::set(made, "nearest_mode", kRoundings[static_cast<std::size_t>(op.rounding)]);
        return name;
    }
    Result<std::string> add(const ArgMaxOp& op)
    {
        const std::string name = newName();
        auto& made = m_graph.addNode(op.smallest ? "ArgMin" : "ArgMax", {input()}, name);
        OnnxGraph::set(made, "axis", axisOf(op.axis));
        OnnxGraph::set(made, "select_last_index", std::int64_t{op.lastIndex ? 1 : 0});
        return name;
    }
    Result<std::string> add(const PlanOnlyOp&) { return noForm(); }

    const Network& m_network;
    OnnxGraph m_graph;
    const Stage* m_stage = nullptr;
    std::map<ValueId, std::string> m_names; ///< of tensors in reals, as readers take them
    std::size_t m_made = 0;
};

Result<std::string> QdqWriter::add(const UnaryOp& op)
{
    using enum UnaryFunction;
    const auto plain = [&](const char* type) { return node(type, {input()}); };
    const auto withAlpha = [&](const char* type) {
        return node(type, {input()}, "alpha", op.alpha);
    };
    const auto withBoth = [&](const char* type, const char* second) {
        const std::string name = newName();
        auto& made = m_graph.addNode(type, {input()}, name);
        OnnxGraph::set(made, "alpha", op.alpha);
        OnnxGraph::set(made, second, op.beta);
        return name;
    };
    switch (op.function) {
    case Identity:
        return input();
    case LeakyRelu:
        return withAlpha("LeakyRelu");
    case Elu:
        return withAlpha("Elu");
    case Selu:
        return withBoth("Selu", "gamma");
    case Sigmoid:
        return plain("Sigmoid");
    case Tanh:
        return plain("Tanh");
    case HardSigmoid:
        return withBoth("HardSigmoid", "beta");
    case HardSwish:
        return plain("HardSwish");
    case Softplus:
        return plain("Softplus");
    case Softsign:
        return plain("Softsign");
    case ThresholdedRelu:
        return withAlpha("ThresholdedRelu");
    case Exp:
        return plain("Exp");
    case Log:
        return plain("Log");
    case Sqrt:
        return plain("Sqrt");
    case Rsqrt:
        return node("Reciprocal", {plain("Sqrt")});
    case Reciprocal:
        return plain("Reciprocal");
    case Abs:
        return plain("Abs");
    case Negate:
        return plain("Neg");
    case Erf:
        return plain("Erf");
    case Gelu:
        return node("Gelu", {input()}, "approximate", op.beta != 0 ? "tanh" : "none");
    case Square:
        return node("Pow", {input(), scalar(2)});
    }
    return noForm();
}

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

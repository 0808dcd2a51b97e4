// SPDX-License-Identifier: Apache-2.0
// The operators that have kernels, and what they take with them.
#include "core/lower/activation.h"
#include "core/lower/lowering.h"

#include <algorithm>

namespace tidemark {

bool Lowering::lowerConv(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto* conv = std::get_if<ConvAttributes>(&op.attributes);
    const TensorId input = *op.inputs[0];
    const TensorId weights = *op.inputs[1];
    if (!conv || !readsImage(input) || !isConstant(weights) || !isFloat(weights)) {
        return false;
    }
    const Shape& w = shapeOf(weights); // O, I / groups, kH and perhaps kW
    const std::int64_t kernelH = conv->window.kernelH;
    const std::int64_t kernelW = conv->window.kernelW;
    std::optional<ConstantId> bias;
    if (op.inputs.size() > 2 && op.inputs[2]) {
        bias = addBias(*op.inputs[2], w[0], 1);
        if (!bias) {
            return false;
        }
    }
    const Shape extents{w[0], kernelH, kernelW, w[1]};
    const std::int64_t kernel = kernelH * kernelW;
    ConvOp stageOp{conv->window, conv->groups, {}, bias, {}, {}, 1, 1};
    stageOp.weights = m_constants.add(m_graph.resolve(weights), ConstantRole::Weights, extents,
                                      {extents, {w[1] * kernel, kernelW, 1, kernel}, 1});
    Stage stage = begin(id, {valueOf(input)});
    const Geometry made = imageGeometry(shapeOf(op.outputs[0]));
    stageOp.convRows = made.rows;
    stageOp.convWidth = made.width;
    stage.constants = {stageOp.weights};
    if (!stageOp.bias) {
        stageOp.bias = takeBias(stage, w[0], true);
    }
    if (stageOp.bias) {
        stage.constants.push_back(*stageOp.bias);
    }
    stageOp.activation = takeActivations(stage);
    stage.op = stageOp;
    finish(std::move(stage), made);
    return true;
}

bool Lowering::lowerGemm(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& gemm = std::get<GemmAttributes>(op.attributes);
    const Shape& product = shapeOf(op.outputs[0]);
    if (product[0] != 1) {
        return false;
    }
    FullyConnected fc{*op.inputs[0], *op.inputs[1], {}, gemm.transposeB, gemm.alpha, gemm.beta};
    if (op.inputs.size() > 2) {
        fc.bias = op.inputs[2];
    }
    return lowerFullyConnected(id, fc);
}

bool Lowering::lowerMatMul(OperatorId id)
{
    const Operator& op = m_model[id];
    const Shape& vector = shapeOf(*op.inputs[0]);
    const bool isVector = elementCount(vector) == vector.back();
    return isVector && shapeOf(*op.inputs[1]).size() == 2 &&
           lowerFullyConnected(id, {*op.inputs[0], *op.inputs[1], {}, false, 1, 1});
}

bool Lowering::lowerFullyConnected(OperatorId id, const FullyConnected& fc)
{
    if (isConstant(fc.input) || !isFloat(fc.input) || !isConstant(fc.weights) ||
        !isFloat(fc.weights)) {
        return false;
    }
    const Shape& w = shapeOf(fc.weights);
    const std::int64_t outputs = w[fc.outputsFirst ? 0 : 1];
    const std::int64_t inputs = w[fc.outputsFirst ? 1 : 0];
    FullyConnectedOp stageOp;
    if (fc.bias && fc.biasScale != 0) {
        stageOp.bias = addBias(*fc.bias, outputs, fc.biasScale);
        if (!stageOp.bias) {
            return false;
        }
    }
    // The file's order of the inputs is channel by channel, the value's is pixel by pixel.
    const Value& input = m_network[valueOf(fc.input)];
    const std::int64_t pixels = input.rows * input.width;
    const std::int64_t perInput = fc.outputsFirst ? 1 : outputs;
    const Gather gather{{outputs, pixels, input.channels},
                        {fc.outputsFirst ? inputs : 1, perInput, pixels * perInput},
                        fc.scale};
    stageOp.weights = m_constants.add(m_graph.resolve(fc.weights), ConstantRole::Weights,
                                      {outputs, inputs}, gather);
    Stage stage = begin(id, {valueOf(fc.input)});
    stage.constants = {stageOp.weights};
    if (!stageOp.bias) {
        stageOp.bias = takeBias(stage, outputs, false);
    }
    if (stageOp.bias) {
        stage.constants.push_back(*stageOp.bias);
    }
    stageOp.activation = takeActivations(stage);
    stage.op = stageOp;
    finish(std::move(stage), {1, 1, outputs});
    return true;
}

/// A bias of one element per output, or one for all, as a constant; nothing if it is anything else.
std::optional<ConstantId> Lowering::addBias(TensorId bias, std::int64_t outputs, float scale)
{
    if (!isConstant(bias) || !isFloat(bias)) {
        return std::nullopt;
    }
    const auto elements = elementCount(shapeOf(bias));
    if (elements != outputs && elements != 1) {
        return std::nullopt;
    }
    return m_constants.add(m_graph.resolve(bias), ConstantRole::Bias, {outputs},
                           {{outputs}, {elements == 1 ? 0 : 1}, scale});
}

/// Takes an Add of a constant, alone in reading the stage's result, into the stage. `perChannel`:
/// the constant must run along axis 1 of the result, otherwise along the last one.
std::optional<ConstantId> Lowering::takeBias(Stage& stage, std::int64_t outputs, bool perChannel)
{
    const TensorId result = m_graph.resolve(lastTensor(stage));
    const auto reader = m_graph.soleReader(result);
    if (!reader || m_model[*reader].kind != OperatorKind::Add) {
        return std::nullopt;
    }
    const Operator& add = m_model[*reader];
    const bool isFirst = m_graph.resolve(*add.inputs[0]) == result;
    const TensorId other = *add.inputs[isFirst ? 1 : 0];
    if (!isConstant(other) || shapeOf(add.outputs[0]) != shapeOf(result)) {
        return std::nullopt;
    }
    const Shape& shape = shapeOf(other);
    const std::size_t rank = shapeOf(result).size();
    const std::size_t fromEnd = perChannel ? rank - 1 : 1; // 1 = the last axis
    const bool runsAlongChannels = shape.size() >= fromEnd && shape.size() <= rank &&
                                   shape[shape.size() - fromEnd] == outputs &&
                                   elementCount(shape) == outputs;
    if (!runsAlongChannels && elementCount(shape) != 1) {
        return std::nullopt;
    }
    const auto bias = addBias(other, outputs, 1);
    if (bias) {
        m_done[reader->index()] = true;
        stage.operators.push_back(*reader);
    }
    return bias;
}

/// Takes every Relu and Clip that follows, one alone reading the other, into the stage.
Activation Lowering::takeActivations(Stage& stage)
{
    Activation activation;
    while (const auto reader = m_graph.soleReader(lastTensor(stage))) {
        const auto next = activationOf(m_model[*reader]);
        if (!next) {
            break;
        }
        activation = compose(activation, *next);
        m_done[reader->index()] = true;
        stage.operators.push_back(*reader);
    }
    return activation;
}

bool Lowering::lowerMaxPool(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto* pool = std::get_if<PoolAttributes>(&op.attributes);
    if (!pool || !readsImage(*op.inputs[0])) {
        return false;
    }
    const ValueId input = valueOf(*op.inputs[0]);
    const Geometry made = imageGeometry(shapeOf(op.outputs[0]));
    Stage stage = begin(id, {input});
    MaxPoolOp stageOp{pool->window};
    // A last window that ceil_mode cut off at the edge is one that reaches into padding.
    const auto reachOut = [](std::int64_t out, std::int64_t stride, std::int64_t reach,
                             std::int64_t before, std::int64_t in, std::int64_t after) {
        return std::max(after, (out - 1) * stride + reach - before - in);
    };
    Window& w = stageOp.window;
    w.padBottom = reachOut(made.rows, w.strideH, (w.kernelH - 1) * w.dilationH + 1, w.padTop,
                           m_network[input].rows, w.padBottom);
    w.padRight = reachOut(made.width, w.strideW, (w.kernelW - 1) * w.dilationW + 1, w.padLeft,
                          m_network[input].width, w.padRight);
    stage.op = stageOp;
    // Clamping commutes with the maximum, so what follows the pool can be done by the convolution.
    Stage* producer = stageMaking(input);
    auto* conv = producer ? std::get_if<ConvOp>(&producer->op) : nullptr;
    const bool isWholeResult = m_origins[input.index()].tensor == m_graph.resolve(*op.inputs[0]);
    if (conv && isWholeResult && m_graph.soleReader(*op.inputs[0])) {
        conv->activation = compose(conv->activation, takeActivations(stage));
    }
    finish(std::move(stage), made);
    return true;
}

bool Lowering::lowerClamp(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    if (isConstant(input) || !isFloat(input) || !activationOf(op)) {
        return false;
    }
    Stage stage = begin(id, {valueOf(input)});
    stage.op = ClampOp{compose(*activationOf(op), takeActivations(stage))};
    finish(std::move(stage), geometryOf(m_network[valueOf(input)]));
    return true;
}

/// The same bytes under another shape: no stage, if the rows stay what they are or nobody asks.
bool Lowering::lowerView(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    if (isConstant(input)) {
        return false;
    }
    const ValueId value = valueOf(input);
    const Geometry target = imageGeometry(shapeOf(op.outputs[0]));
    const bool isOneRow = target.rows == 1 && target.width == 1;
    if (!isOneRow && target != geometryOf(m_network[value])) {
        // A network input that is only ever seen through this view takes the view's rows.
        const bool isFreeInput =
            std::ranges::find(m_model.inputs, m_graph.resolve(input)) != m_model.inputs.end() &&
            m_graph.soleReader(input);
        if (!isFreeInput) {
            return false;
        }
        Value& changed = m_network.values[value.index()];
        changed.rows = target.rows;
        changed.width = target.width;
        changed.channels = target.channels;
    }
    m_values[op.outputs[0].index()] = value;
    if (Stage* stage = stageMaking(value)) {
        stage->operators.push_back(id);
    }
    return true;
}

} // namespace tidemark

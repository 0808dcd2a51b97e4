// SPDX-License-Identifier: Apache-2.0
// Convolutions and matrix products, and what they take with them.
#include "core/lower/lowering.h"

#include <algorithm>

namespace tidemark {

namespace {

/// Weights of a convolution in a file: their axes, and the strides to walk them O, kH, kW, I.
struct ConvWeights {
    std::int64_t outputs, inputs; ///< inputs of one group
    Shape strides;
};

ConvWeights convWeights(const Shape& w, const ConvAttributes& conv)
{
    const std::int64_t h = conv.window.kernelH;
    const std::int64_t k = h * conv.window.kernelW;
    switch (conv.weights) {
    case WeightLayout::OutputsHeightWidthInputs:
        return {w[0], w[3], {k * w[3], conv.window.kernelW * w[3], w[3], 1}};
    case WeightLayout::HeightWidthOutputs:
        return {w[3], 1, {1, conv.window.kernelW * w[3], w[3], 1}};
    case WeightLayout::OutputsInputsHeightWidth:
        break;
    }
    return {w[0], w[1], {w[1] * k, conv.window.kernelW, 1, k}};
}

} // namespace

bool Lowering::lowerConv(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto* conv = std::get_if<ConvAttributes>(&op.attributes);
    const TensorId weights = *op.inputs[1];
    if (!conv || !isActivation(*op.inputs[0]) || !isImage(*op.inputs[0]) || !isConstant(weights) ||
        !isNumber(m_graph.resolve(weights))) {
        return false;
    }
    const bool hasBias = op.inputs.size() > 2 && op.inputs[2];
    const ConvWeights w = convWeights(shapeOf(weights), *conv);
    if (hasBias && !isBias(*op.inputs[2], w.outputs)) {
        return false;
    }
    ConvOp stageOp{conv->window, conv->groups, {}, {}, {}, {}, 1, 1};
    TensorId input = *op.inputs[0];
    const auto& padded = m_pads[m_graph.resolve(input).index()];
    if (padded) {
        stageOp.window.padTop += padded->window.padTop;
        stageOp.window.padLeft += padded->window.padLeft;
        stageOp.window.padBottom += padded->window.padBottom;
        stageOp.window.padRight += padded->window.padRight;
        input = *m_model[padded->pad].inputs[0];
    }
    const AxisPlan plan = imagePlan(shapeOf(input).size(), m_channelsLast);
    const auto value = read(input, plan.layout(shapeOf(input)));
    if (!value) {
        return false;
    }
    Stage stage = begin(id, {*value});
    const ElementLayout made = plan.layout(shapeOf(op.outputs[0]));
    stageOp.convRows = made.geometry.rows;
    stageOp.convWidth = made.geometry.width;
    const Shape extents{w.outputs, conv->window.kernelH, conv->window.kernelW, w.inputs};
    Parameters parameters{weights, {extents, w.strides, 1}, extents, {}, 1, !m_channelsLast};
    if (hasBias) {
        parameters.bias = op.inputs[2];
    }
    const Fused fused = takeParameters(stage, parameters);
    stageOp.weights = fused.weights;
    stageOp.bias = fused.bias;
    stageOp.activation = takeActivations(stage);
    if (padded) {
        stage.operators.push_back(padded->pad);
    }
    stage.op = stageOp;
    stage.outputs = {
        addValue(m_model[stage.operators[stage.operators.size() - 1 - (padded ? 1 : 0)]].outputs[0],
                 made, nextStage())};
    m_network.stages.push_back(std::move(stage));
    return true;
}

bool Lowering::lowerGemm(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& gemm = std::get<GemmAttributes>(op.attributes);
    const TensorId a = *op.inputs[0];
    const TensorId b = *op.inputs[1];
    const std::optional<TensorId> bias =
        op.inputs.size() > 2 && gemm.beta != 0 ? op.inputs[2] : std::nullopt;
    if (!isActivation(a) || !isNumber(m_graph.resolve(b))) {
        return false;
    }
    const std::int64_t outputs = shapeOf(op.outputs[0]).back();
    if (isConstant(b) && (!bias || isBias(*bias, outputs))) {
        const FullyConnected fc{a, b, bias, gemm.transposeB, gemm.alpha, gemm.beta};
        const std::int64_t inputs = shapeOf(b)[gemm.transposeB ? 1 : 0];
        const bool isVector = elementCount(shapeOf(a)) == inputs;
        return isVector ? lowerFullyConnected(id, fc) : !gemm.transposeA && lowerRowProduct(id, fc);
    }
    return !isConstant(b) && !bias && !gemm.transposeA && gemm.alpha == 1 &&
           lowerProduct(id, a, b, gemm.transposeB);
}

bool Lowering::lowerMatMul(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId a = *op.inputs[0];
    const TensorId b = *op.inputs[1];
    if (!isActivation(a) || !isNumber(m_graph.resolve(b))) {
        return false;
    }
    const Shape& left = shapeOf(a);
    const Shape& right = shapeOf(b);
    if (isConstant(b)) {
        if (right.size() != 2) {
            return false;
        }
        const bool isVector = elementCount(left) == left.back();
        const FullyConnected fc{a, b, {}, false, 1, 1};
        return isVector ? lowerFullyConnected(id, fc) : lowerRowProduct(id, fc);
    }
    const auto isMatrix = [](const Shape& shape) {
        return shape.size() >= 2 && std::all_of(shape.begin(), shape.end() - 2,
                                                [](std::int64_t extent) { return extent == 1; });
    };
    return isMatrix(left) && isMatrix(right) && lowerProduct(id, a, b, false);
}

/// A vector times a matrix of constants.
bool Lowering::lowerFullyConnected(OperatorId id, const FullyConnected& fc)
{
    const Shape& w = shapeOf(fc.weights);
    const std::int64_t outputs = w[fc.outputsFirst ? 0 : 1];
    const std::int64_t inputs = w[fc.outputsFirst ? 1 : 0];
    // The weights follow the order that the input has in memory.
    const ValueId value = readAnyhow(fc.input);
    ElementOrder order = layoutOf(fc.input).order;
    auto digits = matched(order, normalised({{inputs, 1}}));
    if (!digits) {
        return false;
    }
    std::ranges::stable_sort(*digits, std::greater<>(), &DigitPair::first);
    const std::int64_t perInput = fc.outputsFirst ? 1 : outputs;
    Gather gather{{outputs}, {fc.outputsFirst ? inputs : 1}, fc.scale};
    for (const DigitPair& digit : *digits) {
        gather.extents.push_back(digit.extent);
        gather.strides.push_back(digit.second * perInput);
    }
    Stage stage = begin(id, {value});
    const Fused fused = takeParameters(
        stage, {fc.weights, gather, {outputs, inputs}, fc.bias, fc.biasScale, false});
    stage.op = FullyConnectedOp{fused.weights, fused.bias, takeActivations(stage)};
    finish(std::move(stage), {{1, 1, outputs}, normalised({{outputs, 1}})});
    return true;
}

/// Each row of a sequence times a matrix of constants.
bool Lowering::lowerRowProduct(OperatorId id, const FullyConnected& fc)
{
    const Shape& w = shapeOf(fc.weights);
    const std::int64_t outputs = w[fc.outputsFirst ? 0 : 1];
    const std::int64_t inputs = w[fc.outputsFirst ? 1 : 0];
    const std::int64_t elements = *elementCount(shapeOf(fc.input));
    const std::int64_t rows = elements / inputs;
    const auto value = read(fc.input, {{rows, 1, inputs}, normalised({{elements, 1}})});
    if (!value) {
        return false;
    }
    Stage stage = begin(id, {*value});
    const Gather gather{
        {outputs, inputs}, fc.outputsFirst ? Shape{inputs, 1} : Shape{1, outputs}, fc.scale};
    const Fused fused = takeParameters(
        stage, {fc.weights, gather, {outputs, inputs}, fc.bias, fc.biasScale, false});
    MatMulOp op;
    op.weights = fused.weights;
    op.bias = fused.bias;
    op.activation = takeActivations(stage);
    stage.op = op;
    finish(std::move(stage), {{rows, 1, outputs}, normalised({{rows * outputs, 1}})});
    return true;
}

/// Two matrices, both computed; the second one as it lies in memory, whichever way that is.
bool Lowering::lowerProduct(OperatorId id, TensorId a, TensorId b, bool transposeB)
{
    const Shape& right = shapeOf(b);
    const std::int64_t first = right[right.size() - 2];
    const std::int64_t last = right.back();
    const std::int64_t inputs = transposeB ? last : first;
    const std::int64_t outputs = transposeB ? first : last;
    const std::int64_t rows = *elementCount(shapeOf(a)) / inputs;
    const ElementOrder turned = orderOf({first, last}, {1, first});
    const bool isTurned =
        !isUnsettled(viewOf(b).value) && layoutOf(b).order == turned && first > 1 && last > 1;
    const auto left = read(a, {{rows, 1, inputs}, normalised({{rows * inputs, 1}})});
    const auto value =
        read(b, isTurned ? ElementLayout{{last, 1, first}, turned}
                         : ElementLayout{{first, 1, last}, normalised({{first * last, 1}})});
    if (!left || !value) {
        return false;
    }
    Stage stage = begin(id, {*left, *value});
    MatMulOp op;
    op.transposeB = transposeB != isTurned;
    op.activation = takeActivations(stage);
    stage.op = op;
    finish(std::move(stage), {{rows, 1, outputs}, normalised({{rows * outputs, 1}})});
    return true;
}

} // namespace tidemark

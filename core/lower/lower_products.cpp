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
    if (!conv || !isActivation(*op.inputs[0]) || !needsImage(*op.inputs[0]) ||
        !needsConstant(weights, "weights")) {
        return false;
    }
    const bool hasBias = op.inputs.size() > 2 && op.inputs[2];
    const ConvWeights w = convWeights(shapeOf(weights), *conv);
    if (hasBias && !isBias(*op.inputs[2], w.outputs)) {
        return planOnly("its bias '" + printable(m_model[*op.inputs[2]].name) +
                        "' is not one constant per channel");
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
            return planOnly("its weights '" + printable(m_model[b].name) + "' are " +
                            toString(right) + ", kernels take one matrix");
        }
        const bool isVector = elementCount(left) == left.back();
        const FullyConnected fc{a, b, {}, false, 1, 1};
        return isVector ? lowerFullyConnected(id, fc) : lowerRowProduct(id, fc);
    }
    const auto isMatrix = [](const Shape& shape) {
        return shape.size() >= 2 && std::all_of(shape.begin(), shape.end() - 2,
                                                [](std::int64_t extent) { return extent == 1; });
    };
    return isMatrix(right) ? lowerProduct(id, a, b, false) : lowerBatchedProduct(id, a, b);
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

/// One matrix of many that follow each other in a value: a contiguous part, so a view of it.
ValueId Lowering::matrixOf(OperatorId id, TensorId like, ValueId all, const Matrices& matrices,
                           std::int64_t number)
{
    if (matrices.count == 1) {
        return all;
    }
    const std::int64_t elements = matrices.rows * matrices.columns;
    Stage stage;
    stage.operators = {id};
    stage.inputs = {all};
    RearrangeOp op;
    for (const Digit& digit :
         {Digit{matrices.rows, matrices.columns}, Digit{matrices.columns, 1}}) {
        op.extents.push_back(digit.extent);
        op.strides.push_back(digit.stride);
    }
    op.offset = number * elements;
    stage.op = std::move(op);
    stage.outputs = {newValue(like, {matrices.rows, 1, matrices.columns}, nextStage())};
    m_network.values.back().name += "_" + std::to_string(number);
    m_network.stages.push_back(std::move(stage));
    return m_network.stages.back().outputs[0];
}

/// A batch of products of computed matrices: a stage for each of them.
bool Lowering::lowerBatchedProduct(OperatorId id, TensorId a, TensorId b)
{
    constexpr std::int64_t kMostStages = 64;
    const Shape& left = shapeOf(a);
    const Shape& right = shapeOf(b);
    const Shape& result = shapeOf(m_model[id].outputs[0]);
    const auto matrices = [](const Shape& shape) {
        const std::int64_t rows = shape[shape.size() - 2], columns = shape.back();
        return Matrices{*elementCount(shape) / (rows * columns), rows, columns};
    };
    if (left.size() < 2 || right.size() < 2) {
        return false;
    }
    const Matrices first = matrices(left), made = matrices(result);
    Matrices second = matrices(right);
    const auto isWhole = [&](const Matrices& m) { return m.count == 1 || m.count == made.count; };
    if (!isWhole(first) || !isWhole(second)) {
        return planOnly("it repeats some matrices of a batch but not others");
    }
    if (made.count > kMostStages) {
        return planOnly("its batch of " + std::to_string(made.count) +
                        " products would be as many stages");
    }
    const auto rowMajor = [](const Matrices& m) {
        return ElementLayout{{m.count * m.rows, 1, m.columns},
                             normalised({{m.count * m.rows * m.columns, 1}})};
    };
    // The second operand as it lies in memory, whichever way that is.
    const std::int64_t size = second.rows * second.columns;
    const ElementOrder turned =
        orderOf({second.count, second.rows, second.columns}, {size, 1, second.rows});
    const bool isTurned = !isUnsettled(viewOf(b).value) && layoutOf(b).order == turned &&
                          second.rows > 1 && second.columns > 1;
    ElementLayout wanted = rowMajor(second);
    if (isTurned) {
        std::swap(second.rows, second.columns);
        wanted = {{second.count * second.rows, 1, second.columns}, turned};
    }
    const auto all = read(a, rowMajor(first));
    const auto allSecond = read(b, wanted);
    if (!all || !allSecond) {
        return false;
    }
    Stage joint = begin(id, {});
    for (std::int64_t i = 0; i < made.count; ++i) {
        Stage stage = begin(id, {matrixOf(id, a, *all, first, i)});
        stage.inputs.push_back(matrixOf(id, b, *allSecond, second, i));
        stage.macs /= made.count;
        MatMulOp op;
        op.transposeB = isTurned;
        stage.op = op;
        stage.outputs = {
            newValue(m_model[id].outputs[0], {made.rows, 1, made.columns}, nextStage())};
        m_network.values.back().name += "_" + std::to_string(i);
        joint.inputs.push_back(stage.outputs[0]);
        m_network.stages.push_back(std::move(stage));
    }
    joint.macs = 0;
    joint.op = ConcatOp{ValueAxis::Rows};
    finish(std::move(joint), rowMajor(made));
    return true;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// What follows a convolution or product and goes into its weights, its bias and its activation.
#include "core/lower/activation.h"
#include "core/lower/lowering.h"
#include "core/model/constant_elements.h"

#include <cmath>

namespace tidemark {

/// The weights and bias of a product, with the constants that follow it multiplied and added in.
Lowering::Fused Lowering::takeParameters(Stage& stage, const Parameters& parameters)
{
    Fused fused;
    const std::int64_t outputs = parameters.shape[0];
    const TensorId weights = m_graph.resolve(parameters.weights);
    const Affine affine = takeAffine(stage, parameters);
    if (affine.operators.empty()) {
        fused.weights =
            m_constants.add(weights, ConstantRole::Weights, parameters.shape, parameters.gather);
        fused.bias = parameters.bias ? addBias(*parameters.bias, outputs, parameters.biasScale)
                                     : takeBias(stage, parameters);
    } else {
        fused.weights = affine.scales ? m_constants.addScaled(weights, parameters.shape,
                                                              parameters.gather, affine.scale)
                                      : m_constants.add(weights, ConstantRole::Weights,
                                                        parameters.shape, parameters.gather);
        fused.bias = m_constants.addComputed(parameters.bias ? m_model[*parameters.bias].name
                                                             : m_model[lastTensor(stage)].name,
                                             ConstantRole::Bias, affine.shift, affine.hasData);
    }
    stage.constants = {fused.weights};
    if (fused.bias) {
        stage.constants.push_back(*fused.bias);
    }
    return fused;
}

/// Scale and shift per output of the operators with constants that follow, each alone in reading
/// the one before. A lone Add where there is no bias yet is left to takeBias().
Lowering::Affine Lowering::takeAffine(Stage& stage, const Parameters& parameters)
{
    const auto outputs = static_cast<std::size_t>(parameters.shape[0]);
    Affine affine{
        std::vector<double>(outputs, 1), std::vector<double>(outputs, 0), {}, true, false};
    if (!isFloat(lastTensor(stage))) {
        return affine;
    }
    if (parameters.bias) {
        const auto bias = constantReals(m_model[m_graph.resolve(*parameters.bias)]);
        affine.hasData = bias.has_value();
        for (std::size_t i = 0; bias && i < outputs; ++i) {
            affine.shift[i] = (*bias)[bias->size() == 1 ? 0 : i] * parameters.biasScale;
        }
    }
    TensorId result = lastTensor(stage);
    while (const auto reader = m_graph.soleReader(result)) {
        if (!addAffine(affine, m_model[*reader], result, parameters.alongAxis1)) {
            break;
        }
        affine.operators.push_back(*reader);
        result = m_model[*reader].outputs[0];
    }
    const bool isLoneAdd = affine.operators.size() == 1 && !parameters.bias && !affine.scales &&
                           m_model[affine.operators[0]].kind == OperatorKind::Add;
    if (isLoneAdd) {
        affine.operators.clear();
    }
    for (const OperatorId op : affine.operators) {
        m_done[op.index()] = true;
        stage.operators.push_back(op);
    }
    return affine;
}

/// One more operator behind scale and shift; false if it is not of that kind.
bool Lowering::addAffine(Affine& affine, const Operator& op, TensorId result, bool alongAxis1) const
{
    const std::size_t outputs = affine.scale.size();
    const auto read = [&](TensorId id) { return perChannel(id, result, outputs, alongAxis1); };
    std::vector<double> scale(outputs, 1), shift(outputs, 0);
    if (op.kind == OperatorKind::BatchNorm) {
        const auto epsilon = std::get<ScaleAttributes>(op.attributes).alpha;
        std::vector<std::vector<double>> numbers;
        for (std::size_t input = 1; input < 5; ++input) {
            const TensorId id = *op.inputs[input];
            if (!isConstant(id) ||
                elementCount(shapeOf(id)) != static_cast<std::int64_t>(outputs)) {
                return false;
            }
            const auto elements = constantReals(m_model[m_graph.resolve(id)]);
            affine.hasData = affine.hasData && elements.has_value();
            numbers.push_back(elements.value_or(std::vector<double>(outputs, 0)));
        }
        for (std::size_t i = 0; i < outputs; ++i) {
            scale[i] = numbers[0][i] / std::sqrt(numbers[3][i] + static_cast<double>(epsilon));
            shift[i] = numbers[1][i] - numbers[2][i] * scale[i];
        }
        affine.scales = true;
    } else {
        using enum OperatorKind;
        const bool isKnown = op.kind == Add || op.kind == Sub || op.kind == Mul || op.kind == Div;
        if (!isKnown || op.inputs.size() != 2 || shapeOf(op.outputs[0]) != shapeOf(result)) {
            return false;
        }
        const bool isFirst = m_graph.resolve(*op.inputs[0]) == m_graph.resolve(result);
        const auto numbers = read(*op.inputs[isFirst ? 1 : 0]);
        if (!numbers || (!isFirst && (op.kind == Sub || op.kind == Div))) {
            return false;
        }
        for (std::size_t i = 0; i < outputs; ++i) {
            const double number = (*numbers)[i];
            scale[i] = op.kind == Mul ? number : op.kind == Div ? 1 / number : 1;
            shift[i] = op.kind == Add ? number : op.kind == Sub ? -number : 0;
        }
        affine.scales = affine.scales || op.kind == Mul || op.kind == Div;
    }
    for (std::size_t i = 0; i < outputs; ++i) {
        affine.scale[i] *= scale[i];
        affine.shift[i] = affine.shift[i] * scale[i] + shift[i];
    }
    return true;
}

/// A constant with one element, or with one for every channel of `result`.
std::optional<std::vector<double>> Lowering::perChannel(TensorId constant, TensorId result,
                                                        std::size_t outputs, bool alongAxis1) const
{
    if (!isConstant(constant) || !isFloat(constant)) {
        return std::nullopt;
    }
    const Shape& shape = shapeOf(constant);
    const std::size_t rank = shapeOf(result).size();
    const std::size_t fromEnd = alongAxis1 ? rank - 1 : 1; // 1 = the last axis
    const auto elements = elementCount(shape);
    const bool runsAlong = shape.size() >= fromEnd && shape.size() <= rank &&
                           shape[shape.size() - fromEnd] == static_cast<std::int64_t>(outputs) &&
                           elements == static_cast<std::int64_t>(outputs);
    if (!runsAlong && elements != 1) {
        return std::nullopt;
    }
    auto numbers = constantReals(m_model[m_graph.resolve(constant)]);
    if (numbers && numbers->size() == 1) {
        numbers->resize(outputs, numbers->front());
    }
    return numbers;
}

/// Whether a bias has one element per output, or one for all.
bool Lowering::isBias(TensorId bias, std::int64_t outputs) const
{
    const auto elements = elementCount(shapeOf(bias));
    const DataType type = m_model[bias].type;
    return isConstant(bias) && (type == DataType::Float32 || type == DataType::Int32) &&
           (elements == outputs || elements == 1);
}

ConstantId Lowering::addBias(TensorId bias, std::int64_t outputs, float scale)
{
    const std::int64_t stride = elementCount(shapeOf(bias)) == 1 ? 0 : 1;
    return m_constants.add(m_graph.resolve(bias), ConstantRole::Bias, {outputs},
                           {{outputs}, {stride}, scale});
}

/// Takes an Add of a constant, alone in reading the stage's result, into the stage.
std::optional<ConstantId> Lowering::takeBias(Stage& stage, const Parameters& parameters)
{
    const TensorId result = m_graph.resolve(lastTensor(stage));
    const std::int64_t outputs = parameters.shape[0];
    const auto reader = m_graph.soleReader(result);
    if (!reader || m_model[*reader].kind != OperatorKind::Add ||
        m_model[*reader].inputs.size() != 2 || !isFloat(result)) {
        return std::nullopt;
    }
    const Operator& add = m_model[*reader];
    const bool isFirst = m_graph.resolve(*add.inputs[0]) == result;
    const TensorId other = *add.inputs[isFirst ? 1 : 0];
    const Shape& shape = shapeOf(other);
    const std::size_t rank = shapeOf(result).size();
    const std::size_t fromEnd = parameters.alongAxis1 ? rank - 1 : 1;
    const bool runsAlong = shape.size() >= fromEnd && shape.size() <= rank &&
                           shape[shape.size() - fromEnd] == outputs &&
                           elementCount(shape) == outputs;
    if (!isConstant(other) || shapeOf(add.outputs[0]) != shapeOf(result) ||
        !isBias(other, outputs) || (!runsAlong && elementCount(shape) != 1)) {
        return std::nullopt;
    }
    m_done[reader->index()] = true;
    stage.operators.push_back(*reader);
    return addBias(other, outputs, 1);
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

} // namespace tidemark

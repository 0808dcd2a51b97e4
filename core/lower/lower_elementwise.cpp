// SPDX-License-Identifier: Apache-2.0
// Element by element: one operand, or two of which one may be constant or repeated.
#include "core/lower/activation.h"
#include "core/lower/lowering.h"
#include "core/model/constant_elements.h"
#include "core/model/strided_copy.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

/// A shape with extents of 1 in front until it has `rank` axes.
Shape padded(const Shape& shape, std::size_t rank)
{
    Shape result(rank - std::min(rank, shape.size()), 1);
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

/// `shape` made the result's wherever the reader could not repeat it: a group of axes (rows, width
/// or channels) is repeated as a whole or not at all.
Shape repeatable(const Shape& shape, const Shape& result, const AxisPlan& plan)
{
    Shape made = shape;
    for (const ValueAxis group : {ValueAxis::Rows, ValueAxis::Width, ValueAxis::Channels}) {
        bool isOne = true;
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            isOne = isOne && (plan.group[axis] != group || shape[axis] == 1);
        }
        for (std::size_t axis = 0; axis < shape.size() && !isOne; ++axis) {
            made[axis] = plan.group[axis] == group ? result[axis] : made[axis];
        }
    }
    return made;
}

} // namespace

bool Lowering::lowerClamp(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    if (!isActivation(input) || !activationOf(op)) {
        return false;
    }
    const ElementLayout layout = layoutOf(input);
    Stage stage = begin(id, {viewOf(input).value});
    stage.op = ClampOp{compose(*activationOf(op), takeActivations(stage))};
    finish(std::move(stage), layout);
    return true;
}

bool Lowering::lowerUnary(OperatorId id, UnaryFunction function)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    if (!isActivation(input) || !isNumber(op.outputs[0])) {
        return false;
    }
    UnaryOp stageOp{function};
    if (const auto* scale = std::get_if<ScaleAttributes>(&op.attributes)) {
        stageOp.alpha = scale->alpha;
        stageOp.beta = scale->beta;
    }
    const ElementLayout layout = layoutOf(input);
    Stage stage = begin(id, {viewOf(input).value});
    stage.op = stageOp;
    finish(std::move(stage), layout);
    return true;
}

/// Squares and square roots; other powers have no kernel.
bool Lowering::lowerPow(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId power = *op.inputs[1];
    const auto exponent = isConstant(power) ? constantReals(m_model[m_graph.resolve(power)])
                                            : std::optional<std::vector<double>>();
    if (!exponent || exponent->size() != 1 || shapeOf(op.outputs[0]) != shapeOf(*op.inputs[0])) {
        return false;
    }
    return (exponent->front() == 2 && lowerUnary(id, UnaryFunction::Square)) ||
           (exponent->front() == 0.5 && lowerUnary(id, UnaryFunction::Sqrt));
}

bool Lowering::lowerPRelu(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    const TensorId slope = *op.inputs[1];
    const Shape& shape = shapeOf(input);
    if (!isActivation(input) || !isConstant(slope) || !isNumber(m_graph.resolve(slope)) ||
        shapeOf(op.outputs[0]) != shape) {
        return false;
    }
    const auto plan = choosePlan(input, shape, [](const AxisPlan&) { return true; });
    const ElementLayout layout = plan->layout(shape);
    // One slope, one per channel, or else one per element.
    Shape slopes = padded(shapeOf(slope), shape.size());
    const bool isPerChannel = [&] {
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            if (slopes[axis] != shape[axis] && plan->group[axis] == ValueAxis::Channels) {
                return false;
            }
            if (slopes[axis] > 1 && plan->group[axis] != ValueAxis::Channels) {
                return false;
            }
        }
        return true;
    }();
    const Shape strides = rowMajorStrides(slopes);
    Gather gather{{}, {}, 1};
    const bool isOne = elementCount(slopes) == 1;
    for (const std::size_t axis : plan->order) {
        if (!isOne && (!isPerChannel || plan->group[axis] == ValueAxis::Channels)) {
            gather.extents.push_back(shape[axis]);
            gather.strides.push_back(slopes[axis] == 1 ? 0 : strides[axis]);
        }
    }
    const auto value = read(input, layout);
    if (!value) {
        return false;
    }
    const std::int64_t count = *elementCount(gather.extents);
    Stage stage = begin(id, {*value});
    const PReluOp stageOp{
        m_constants.add(m_graph.resolve(slope), ConstantRole::Operand, {count}, gather)};
    stage.constants = {stageOp.slope};
    stage.op = stageOp;
    finish(std::move(stage), layout);
    return true;
}

/// One that no convolution could take: a multiplication and an addition per channel.
bool Lowering::lowerBatchNorm(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    const Shape& shape = shapeOf(input);
    if (!isActivation(input) || !isFloat(input) || shape.size() < 2) {
        return false;
    }
    const auto outputs = static_cast<std::size_t>(shape[1]);
    Affine affine{
        std::vector<double>(outputs, 1), std::vector<double>(outputs, 0), {}, true, false};
    const auto alongChannels = [&](const AxisPlan& plan) {
        return plan.isAlone(1, shape) && !m_channelsLast;
    };
    const auto plan = choosePlan(input, shape, alongChannels);
    if (!plan || !addAffine(affine, op, input, true)) {
        return false;
    }
    const ElementLayout layout = plan->layout(shape);
    const auto value = read(input, layout);
    if (!value) {
        return false;
    }
    Shape one(shape.size(), 1);
    one[1] = shape[1];
    const Geometry g = plan->layout(one).geometry;
    const Shape operandShape{g.rows, g.width, g.channels};
    Stage scale = begin(id, {*value});
    BinaryOp multiply{BinaryFunction::Mul, {}, false, {}};
    multiply.constant = m_constants.addComputed(m_model[*op.inputs[1]].name, ConstantRole::Operand,
                                                affine.scale, affine.hasData, operandShape);
    scale.constants = {*multiply.constant};
    scale.op = multiply;
    scale.outputs = {newValue(op.outputs[0], layout.geometry, nextStage())};
    m_network.values.back().name += "_scaled";
    Stage shift = begin(id, scale.outputs);
    m_network.stages.push_back(std::move(scale));
    BinaryOp add{BinaryFunction::Add, {}, false, {}};
    add.constant = m_constants.addComputed(m_model[*op.inputs[2]].name, ConstantRole::Operand,
                                           affine.shift, affine.hasData, operandShape);
    shift.constants = {*add.constant};
    add.activation = takeActivations(shift);
    shift.op = add;
    finish(std::move(shift), layout);
    return true;
}

/// A plan in which `main` is read whole, or repeated to the result's shape.
Lowering::JointPlan Lowering::jointPlan(TensorId main, std::span<const TensorId> others,
                                        const Shape& result)
{
    const Shape shape = padded(shapeOf(main), result.size());
    if (shape != result) {
        return {naturalPlan(result), shape, result};
    }
    // A flattened image lies in memory as the image does: operands of its shape, or of one
    // element, need not know.
    const bool areAlike = std::ranges::all_of(others, [&](TensorId other) {
        return padded(shapeOf(other), result.size()) == result || elementCount(shapeOf(other)) == 1;
    });
    if (areAlike && !isUnsettled(viewOf(main).value) && !planOf(layoutOf(main), shape)) {
        const ElementLayout present = layoutOf(main);
        Shape made;
        for (const Digit& digit : present.order) {
            made.push_back(digit.extent);
        }
        if (const auto flat = planOf(present, made)) {
            return {*flat, made, made, true};
        }
    }
    return {*choosePlan(main, shape, [](const AxisPlan&) { return true; }), shape, result};
}

std::optional<Lowering::Operand> Lowering::readOperand(TensorId id, const JointPlan& joint)
{
    Shape shape = padded(shapeOf(id), joint.made.size());
    if (joint.isFlattened) {
        shape = elementCount(shapeOf(id)) == 1 ? Shape(joint.made.size(), 1) : joint.made;
    }
    const Shape wanted = repeatable(shape, joint.made, joint.plan);
    if (!isConstant(id)) {
        const auto value = readAs(id, shape, wanted, joint.plan);
        return value ? std::optional(Operand{value, {}}) : std::nullopt;
    }
    const Shape strides = rowMajorStrides(shape);
    Gather gather{{}, {}, 1};
    for (const std::size_t axis : joint.plan.order) {
        gather.extents.push_back(wanted[axis]);
        gather.strides.push_back(shape[axis] == 1 ? 0 : strides[axis]);
    }
    const Geometry g = joint.plan.layout(wanted).geometry;
    return Operand{{},
                   m_constants.add(m_graph.resolve(id), ConstantRole::Operand,
                                   {g.rows, g.width, g.channels}, gather)};
}

bool Lowering::lowerBinary(OperatorId id, BinaryFunction function)
{
    const Operator& op = m_model[id];
    if (op.inputs.size() == 1) {
        return view(id, *op.inputs[0], shapeOf(op.outputs[0]), {});
    }
    const bool isSquare = function == BinaryFunction::Mul && op.inputs.size() == 2 &&
                          m_graph.resolve(*op.inputs[0]) == m_graph.resolve(*op.inputs[1]) &&
                          !isConstant(*op.inputs[0]);
    return isSquare ? lowerUnary(id, UnaryFunction::Square) : lowerJoint(id, function);
}

/// A stage for every two operands: the first one of the result's shape with each of the others.
bool Lowering::lowerJoint(OperatorId id, BinaryFunction function)
{
    const Operator& op = m_model[id];
    const Shape& result = shapeOf(op.outputs[0]);
    std::vector<TensorId> others;
    for (const auto& input : op.inputs) {
        if (!input || !isNumber(m_graph.resolve(*input))) {
            return false;
        }
        others.push_back(*input);
    }
    const auto isMain = [&](TensorId t) { return !isConstant(t) && shapeOf(t) == result; };
    auto found = std::ranges::find_if(others, isMain);
    if (found == others.end()) {
        found = std::ranges::find_if(others, [&](TensorId t) { return !isConstant(t); });
    }
    if (found == others.end()) {
        return false;
    }
    const TensorId main = *found;
    const bool isFirst = found == others.begin(); // matters for differences and quotients alone
    others.erase(found);
    const JointPlan joint = jointPlan(main, others, result);
    auto value =
        readAs(main, joint.main, repeatable(joint.main, joint.made, joint.plan), joint.plan);
    std::vector<Operand> operands;
    for (const TensorId other : others) {
        const auto operand = readOperand(other, joint);
        if (!value || !operand) {
            return false;
        }
        operands.push_back(*operand);
    }
    const ElementLayout layout = joint.plan.layout(joint.made);
    for (std::size_t i = 0; i < operands.size(); ++i) {
        const Operand& operand = operands[i];
        Stage stage = begin(id, {*value});
        BinaryOp stageOp{function, operand.constant, operand.constant && !isFirst, {}};
        if (operand.constant) {
            stage.constants = {*operand.constant};
        } else {
            stage.inputs.insert(isFirst ? stage.inputs.end() : stage.inputs.begin(),
                                *operand.value);
        }
        if (i + 1 == operands.size()) {
            stageOp.activation = takeActivations(stage);
            stage.op = stageOp;
            finish(std::move(stage), layout);
            break;
        }
        stage.op = stageOp;
        value = newValue(op.outputs[0], layout.geometry, nextStage());
        m_network.values.back().name += "_" + std::to_string(i);
        stage.outputs = {*value};
        m_network.stages.push_back(std::move(stage));
    }
    return true;
}

} // namespace tidemark

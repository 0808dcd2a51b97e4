// SPDX-License-Identifier: Apache-2.0
#include "core/lower/lower.h"

#include "core/lower/lowering.h"
#include "core/lower/operator_macs.h"
#include "core/lower/stage_names.h"

#include <algorithm>

namespace tidemark {

namespace {

bool isWindowOperator(const Operator& op)
{
    return std::holds_alternative<ConvAttributes>(op.attributes) ||
           std::holds_alternative<PoolAttributes>(op.attributes);
}

} // namespace

bool Lowering::findSequences(const Model& model)
{
    return std::ranges::any_of(model.operators, [&](const Operator& op) {
        return isWindowOperator(op) && !op.inputs.empty() && op.inputs[0] &&
               model[*op.inputs[0]].shape && model[*op.inputs[0]].shape->size() == 3;
    });
}

Result<Network> Lowering::run()
{
    m_network.modelName = m_model.name;
    for (const TensorId input : m_model.inputs) {
        if (!m_model[input].shape) {
            return Diagnostic{ErrorKind::BadInput,
                              "input '" + printable(m_model[input].name) + "' has no known shape",
                              "", "export the model with the shape of its inputs"};
        }
        m_network.inputs.push_back(addValue(input, imageGeometry(shapeOf(input))));
    }
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        if (!m_graph.isLive(OperatorId(i)) || m_done[i]) {
            continue;
        }
        if (const Status status = lowerOperator(OperatorId(i)); !status) {
            return status.error();
        }
    }
    for (const TensorId output : m_model.outputs) {
        if (isConstant(output)) {
            return Diagnostic{ErrorKind::BadInput,
                              "output '" + printable(m_model[output].name) + "' is a constant", "",
                              "remove it from the outputs"};
        }
        m_network.outputs.push_back(valueOf(output));
    }
    nameOutputs();
    m_network.constants = m_constants.take();
    nameStages(m_model, m_network);
    return std::move(m_network);
}

/// Everything an operator reads has a shape when its turn comes; what it makes must have one, too.
Status Lowering::checkShapes(const Operator& op) const
{
    for (const TensorId output : op.outputs) {
        if (!output.isValid()) {
            continue;
        }
        const Tensor& tensor = m_model[output];
        const bool matters =
            output == op.outputs.front() || m_graph.readers(output) > 0 || m_graph.isOutput(output);
        if (matters && !tensor.shape) {
            return Diagnostic{ErrorKind::BadInput, describe(op) + " has no known output shape", "",
                              "give the shape of '" + printable(tensor.name) +
                                  "' in the file (value_info)"};
        }
        if (matters && elementCount(*tensor.shape) == 0) {
            return Diagnostic{ErrorKind::BadInput,
                              describe(op) + " makes an empty tensor '" + printable(tensor.name) +
                                  "'",
                              "", "check the shapes it reads"};
        }
    }
    return Done{};
}

Status Lowering::lowerOperator(OperatorId id)
{
    const Operator& op = m_model[id];
    if (Status status = checkShapes(op); !status) {
        return status;
    }
    if (!operatorMacs(m_model, op)) {
        return Diagnostic{ErrorKind::BadInput, describe(op) + " takes too many multiplications", "",
                          "check the shapes it reads"};
    }
    if (!givesFirstOutputOnly(op) || !lowerKnown(id)) {
        lowerPlanOnly(id);
    }
    return Done{};
}

bool Lowering::givesFirstOutputOnly(const Operator& op) const
{
    const auto isUsed = [&](TensorId output) {
        return output.isValid() && (m_graph.readers(output) > 0 || m_graph.isOutput(output));
    };
    return op.outputs[0].isValid() &&
           std::none_of(op.outputs.begin() + 1, op.outputs.end(), isUsed);
}

/// False: there is no kernel for this operator, or not for this form of it.
bool Lowering::lowerKnown(OperatorId id)
{
    switch (m_model[id].kind) {
    case OperatorKind::Conv:
        return lowerConv(id);
    case OperatorKind::Gemm:
        return lowerGemm(id);
    case OperatorKind::MatMul:
        return lowerMatMul(id);
    case OperatorKind::MaxPool:
        return lowerMaxPool(id);
    case OperatorKind::Relu:
    case OperatorKind::Clip:
        return lowerClamp(id);
    case OperatorKind::Flatten:
    case OperatorKind::Reshape:
    case OperatorKind::Squeeze:
    case OperatorKind::Unsqueeze:
        return lowerView(id);
    case OperatorKind::Identity:
    case OperatorKind::Dropout:
    case OperatorKind::Add:
    case OperatorKind::ConvTranspose:
    case OperatorKind::Recurrent:
    case OperatorKind::QuantizedConv:
    case OperatorKind::QuantizedMatMul:
    case OperatorKind::Other:
        break;
    }
    return false;
}

void Lowering::lowerPlanOnly(OperatorId id)
{
    const Operator& op = m_model[id];
    Stage stage = begin(id, {});
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        if (!op.inputs[i]) {
            continue;
        }
        if (!isConstant(*op.inputs[i])) {
            stage.inputs.push_back(valueOf(*op.inputs[i]));
        } else if (i >= 32 || !(op.controlInputs >> i & 1U)) {
            stage.constants.push_back(m_constants.addWhole(m_graph.resolve(*op.inputs[i])));
        }
    }
    for (const TensorId output : op.outputs) {
        if (output.isValid() && m_graph.resolve(output) == output && m_model[output].shape) {
            stage.outputs.push_back(addValue(output, imageGeometry(shapeOf(output)), nextStage()));
        }
    }
    stage.op = PlanOnlyOp{op.typeName};
    m_network.stages.push_back(std::move(stage));
}

/// Batch 1: images as rows of width x channels, sequences as rows of channels, all else one row.
Geometry Lowering::imageGeometry(const Shape& shape) const
{
    if (shape.size() == 4 && shape[0] == 1) {
        return {shape[2], shape[3], shape[1]};
    }
    if (shape.size() == 3 && shape[0] == 1 && m_hasSequences) {
        return {shape[2], 1, shape[1]};
    }
    return {1, 1, elementCount(shape).value_or(0)};
}

/// A float image or sequence of one sample whose rows are those of its shape.
bool Lowering::readsImage(TensorId id) const
{
    const Shape& shape = shapeOf(id);
    return !isConstant(id) && isFloat(id) && (shape.size() == 3 || shape.size() == 4) &&
           shape[0] == 1 && geometryOf(m_network[valueOf(id)]) == imageGeometry(shape);
}

ValueId Lowering::addValue(TensorId id, const Geometry& geometry, StageId maker)
{
    const Tensor& tensor = m_model[id];
    const ValueId value(m_network.values.size());
    m_network.values.push_back({tensor.name, tensor.type, geometry.rows, geometry.width,
                                geometry.channels, tensor.quantization, *tensor.shape});
    m_origins.push_back({maker, m_graph.resolve(id)});
    m_values[m_graph.resolve(id).index()] = value;
    return value;
}

Stage Lowering::begin(OperatorId id, std::vector<ValueId> inputs) const
{
    Stage stage;
    stage.inputs = std::move(inputs);
    stage.operators = {id};
    stage.macs = operatorMacs(m_model, m_model[id]).value_or(0);
    return stage;
}

/// The tensor that the last operator taken into the stage makes.
TensorId Lowering::lastTensor(const Stage& stage) const
{
    return m_model[stage.operators.back()].outputs[0];
}

void Lowering::finish(Stage stage, const Geometry& geometry)
{
    stage.outputs = {addValue(lastTensor(stage), geometry, nextStage())};
    m_network.stages.push_back(std::move(stage));
}

Stage* Lowering::stageMaking(ValueId value)
{
    const StageId maker = m_origins[value.index()].stage;
    return maker.isValid() ? &m_network.stages[maker.index()] : nullptr;
}

/// Outputs go by the names and shapes that the model's user knows, whatever views came before.
void Lowering::nameOutputs()
{
    for (const TensorId output : m_model.outputs) {
        const ValueId value = valueOf(output);
        if (std::ranges::count(m_network.inputs, value) == 0) {
            m_network.values[value.index()].name = m_model[output].name;
            m_network.values[value.index()].modelShape = *m_model[output].shape;
        }
    }
}

Result<Network> lower(const Model& model)
{
    return Lowering(model).run();
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/lower.h"

#include "core/lower/lowering.h"
#include "core/lower/operator_macs.h"
#include "core/lower/quantized_operators.h"
#include "core/lower/stage_names.h"

#include <algorithm>

namespace tidemark {

namespace {

std::optional<UnaryFunction> unaryFunction(OperatorKind kind)
{
    using Kind = OperatorKind;
    using Function = UnaryFunction;
    constexpr std::pair<Kind, Function> kFunctions[] = {
        {Kind::LeakyRelu, Function::LeakyRelu},
        {Kind::Elu, Function::Elu},
        {Kind::Selu, Function::Selu},
        {Kind::Sigmoid, Function::Sigmoid},
        {Kind::Tanh, Function::Tanh},
        {Kind::HardSigmoid, Function::HardSigmoid},
        {Kind::HardSwish, Function::HardSwish},
        {Kind::Softplus, Function::Softplus},
        {Kind::Softsign, Function::Softsign},
        {Kind::ThresholdedRelu, Function::ThresholdedRelu},
        {Kind::Exp, Function::Exp},
        {Kind::Log, Function::Log},
        {Kind::Sqrt, Function::Sqrt},
        {Kind::Rsqrt, Function::Rsqrt},
        {Kind::Reciprocal, Function::Reciprocal},
        {Kind::Abs, Function::Abs},
        {Kind::Negate, Function::Negate},
        {Kind::Erf, Function::Erf},
        {Kind::Gelu, Function::Gelu},
        {Kind::Square, Function::Square},
        {Kind::Quantize, Function::Identity},
        {Kind::Dequantize, Function::Identity},
    };
    const auto* found = std::ranges::find(kFunctions, kind, &std::pair<Kind, Function>::first);
    return found == std::end(kFunctions) ? std::nullopt : std::optional(found->second);
}

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
        const std::int64_t elements = elementCount(shapeOf(input)).value_or(0);
        m_network.inputs.push_back(addValue(input, {{}, normalised({{elements, 1}})}));
        m_unsettled.push_back(true);
    }
    for (const TensorId input : m_model.inputs) {
        if (m_form.wasUInt8[input.index()]) {
            addUnsignedInput(input);
        }
    }
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        if (!m_graph.isLive(OperatorId(i)) || m_done[i]) {
            continue;
        }
        if (const Status status = lowerOperator(OperatorId(i)); !status) {
            return status.error();
        }
    }
    if (const Status status = addOutputs(); !status) {
        return status.error();
    }
    for (const TensorId input : m_model.inputs) {
        (void)layoutOf(input); // one that nobody reads lies as usual
    }
    m_network.constants = m_constants.take();
    nameStages(m_model, m_network);
    return std::move(m_network);
}

/// A value for the tensor with the numbers of the file: uint8 that are int8 inside.
ValueId Lowering::unsignedTwin(TensorId id, const Geometry& geometry, StageId maker)
{
    const ValueId value = newValue(id, geometry, maker);
    Value& twin = m_network.values[value.index()];
    twin.type = DataType::UInt8;
    for (std::int32_t& zero : twin.quantization->zeroPoints) {
        zero += 128;
    }
    return value;
}

/// Users give uint8 as the file says; the first stage makes it int8.
void Lowering::addUnsignedInput(TensorId input)
{
    const ElementLayout layout = layoutOf(input);
    const ValueId given = viewOf(input).value;
    Value& value = m_network.values[given.index()];
    value.type = DataType::UInt8;
    for (std::int32_t& zero : value.quantization->zeroPoints) {
        zero += 128;
    }
    copied(given, addValue(input, layout, nextStage()));
}

Status Lowering::addOutputs()
{
    for (const TensorId output : m_model.outputs) {
        if (isConstant(output)) {
            return Diagnostic{ErrorKind::BadInput,
                              "output '" + printable(m_model[output].name) + "' is a constant", "",
                              "remove it from the outputs"};
        }
        m_network.outputs.push_back(outputValue(output));
    }
    return Done{};
}

/// Outputs go by the names and shapes that the model's user knows, whatever views came before, in
/// an order that layout.h can turn into the file's.
ValueId Lowering::outputValue(TensorId output)
{
    const Shape& shape = shapeOf(output);
    const ElementLayout present = layoutOf(output);
    ValueId value = viewOf(output).value;
    bool channelsLast = !isChannelsFirst(present);
    if (channelsLast && !isRowMajor(present.order)) {
        const ElementLayout wanted = naturalPlan(shape).layout(shape);
        const auto copy = read(output, wanted);
        value = copy ? *copy : value;
        channelsLast = isRowMajor(wanted.order);
    }
    if (m_form.wasUInt8[m_graph.resolve(output).index()]) {
        value = copied(value, unsignedTwin(output, geometryOf(m_network[value]), nextStage()));
    } else if (isKnownOtherwise(value, shape, channelsLast)) {
        value = copied(value, newValue(output, geometryOf(m_network[value]), nextStage()));
    }
    if (std::ranges::count(m_network.inputs, value) == 0) {
        Value& changed = m_network.values[value.index()];
        changed.name = m_model[output].name;
        changed.modelShape = shape;
        changed.modelChannelsLast = channelsLast;
    }
    return value;
}

/// Whether the value is an input or an output already, seen there in another shape or order.
bool Lowering::isKnownOtherwise(ValueId id, const Shape& shape, bool channelsLast) const
{
    const Value& value = m_network[id];
    const bool isEnd = std::ranges::count(m_network.inputs, id) > 0 ||
                       std::ranges::count(m_network.outputs, id) > 0;
    const bool isSameOrder = value.modelChannelsLast == channelsLast || value.channels == 1 ||
                             value.rows * value.width == 1;
    return isEnd && (value.modelShape != shape || !isSameOrder);
}

/// A stage that copies `from`, whatever its type, to `to`, the value made last.
ValueId Lowering::copied(ValueId from, ValueId to)
{
    Stage stage;
    stage.inputs = {from};
    stage.op = UnaryOp{};
    stage.outputs = {to};
    m_network.stages.push_back(std::move(stage));
    return to;
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
    m_reason.clear();
    const bool isForm = op.kind == OperatorKind::Split || givesFirstOutputOnly(op) ||
                        planOnly("its second output is read, which no kernel gives");
    if (!isForm || !lowerKnown(id)) {
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
    using enum OperatorKind;
    const OperatorKind kind = m_model[id].kind;
    if (const std::string& reason = m_form.reasons[id.index()]; !reason.empty()) {
        return planOnly(reason);
    }
    if (kind == OperatorKind::Gather) { // its indices are no numbers that anything computes with
        return lowerGather(id);
    }
    if (kind != OperatorKind::Other && !typesFit(m_model[id])) {
        return false;
    }
    if (const auto function = unaryFunction(kind)) {
        return lowerUnary(id, *function);
    }
    switch (kind) {
    case Conv:
        return lowerConv(id);
    case Gemm:
        return lowerGemm(id);
    case MatMul:
        return lowerMatMul(id);
    case MaxPool:
        return lowerMaxPool(id);
    case AveragePool:
        return lowerAveragePool(id);
    case GlobalAveragePool:
        return lowerGlobalPool(id, Reduction::Mean);
    case GlobalMaxPool:
        return lowerGlobalPool(id, Reduction::Max);
    case ReduceMean:
        return lowerReduce(id, Reduction::Mean);
    case ReduceSum:
        return lowerReduce(id, Reduction::Sum);
    case ReduceMax:
        return lowerReduce(id, Reduction::Max);
    case ReduceMin:
        return lowerReduce(id, Reduction::Min);
    case ArgMax:
    case ArgMin:
        return lowerArg(id, kind == ArgMin);
    case OperatorKind::Softmax:
        return lowerSoftmax(id);
    case OperatorKind::Resize:
        return lowerResize(id);
    case Relu:
    case Clip:
        return lowerClamp(id);
    case Pow:
        return lowerPow(id);
    case PRelu:
        return lowerPRelu(id);
    case BatchNorm:
        return lowerBatchNorm(id);
    case Add:
        return lowerBinary(id, BinaryFunction::Add);
    case Sub:
        return lowerBinary(id, BinaryFunction::Sub);
    case Mul:
        return lowerBinary(id, BinaryFunction::Mul);
    case Div:
        return lowerBinary(id, BinaryFunction::Div);
    case Min:
        return lowerBinary(id, BinaryFunction::Min);
    case Max:
        return lowerBinary(id, BinaryFunction::Max);
    case Flatten:
    case Reshape:
    case Squeeze:
    case Unsqueeze:
        return lowerView(id);
    case Transpose:
        return lowerTranspose(id);
    case DepthToSpace:
    case SpaceToDepth:
        return lowerBlocks(id, kind == SpaceToDepth);
    case Slice:
        return lowerSlice(id);
    case Split:
        return lowerSplit(id);
    case Expand:
        return lowerExpand(id);
    case Concat:
        return lowerConcat(id);
    case Pad:
        return lowerPad(id);
    default: // copies are resolved, all others are planned from their shapes
        return planOnly("no kernel yet");
    }
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
            stage.inputs.push_back(readAnyhow(*op.inputs[i]));
        } else if (i >= 32 || !(op.controlInputs >> i & 1U)) {
            stage.constants.push_back(m_constants.addWhole(m_graph.resolve(*op.inputs[i])));
        }
    }
    for (const TensorId output : op.outputs) {
        if (output.isValid() && m_graph.resolve(output) == output && m_model[output].shape) {
            const Shape& shape = shapeOf(output);
            stage.outputs.push_back(
                addValue(output, naturalPlan(shape).layout(shape), nextStage()));
        }
    }
    stage.op = PlanOnlyOp{op.typeName, m_reason.empty() ? "no kernel for this form" : m_reason};
    stage.note.clear();
    m_network.stages.push_back(std::move(stage));
}

bool Lowering::planOnly(std::string reason)
{
    m_reason = std::move(reason);
    return false;
}

bool Lowering::needsImage(TensorId id)
{
    return isImage(id) ||
           planOnly("its input '" + printable(m_model[id].name) + "' is " + toString(shapeOf(id)) +
                    ", kernels take images and sequences of batch 1");
}

bool Lowering::needsConstant(TensorId id, const char* role)
{
    const std::string name = std::string("its ") + role + " '" + printable(m_model[id].name) + "'";
    if (!isConstant(id)) {
        return planOnly(name + " are computed while the network runs");
    }
    return isNumber(m_graph.resolve(id)) ||
           planOnly(name + " are of type " + std::string(toString(m_model[id].type)));
}

/// A type that kernels compute with.
bool Lowering::isNumber(TensorId id) const
{
    const Tensor& tensor = m_model[id];
    const bool isQuantized =
        tensor.quantization && (tensor.type == DataType::Int8 || tensor.type == DataType::UInt8);
    return tensor.type == DataType::Float32 || isQuantized;
}

/// Whether everything the operator reads and makes is float, or everything is int8. Views and
/// changes of type take what comes.
bool Lowering::typesFit(const Operator& op)
{
    using enum OperatorKind;
    switch (op.kind) {
    case Quantize:
    case Dequantize:
    case Flatten:
    case Reshape:
    case Squeeze:
    case Unsqueeze:
    case Transpose:
        return true;
    default:
        break;
    }
    std::optional<bool> wanted;
    const auto fits = [&](TensorId id) {
        const bool isReal = isFloat(id);
        if (!isNumber(id)) {
            const Tensor& tensor = m_model[id];
            return planOnly("'" + printable(tensor.name) + "' is of type " +
                            std::string(toString(tensor.type)) +
                            (tensor.type == DataType::Int8 || tensor.type == DataType::UInt8
                                 ? " without a scale"
                                 : ""));
        }
        if (wanted.value_or(isReal) != isReal) {
            return planOnly("it mixes float and quantised tensors");
        }
        wanted = isReal;
        return true;
    };
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        const bool isControl = i < 32 && (op.controlInputs >> i & 1U);
        const bool isBias = i == 2 && isProduct(op.kind);
        if (!op.inputs[i] || isControl) {
            continue;
        }
        if (!isBias && !fits(m_graph.resolve(*op.inputs[i]))) {
            return false;
        }
        if (isBias && wanted != isFloat(*op.inputs[i])) {
            return planOnly("its bias '" + printable(m_model[*op.inputs[i]].name) +
                            "' is of type " + std::string(toString(m_model[*op.inputs[i]].type)));
        }
    }
    return op.kind == ArgMax || op.kind == ArgMin || fits(op.outputs[0]);
}

ValueId Lowering::newValue(TensorId like, const Geometry& geometry, StageId maker)
{
    const Tensor& tensor = m_model[like];
    const ValueId value(m_network.values.size());
    m_network.values.push_back({tensor.name, tensor.type, geometry.rows, geometry.width,
                                geometry.channels, tensor.quantization, *tensor.shape});
    m_origins.push_back({maker, TensorId()});
    return value;
}

/// Which of the file's orders that layout.h knows the elements lie in, if they do.
void Lowering::noteOrder(Value& value, const ElementOrder& order)
{
    value.modelChannelsLast = !isChannelsFirst({geometryOf(value), order});
    if (value.modelChannelsLast && !isRowMajor(order)) {
        value.modelShape.clear();
    }
}

ValueId Lowering::addValue(TensorId id, const ElementLayout& layout, StageId maker)
{
    const ValueId value = newValue(id, layout.geometry, maker);
    m_origins.back().tensor = m_graph.resolve(id);
    noteOrder(m_network.values.back(), layout.order);
    setView(id, {value, layout.order});
    return value;
}

Stage Lowering::begin(OperatorId id, std::vector<ValueId> inputs) const
{
    Stage stage;
    stage.inputs = std::move(inputs);
    stage.operators = {id};
    stage.macs = operatorMacs(m_model, m_model[id]).value_or(0);
    stage.note = m_form.notes[id.index()];
    return stage;
}

/// The tensor that the last operator taken into the stage makes.
TensorId Lowering::lastTensor(const Stage& stage) const
{
    return m_model[stage.operators.back()].outputs[0];
}

void Lowering::finish(Stage stage, const ElementLayout& layout)
{
    stage.outputs = {addValue(lastTensor(stage), layout, nextStage())};
    m_network.stages.push_back(std::move(stage));
}

Stage* Lowering::stageMaking(ValueId value)
{
    const StageId maker = m_origins[value.index()].stage;
    return maker.isValid() ? &m_network.stages[maker.index()] : nullptr;
}

Result<Network> lower(const Model& model)
{
    const QuantizedForm form = quantizedForm(model);
    return Lowering(form).run();
}

} // namespace tidemark

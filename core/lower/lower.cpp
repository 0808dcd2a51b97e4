// SPDX-License-Identifier: Apache-2.0
#include "core/lower/lower.h"

#include "core/lower/activation.h"
#include "core/lower/constant_pool.h"
#include "core/lower/live_graph.h"
#include "core/lower/operator_macs.h"
#include "core/lower/stage_names.h"

#include <algorithm>

namespace tidemark {

namespace {

/// Rows, width and channels of a value.
struct Geometry {
    std::int64_t rows = 1, width = 1, channels = 1;
    bool operator==(const Geometry&) const = default;
};

Geometry geometryOf(const Value& value)
{
    return {value.rows, value.width, value.channels};
}

bool isWindowOperator(const Operator& op)
{
    return std::holds_alternative<ConvAttributes>(op.attributes) ||
           std::holds_alternative<PoolAttributes>(op.attributes);
}

/// Who makes a value (nobody, if it is a network input), and the tensor that it was made for.
struct Origin {
    StageId stage;
    TensorId tensor;
};

/// Builds the network operator by operator. A stage takes its bias and activation with it as it is
/// made, so that its one output value is what the last of them writes.
///
/// Order in memory: the elements of a value, taken channel by channel, are the elements of its
/// model tensor in the file's order. Views keep that true, so they need no stage.
class Lowering {
public:
    explicit Lowering(const Model& model)
        : m_model(model), m_graph(model), m_constants(model), m_values(model.tensors.size()),
          m_done(model.operators.size()), m_hasSequences(findSequences(model))
    {
    }

    Result<Network> run();

private:
    static bool findSequences(const Model& model);
    Status checkShapes(const Operator& op) const;
    Status lowerOperator(OperatorId id);
    bool givesFirstOutputOnly(const Operator& op) const;
    bool lowerKnown(OperatorId id);

    bool lowerConv(OperatorId id);
    bool lowerGemm(OperatorId id);
    bool lowerMatMul(OperatorId id);
    bool lowerMaxPool(OperatorId id);
    bool lowerClamp(OperatorId id);
    bool lowerView(OperatorId id);
    void lowerPlanOnly(OperatorId id);

    struct FullyConnected {
        TensorId input, weights;
        std::optional<TensorId> bias;
        bool outputsFirst = false; ///< weights are outputs x inputs
        float scale = 1, biasScale = 1;
    };
    bool lowerFullyConnected(OperatorId id, const FullyConnected& fc);
    std::optional<ConstantId> addBias(TensorId bias, std::int64_t outputs, float scale);
    std::optional<ConstantId> takeBias(Stage& stage, std::int64_t outputs, bool perChannel);
    Activation takeActivations(Stage& stage);

    bool isConstant(TensorId id) const { return m_model[m_graph.resolve(id)].constant.has_value(); }
    bool isFloat(TensorId id) const { return m_model[id].type == DataType::Float32; }
    const Shape& shapeOf(TensorId id) const { return *m_model[id].shape; }
    Geometry imageGeometry(const Shape& shape) const;
    ValueId valueOf(TensorId id) const { return *m_values[m_graph.resolve(id).index()]; }
    ValueId addValue(TensorId id, const Geometry& geometry, StageId maker = {});
    bool readsImage(TensorId id) const;
    Stage begin(OperatorId id, std::vector<ValueId> inputs) const;
    TensorId lastTensor(const Stage& stage) const;
    void finish(Stage stage, const Geometry& geometry);
    StageId nextStage() const { return StageId(m_network.stages.size()); }
    Stage* stageMaking(ValueId value);
    void nameOutputs();

    const Model& m_model;
    LiveGraph m_graph;
    ConstantPool m_constants;
    Network m_network;
    std::vector<std::optional<ValueId>> m_values; ///< by resolved tensor
    std::vector<Origin> m_origins;                ///< by value
    std::vector<bool> m_done;                     ///< operators that a stage took with it
    /// Batch x channels x length tensors run along rows; only models with 1-D windows have them.
    bool m_hasSequences;
};

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

} // namespace

Result<Network> lower(const Model& model)
{
    return Lowering(model).run();
}

} // namespace tidemark

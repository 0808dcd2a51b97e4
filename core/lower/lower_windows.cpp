// SPDX-License-Identifier: Apache-2.0
// Pools, reductions and everything else that works along the axes of an image.
#include "core/lower/activation.h"
#include "core/lower/lowering.h"

#include <algorithm>

namespace tidemark {

namespace {

/// A last window that ceil_mode cut off at the edge is one that reaches into padding.
void reachOut(Window& w, const Geometry& in, const Geometry& out)
{
    const auto reach = [](std::int64_t outputs, std::int64_t stride, std::int64_t extent,
                          std::int64_t before, std::int64_t inputs, std::int64_t after) {
        return std::max(after, (outputs - 1) * stride + extent - before - inputs);
    };
    w.padBottom = reach(out.rows, w.strideH, (w.kernelH - 1) * w.dilationH + 1, w.padTop, in.rows,
                        w.padBottom);
    w.padRight = reach(out.width, w.strideW, (w.kernelW - 1) * w.dilationW + 1, w.padLeft, in.width,
                       w.padRight);
}

} // namespace

bool Lowering::lowerMaxPool(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto* pool = std::get_if<PoolAttributes>(&op.attributes);
    const TensorId tensor = *op.inputs[0];
    if (!pool || !isActivation(tensor) || !needsImage(tensor)) {
        return false;
    }
    const AxisPlan plan = imagePlan(shapeOf(tensor).size(), m_channelsLast);
    const auto input = read(tensor, plan.layout(shapeOf(tensor)));
    if (!input) {
        return false;
    }
    const ElementLayout made = plan.layout(shapeOf(op.outputs[0]));
    Stage stage = begin(id, {*input});
    MaxPoolOp stageOp{pool->window};
    reachOut(stageOp.window, geometryOf(m_network[*input]), made.geometry);
    // Clamping commutes with the maximum, so what follows the pool can be done by the convolution.
    Stage* producer = stageMaking(*input);
    auto* conv = producer ? std::get_if<ConvOp>(&producer->op) : nullptr;
    const bool isWholeResult = m_origins[input->index()].tensor == m_graph.resolve(tensor);
    if (conv && isWholeResult && m_graph.soleReader(tensor)) {
        conv->activation = compose(conv->activation, takeActivations(stage));
    } else {
        stageOp.activation = takeActivations(stage);
    }
    stage.op = stageOp;
    finish(std::move(stage), made);
    return true;
}

bool Lowering::lowerAveragePool(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto* pool = std::get_if<PoolAttributes>(&op.attributes);
    TensorId tensor = *op.inputs[0];
    if (!pool || !isActivation(tensor) || !needsImage(tensor)) {
        return false;
    }
    AveragePoolOp stageOp{pool->window, pool->countPad, {}};
    const auto& padded = m_pads[m_graph.resolve(tensor).index()];
    if (padded) {
        Window& w = stageOp.window;
        w.padTop += padded->window.padTop;
        w.padLeft += padded->window.padLeft;
        w.padBottom += padded->window.padBottom;
        w.padRight += padded->window.padRight;
        stageOp.countPad = true;
        tensor = *m_model[padded->pad].inputs[0];
    }
    const AxisPlan plan = imagePlan(shapeOf(tensor).size(), m_channelsLast);
    const ElementLayout from = plan.layout(shapeOf(tensor));
    const ElementLayout made = plan.layout(shapeOf(op.outputs[0]));
    const Window given = stageOp.window;
    reachOut(stageOp.window, from.geometry, made.geometry);
    const bool reachesBeyondPads = stageOp.countPad && stageOp.window != given;
    const bool isWhole = !padded && given == Window{from.geometry.rows, from.geometry.width,
                                                    given.strideH, given.strideW};
    if (isWhole) {
        return lowerGlobalPool(id, Reduction::Mean);
    }
    auto input = read(tensor, from);
    if (!input) {
        return false;
    }
    if (reachesBeyondPads) { // padding counts, what ceil_mode reaches beyond it does not
        input = withZeros(id, *input, tensor, given);
        stageOp.window.padTop = stageOp.window.padLeft = 0;
        stageOp.window.padBottom -= given.padBottom;
        stageOp.window.padRight -= given.padRight;
        stageOp.countPad = false;
    }
    Stage stage = begin(id, {*input});
    stageOp.activation = takeActivations(stage);
    const TensorId last = lastTensor(stage);
    if (padded) {
        stage.operators.push_back(padded->pad);
    }
    stage.op = stageOp;
    stage.outputs = {addValue(last, made, nextStage())};
    m_network.stages.push_back(std::move(stage));
    return true;
}

/// An image with the zeros around it that a window pads with, as a tensor of its own.
ValueId Lowering::withZeros(OperatorId id, ValueId image, TensorId like, const Window& pads)
{
    PadOp op;
    op.rowsBefore = pads.padTop;
    op.rowsAfter = pads.padBottom;
    op.widthBefore = pads.padLeft;
    op.widthAfter = pads.padRight;
    Geometry geometry = geometryOf(m_network[image]);
    geometry.rows += pads.padTop + pads.padBottom;
    geometry.width += pads.padLeft + pads.padRight;
    if (geometry == geometryOf(m_network[image])) {
        return image;
    }
    Stage stage;
    stage.operators = {id};
    stage.inputs = {image};
    stage.op = op;
    stage.outputs = {newValue(like, geometry, nextStage())};
    m_network.values.back().name += "_padded";
    m_network.stages.push_back(std::move(stage));
    return m_network.stages.back().outputs[0];
}

/// Over all axes of an image but batch and channels.
bool Lowering::lowerGlobalPool(OperatorId id, Reduction kind)
{
    const Shape& shape = shapeOf(*m_model[id].inputs[0]);
    std::vector<bool> reduced(shape.size(), true);
    reduced[0] = false;
    reduced[m_channelsLast ? shape.size() - 1 : 1] = false;
    return reduce(id, reduced, kind, true);
}

bool Lowering::lowerReduce(OperatorId id, Reduction kind)
{
    const auto* axes = std::get_if<AxesAttributes>(&m_model[id].attributes);
    return axes && axes->reduced && reduce(id, *axes->reduced, kind, false);
}

bool Lowering::reduce(OperatorId id, const std::vector<bool>& reduced, Reduction kind,
                      bool roundsMean)
{
    const Operator& op = m_model[id];
    const TensorId tensor = *op.inputs[0];
    if (!isActivation(tensor)) {
        return false;
    }
    const Shape& shape = shapeOf(tensor);
    Shape result = shape;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        result[axis] = reduced[axis] ? 1 : shape[axis];
    }
    const auto isWhole = [&](const AxisPlan& plan) {
        const Geometry in = plan.layout(shape).geometry;
        const Geometry out = plan.layout(result).geometry;
        return (out.rows == 1 || out.rows == in.rows) &&
               (out.width == 1 || out.width == in.width) &&
               (out.channels == 1 || out.channels == in.channels);
    };
    auto plan = choosePlan(tensor, shape, isWhole);
    if (!plan) { // what stays as rows, what goes as channels
        plan = AxisPlan{{}, std::vector<ValueAxis>(shape.size(), ValueAxis::Rows)};
        for (const bool last : {false, true}) {
            for (std::size_t axis = 0; axis < shape.size(); ++axis) {
                if (reduced[axis] == last) {
                    plan->order.push_back(axis);
                    plan->group[axis] = last ? ValueAxis::Channels : ValueAxis::Rows;
                }
            }
        }
    }
    const ElementLayout from = plan->layout(shape);
    const auto input = read(tensor, from);
    if (!input) {
        return false;
    }
    const ElementLayout made = plan->layout(result);
    Stage stage = begin(id, {*input});
    ReduceOp stageOp;
    stageOp.kind = kind;
    stageOp.rows = from.geometry.rows != made.geometry.rows;
    stageOp.width = from.geometry.width != made.geometry.width;
    stageOp.channels = from.geometry.channels != made.geometry.channels;
    stageOp.roundsMean = roundsMean && kind == Reduction::Mean;
    stageOp.activation = takeActivations(stage);
    stage.op = stageOp;
    finish(std::move(stage), made);
    return true;
}

bool Lowering::lowerArg(OperatorId id, bool smallest)
{
    const Operator& op = m_model[id];
    const auto& attributes = std::get<AxisAttributes>(op.attributes);
    const TensorId tensor = *op.inputs[0];
    if (!isActivation(tensor)) {
        return false;
    }
    const Shape& shape = shapeOf(tensor);
    const auto rank = static_cast<std::int64_t>(shape.size());
    const auto axis =
        static_cast<std::size_t>(attributes.axis < 0 ? attributes.axis + rank : attributes.axis);
    const auto plan = choosePlan(
        tensor, shape, [&](const AxisPlan& candidate) { return candidate.isAlone(axis, shape); });
    const auto input = plan ? read(tensor, plan->layout(shape)) : std::nullopt;
    if (!input) {
        return false;
    }
    Shape result = shape;
    result[axis] = 1;
    Stage stage = begin(id, {*input});
    stage.op = ArgMaxOp{plan->group[axis], attributes.lastIndex, smallest};
    finish(std::move(stage), plan->layout(result));
    return true;
}

bool Lowering::lowerSoftmax(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& softmax = std::get<SoftmaxAttributes>(op.attributes);
    const TensorId tensor = *op.inputs[0];
    const Shape& shape = shapeOf(tensor);
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t given = softmax.axis < 0 ? softmax.axis + rank : softmax.axis;
    if (!isActivation(tensor) || given < 0 || given >= rank) {
        return false;
    }
    // Axes in front of the flattened ones matter as one, so do the flattened ones.
    const auto axis = static_cast<std::size_t>(given);
    const auto runsAlongChannels = [&](const AxisPlan& plan) {
        for (std::size_t other = 0; other < shape.size(); ++other) {
            const bool normalises = softmax.flattens ? other >= axis : other == axis;
            const bool isChannels = plan.group[other] == ValueAxis::Channels;
            if (shape[other] > 1 && normalises != isChannels) {
                return false;
            }
        }
        return true;
    };
    auto plan = choosePlan(tensor, shape, runsAlongChannels);
    if (!plan) {
        plan = AxisPlan{{}, std::vector<ValueAxis>(shape.size(), ValueAxis::Rows)};
        for (const bool last : {false, true}) {
            for (std::size_t other = 0; other < shape.size(); ++other) {
                if ((softmax.flattens ? other >= axis : other == axis) == last) {
                    plan->order.push_back(other);
                    plan->group[other] = last ? ValueAxis::Channels : ValueAxis::Rows;
                }
            }
        }
    }
    const ElementLayout layout = plan->layout(shape);
    const auto input = read(tensor, layout);
    if (!input) {
        return false;
    }
    Stage stage = begin(id, {*input});
    stage.op = SoftmaxOp{softmax.beta, softmax.logarithm};
    finish(std::move(stage), layout);
    return true;
}

namespace {

template <class Value> using Names = std::initializer_list<std::pair<std::string_view, Value>>;

template <class Value>
std::optional<Value> named(const Names<Value>& names, const std::string& text)
{
    for (const auto& [name, value] : names) {
        if (name == text) {
            return value;
        }
    }
    return std::nullopt;
}

/// What a file says in words; nothing for modes that no kernel has.
std::optional<ResizeOp> resizeOf(const ResizeAttributes& resize)
{
    const auto mode = named<ResizeMode>(
        {{"nearest", ResizeMode::Nearest}, {"linear", ResizeMode::Linear}}, resize.mode);
    const auto coordinates =
        named<ResizeCoordinates>({{"half_pixel", ResizeCoordinates::HalfPixel},
                                  {"pytorch_half_pixel", ResizeCoordinates::PytorchHalfPixel},
                                  {"align_corners", ResizeCoordinates::AlignCorners},
                                  {"asymmetric", ResizeCoordinates::Asymmetric}},
                                 resize.coordinates);
    const auto rounding =
        named<ResizeRounding>({{"round_prefer_floor", ResizeRounding::PreferFloor},
                               {"round_prefer_ceil", ResizeRounding::PreferCeil},
                               {"floor", ResizeRounding::Floor},
                               {"ceil", ResizeRounding::Ceil}},
                              resize.rounding);
    if (!mode || !coordinates || !rounding || resize.extrapolates || !resize.resolved) {
        return std::nullopt;
    }
    return ResizeOp{*mode, *coordinates, *rounding, 1, 1};
}

} // namespace

bool Lowering::lowerResize(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& attributes = std::get<ResizeAttributes>(op.attributes);
    const TensorId tensor = *op.inputs[0];
    auto stageOp = resizeOf(attributes);
    if (!stageOp) {
        return planOnly("no kernel for its mode: '" + printable(attributes.mode) + "', '" +
                        printable(attributes.coordinates) + "'");
    }
    if (!isActivation(tensor) || !needsImage(tensor)) {
        return false;
    }
    const std::vector<float>& scales = *attributes.resolved;
    const std::size_t rows = m_channelsLast ? 1 : 2;
    const std::size_t channels = m_channelsLast ? scales.size() - 1 : 1;
    if (scales[0] != 1 || scales[channels] != 1) {
        return false;
    }
    stageOp->rowScale = scales[rows];
    stageOp->widthScale = scales.size() == 4 ? scales[rows + 1] : 1;
    const AxisPlan plan = imagePlan(shapeOf(tensor).size(), m_channelsLast);
    const auto input = read(tensor, plan.layout(shapeOf(tensor)));
    if (!input) {
        return false;
    }
    Stage stage = begin(id, {*input});
    stage.op = *stageOp;
    finish(std::move(stage), plan.layout(shapeOf(op.outputs[0])));
    return true;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// Operators that compute nothing: views, which make no stage, and parts, joints and padding.
#include "core/lower/lowering.h"
#include "core/model/constant_elements.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace tidemark {

/// The input under another shape, its axes (of `shape`, in the input's order) then permuted.
bool Lowering::view(OperatorId id, TensorId input, const Shape& shape,
                    std::span<const std::size_t> permutation)
{
    if (isConstant(input)) {
        return false;
    }
    TensorView seen = viewOf(input);
    if (!permutation.empty()) {
        const auto axes = byAxes(seen.order, shape);
        if (!axes) {
            return false;
        }
        seen.order.clear();
        for (const std::size_t axis : permutation) {
            const ElementOrder& digits = (*axes)[axis];
            seen.order.insert(seen.order.end(), digits.begin(), digits.end());
        }
        seen.order = normalised(seen.order);
    }
    const ValueId value = seen.value;
    setView(m_model[id].outputs[0], std::move(seen));
    if (Stage* stage = stageMaking(value)) {
        stage->operators.push_back(id);
    }
    return true;
}

bool Lowering::lowerView(OperatorId id)
{
    return view(id, *m_model[id].inputs[0], {}, {});
}

bool Lowering::lowerTranspose(OperatorId id)
{
    const Operator& op = m_model[id];
    const Shape& shape = shapeOf(*op.inputs[0]);
    std::vector<std::size_t> permutation(shape.size());
    std::iota(permutation.rbegin(), permutation.rend(), std::size_t{0});
    const auto& given = std::get<TransposeAttributes>(op.attributes).permutation;
    for (std::size_t i = 0; given && i < given->size(); ++i) {
        permutation[i] = static_cast<std::size_t>((*given)[i]);
    }
    return view(id, *op.inputs[0], shape, permutation);
}

/// Depth to space and back: a reshape and a transpose.
bool Lowering::lowerBlocks(OperatorId id, bool toDepth)
{
    const Operator& op = m_model[id];
    const auto& block = std::get<BlockAttributes>(op.attributes);
    const Shape& in = shapeOf(*op.inputs[0]);
    const std::int64_t b = block.size;
    if (m_channelsLast) {
        const std::int64_t c = in[3];
        return toDepth ? view(id, *op.inputs[0], {in[0], in[1] / b, b, in[2] / b, b, c},
                              std::array<std::size_t, 6>{0, 1, 3, 2, 4, 5})
                       : view(id, *op.inputs[0], {in[0], in[1], in[2], b, b, c / (b * b)},
                              std::array<std::size_t, 6>{0, 1, 3, 2, 4, 5});
    }
    const std::int64_t c = in[1];
    if (toDepth) {
        return view(id, *op.inputs[0], {in[0], c, in[2] / b, b, in[3] / b, b},
                    std::array<std::size_t, 6>{0, 3, 5, 1, 2, 4});
    }
    return block.channelsOutermost
               ? view(id, *op.inputs[0], {in[0], c / (b * b), b, b, in[2], in[3]},
                      std::array<std::size_t, 6>{0, 1, 4, 2, 5, 3})
               : view(id, *op.inputs[0], {in[0], b, b, c / (b * b), in[2], in[3]},
                      std::array<std::size_t, 6>{0, 3, 4, 1, 5, 2});
}

bool Lowering::lowerSlice(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& region = std::get<SliceAttributes>(op.attributes).region;
    return region && cut(id, *op.inputs[0], op.outputs[0], *region);
}

/// Constant indices at even distances cut a slice.
bool Lowering::lowerGather(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    if (!isActivation(input)) {
        return planOnly("no kernel yet");
    }
    const TensorId list = m_graph.resolve(*op.inputs[1]);
    auto indices = isConstant(list) ? constantIntegers(m_model[list]) : std::nullopt;
    if (!indices || indices->empty()) {
        return planOnly("its indices '" + printable(m_model[list].name) +
                        "' are computed while the network runs");
    }
    const Shape& shape = shapeOf(input);
    const auto rank = static_cast<std::int64_t>(shape.size());
    const std::int64_t given = std::get<AxisAttributes>(op.attributes).axis;
    const auto axis = static_cast<std::size_t>(given < 0 ? given + rank : given);
    for (std::int64_t& index : *indices) {
        index += index < 0 ? shape[axis] : 0;
        if (index < 0 || index >= shape[axis]) {
            return planOnly("its index " + std::to_string(index) + " is outside the tensor");
        }
    }
    const std::int64_t step = indices->size() > 1 ? (*indices)[1] - (*indices)[0] : 1;
    for (std::size_t i = 1; i < indices->size(); ++i) {
        if ((*indices)[i] - (*indices)[i - 1] != step) {
            return planOnly("its indices are at uneven distances");
        }
    }
    SliceRegion region{Shape(shape.size(), 0), Shape(shape.size(), 1), shape};
    region.starts[axis] = indices->front();
    region.steps[axis] = step;
    region.extents[axis] = static_cast<std::int64_t>(indices->size());
    return cut(id, input, op.outputs[0], region);
}

bool Lowering::lowerSplit(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& split = std::get<SplitAttributes>(op.attributes);
    const TensorId input = *op.inputs[0];
    if (!split.sizes || !isActivation(input)) {
        return false;
    }
    const Shape& shape = shapeOf(input);
    const auto axis = static_cast<std::size_t>(
        split.axis < 0 ? split.axis + static_cast<std::int64_t>(shape.size()) : split.axis);
    SliceRegion region{Shape(shape.size(), 0), Shape(shape.size(), 1), shape};
    for (std::size_t i = 0; i < op.outputs.size(); ++i) {
        region.extents[axis] = (*split.sizes)[i];
        const bool isUsed = op.outputs[i].isValid() &&
                            (m_graph.readers(op.outputs[i]) > 0 || m_graph.isOutput(op.outputs[i]));
        if (isUsed && !cut(id, input, op.outputs[i], region)) {
            return false; // the first one fails, if any does
        }
        region.starts[axis] += region.extents[axis];
    }
    return true;
}

/// A part of the input in the order that the input has.
bool Lowering::cut(OperatorId id, TensorId input, TensorId output, const SliceRegion& region)
{
    if (!isActivation(input)) {
        return false;
    }
    const Shape& shape = shapeOf(input);
    if (region.extents == shape &&
        std::ranges::all_of(region.steps, [](std::int64_t step) { return step > 0; })) {
        setView(output, viewOf(input));
        return true;
    }
    const auto plan = choosePlan(input, shape, [](const AxisPlan&) { return true; });
    const auto value = read(input, plan->layout(shape));
    if (!value) {
        return false;
    }
    const Shape strides = plan->strides(shape);
    const ElementLayout made = plan->layout(region.extents);
    RearrangeOp op;
    ElementOrder digits[2]; // of rows, and inside rows
    for (const std::size_t axis : plan->order) {
        op.offset += region.starts[axis] * strides[axis];
        const bool isRows = plan->group[axis] == ValueAxis::Rows;
        digits[isRows ? 0 : 1].push_back(
            {region.extents[axis],
             region.extents[axis] > 1 ? strides[axis] * region.steps[axis] : 0});
    }
    for (const ElementOrder& part : digits) {
        for (const Digit& digit : normalised(part)) {
            op.extents.push_back(digit.extent);
            op.strides.push_back(digit.stride);
        }
    }
    constexpr std::size_t kMostAxes = 6;
    if (op.extents.size() > kMostAxes) {
        return false;
    }
    if (op.extents.empty()) {
        op.extents = {1};
        op.strides = {1};
    }
    Stage stage = begin(id, {*value});
    stage.op = std::move(op);
    stage.outputs = {addValue(output, made, nextStage())};
    m_network.stages.push_back(std::move(stage));
    return true;
}

bool Lowering::lowerExpand(OperatorId id)
{
    const Operator& op = m_model[id];
    const TensorId input = *op.inputs[0];
    const Shape& to = shapeOf(op.outputs[0]);
    Shape from(to.size() - std::min(to.size(), shapeOf(input).size()), 1);
    from.insert(from.end(), shapeOf(input).begin(), shapeOf(input).end());
    if (!isActivation(input) || from.size() != to.size()) {
        return false;
    }
    if (from == to) {
        return view(id, input, {}, {});
    }
    const AxisPlan plan = naturalPlan(to);
    const auto value = readAs(input, from, to, plan);
    if (!value) {
        return false;
    }
    setView(op.outputs[0], {*value, plan.layout(to).order});
    return true;
}

bool Lowering::lowerConcat(OperatorId id)
{
    const Operator& op = m_model[id];
    const Shape& result = shapeOf(op.outputs[0]);
    const std::int64_t given = std::get<AxisAttributes>(op.attributes).axis;
    const auto axis = static_cast<std::size_t>(
        given < 0 ? given + static_cast<std::int64_t>(result.size()) : given);
    if (!std::ranges::all_of(op.inputs,
                             [&](const auto& input) { return input && isActivation(*input); })) {
        return false;
    }
    // Inputs that lie one after the other along a leading axis stay whole in the result. Of the
    // plans that allow it, the one that most inputs lie in already.
    std::optional<AxisPlan> best;
    std::ptrdiff_t most = -1;
    const auto consider = [&](const AxisPlan& plan) {
        if (!plan.leadsGroup(axis, result)) {
            return;
        }
        const auto count = std::ranges::count_if(op.inputs, [&](const auto& input) {
            const ElementLayout wanted = plan.layout(shapeOf(*input));
            const TensorView& seen = viewOf(*input);
            if (isUnsettled(seen.value)) {
                return true;
            }
            const ElementLayout present = layoutOf(*input);
            return present.order == wanted.order && present.geometry == wanted.geometry;
        });
        if (count > most) {
            best = plan;
            most = count;
        }
    };
    consider(naturalPlan(result));
    for (const auto& input : op.inputs) {
        std::ranges::for_each(planCandidates(*input, shapeOf(*input)), consider);
    }
    if (!best) { // all axes before the joint are rows
        best = rowMajorPlan(result);
        for (std::size_t other = 0; other < result.size(); ++other) {
            best->group[other] = other < axis ? ValueAxis::Rows : ValueAxis::Channels;
        }
    }
    Stage stage = begin(id, {});
    for (const auto& input : op.inputs) {
        const auto value = read(*input, best->layout(shapeOf(*input)));
        if (!value) {
            return false;
        }
        stage.inputs.push_back(*value);
    }
    stage.op = ConcatOp{best->group[axis]};
    finish(std::move(stage), best->layout(result));
    return true;
}

bool Lowering::lowerPad(OperatorId id)
{
    const Operator& op = m_model[id];
    const auto& pad = std::get<PadAttributes>(op.attributes);
    const TensorId input = *op.inputs[0];
    const Shape& shape = shapeOf(input);
    if (!pad.isResolved || !isActivation(input)) {
        return false;
    }
    const std::size_t rows = m_channelsLast ? 1 : 2;
    const auto isNegative = [](std::int64_t extent) { return extent < 0; };
    if (std::ranges::any_of(pad.before, isNegative) || std::ranges::any_of(pad.after, isNegative)) {
        return false;
    }
    PadOp stageOp;
    stageOp.value = pad.value;
    if (pad.mode == "edge") {
        stageOp.mode = PadMode::Edge;
    } else if (pad.mode == "reflect") {
        stageOp.mode = PadMode::Reflect;
    } else if (pad.mode != "constant") {
        return false;
    }
    // A window that alone reads the padded tensor can look beyond the edge itself.
    const auto reader = m_graph.soleReader(op.outputs[0]);
    if (reader && isImage(input) && shape.size() >= 3 && stageOp.mode == PadMode::Constant &&
        pad.value == 0 && pad.before[0] + pad.after[0] == 0) {
        const std::size_t channels = m_channelsLast ? shape.size() - 1 : 1;
        const Operator& window = m_model[*reader];
        const auto* pool = std::get_if<PoolAttributes>(&window.attributes);
        const Window none = pool ? pool->window : Window{};
        const bool unpadded =
            none.padTop + none.padLeft + none.padBottom + none.padRight == 0 || pool->countPad;
        const bool isConv = window.kind == OperatorKind::Conv &&
                            std::holds_alternative<ConvAttributes>(window.attributes) &&
                            isConstant(*window.inputs[1]);
        const bool isPool =
            window.kind == OperatorKind::AveragePool && pool && unpadded && !pool->ceilMode;
        if ((isConv || isPool) && pad.before[channels] + pad.after[channels] == 0) {
            FoldedPad folded{id, {}};
            folded.window.padTop = pad.before[rows];
            folded.window.padBottom = pad.after[rows];
            if (shape.size() == 4) {
                folded.window.padLeft = pad.before[rows + 1];
                folded.window.padRight = pad.after[rows + 1];
            }
            m_pads[m_graph.resolve(op.outputs[0]).index()] = folded;
            return true;
        }
    }
    const auto padsAlone = [&](const AxisPlan& plan) {
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            if (pad.before[axis] + pad.after[axis] > 0 && !plan.isAlone(axis, shape)) {
                return false;
            }
        }
        // Two padded axes of extent 1 must not meet in a group either.
        std::array<int, 3> perGroup{};
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            perGroup[static_cast<std::size_t>(plan.group[axis])] +=
                pad.before[axis] + pad.after[axis] > 0 ? 1 : 0;
        }
        return std::ranges::all_of(perGroup, [](int count) { return count <= 1; });
    };
    const auto plan = choosePlan(input, shape, padsAlone);
    const auto value = plan ? read(input, plan->layout(shape)) : std::nullopt;
    if (!value) {
        return false;
    }
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        const bool isRows = plan->group[axis] == ValueAxis::Rows;
        const bool isWidth = plan->group[axis] == ValueAxis::Width;
        (isRows    ? stageOp.rowsBefore
         : isWidth ? stageOp.widthBefore
                   : stageOp.channelsBefore) += pad.before[axis];
        (isRows    ? stageOp.rowsAfter
         : isWidth ? stageOp.widthAfter
                   : stageOp.channelsAfter) += pad.after[axis];
    }
    Stage stage = begin(id, {*value});
    stage.op = stageOp;
    finish(std::move(stage), plan->layout(shapeOf(op.outputs[0])));
    return true;
}

} // namespace tidemark

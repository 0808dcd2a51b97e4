// SPDX-License-Identifier: Apache-2.0
// Views of tensors, and the copies that bring their elements into another order.
#include "core/lower/lowering.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr std::size_t kMostAxes = 6; // of a RearrangeOp

} // namespace

bool Lowering::isImage(TensorId id) const
{
    const Shape& shape = shapeOf(id);
    return (shape.size() == 3 || shape.size() == 4) && shape[0] == 1;
}

/// Batch 1: images as rows of width x channels, sequences as rows of channels.
AxisPlan Lowering::naturalPlan(const Shape& shape) const
{
    const bool isImageShape = shape.size() == 4 && shape[0] == 1;
    const bool isSequence = shape.size() == 3 && shape[0] == 1 && m_hasSequences;
    return isImageShape || isSequence ? imagePlan(shape.size(), m_channelsLast)
                                      : rowMajorPlan(shape);
}

void Lowering::setView(TensorId id, TensorView view)
{
    m_views[m_graph.resolve(id).index()] = std::move(view);
}

/// How the tensor lies in its value. A network input becomes settled by the question.
ElementLayout Lowering::layoutOf(TensorId id)
{
    const TensorView view = viewOf(id);
    if (isUnsettled(view.value)) {
        const Shape& shape = *m_model[m_origins[view.value.index()].tensor].shape;
        settle(view.value, naturalPlan(shape).layout(shape));
    }
    const Geometry geometry = geometryOf(m_network[view.value]);
    const auto settled = m_settled.find(view.value);
    if (settled == m_settled.end()) {
        return {geometry, view.order};
    }
    return {geometry, composed(view.order, settled->second).value_or(view.order)};
}

void Lowering::settle(ValueId input, const ElementLayout& layout)
{
    Value& value = m_network.values[input.index()];
    value.rows = layout.geometry.rows;
    value.width = layout.geometry.width;
    value.channels = layout.geometry.channels;
    noteOrder(value, layout.order);
    m_settled[input] = layout.order;
    m_unsettled[input.index()] = false;
}

/// Lets a network input lie in memory as its first reader wants it, if the order is one that
/// layout.h can make of the file's.
bool Lowering::settleAs(const TensorView& view, const ElementLayout& wanted)
{
    auto pairs = matched(view.order, wanted.order);
    if (!pairs) {
        return false;
    }
    std::ranges::stable_sort(*pairs, std::greater<>(), &DigitPair::first);
    ElementOrder order;
    for (const DigitPair& pair : *pairs) {
        order.push_back({pair.extent, pair.second});
    }
    order = normalised(order);
    if (!isRowMajor(order) && !isChannelsFirst({wanted.geometry, order})) {
        return false;
    }
    settle(view.value, {wanted.geometry, order});
    return true;
}

std::vector<AxisPlan> Lowering::planCandidates(TensorId id, const Shape& shape)
{
    const AxisPlan natural = naturalPlan(shape);
    if (isUnsettled(viewOf(id).value)) {
        return {natural, rowMajorPlan(shape)};
    }
    const ElementLayout present = layoutOf(id);
    const ElementLayout usual = natural.layout(shape);
    std::vector<AxisPlan> plans;
    if (const auto plan = planOf(present, shape);
        plan && (present.order != usual.order || present.geometry != usual.geometry)) {
        plans.push_back(*plan);
    }
    plans.push_back(natural);
    plans.push_back(rowMajorPlan(shape));
    return plans;
}

/// The value that holds the tensor's elements as wanted: the one it has, or a copy.
std::optional<ValueId> Lowering::read(TensorId id, const ElementLayout& wanted)
{
    const TensorView view = viewOf(id);
    if (isUnsettled(view.value) && settleAs(view, wanted)) {
        return view.value;
    }
    const ElementLayout present = layoutOf(id);
    if (present.order == wanted.order && present.geometry == wanted.geometry) {
        return view.value;
    }
    return rearranged(id, wanted, present.order);
}

/// The tensor, of shape `from`, repeated to shape `to` along axes where it has extent 1, as `plan`
/// lays it out. Whole groups of axes stay at 1: those the reader repeats itself.
std::optional<ValueId> Lowering::readAs(TensorId id, const Shape& from, const Shape& to,
                                        const AxisPlan& plan)
{
    if (from == to) {
        return read(id, plan.layout(to));
    }
    const auto axes = byAxes(layoutOf(id).order, from);
    if (!axes) {
        return std::nullopt;
    }
    ElementOrder order;
    for (std::size_t axis = 0; axis < to.size(); ++axis) {
        if (from[axis] == to[axis]) {
            order.insert(order.end(), (*axes)[axis].begin(), (*axes)[axis].end());
        } else {
            order.push_back({to[axis], 0});
        }
    }
    return rearranged(id, plan.layout(to), normalised(order));
}

/// A stage that copies the elements, which lie in `from` order, into the wanted one.
std::optional<ValueId> Lowering::rearranged(TensorId id, const ElementLayout& wanted,
                                            const ElementOrder& from)
{
    auto pairs = matched(wanted.order, from);
    if (!pairs) {
        return std::nullopt;
    }
    std::ranges::stable_sort(*pairs, std::greater<>(), &DigitPair::first);
    // Digits of rows and those inside a row stay apart, so that a row knows what it reads.
    const std::int64_t perRow = wanted.geometry.width * wanted.geometry.channels;
    ElementOrder rows, inside;
    for (const DigitPair& pair : *pairs) {
        const std::int64_t outer =
            pair.first >= perRow ? pair.extent
                                 : std::max<std::int64_t>(1, pair.extent * pair.first / perRow);
        if (pair.extent % outer != 0) {
            return std::nullopt;
        }
        const std::int64_t inner = pair.extent / outer;
        rows.push_back({outer, pair.second * inner});
        inside.push_back({inner, pair.second});
    }
    RearrangeOp op;
    for (const ElementOrder& part : {normalised(rows), normalised(inside)}) {
        for (const Digit& digit : part) {
            op.extents.push_back(digit.extent);
            op.strides.push_back(digit.stride);
        }
    }
    if (op.extents.size() > kMostAxes) {
        return std::nullopt;
    }
    if (op.extents.empty()) {
        op.extents = {1};
        op.strides = {1};
    }
    const ValueId source = viewOf(id).value;
    const auto [known, isNew] = m_rearranged.try_emplace(
        {source, op.extents, op.strides, wanted.geometry.rows, wanted.geometry.width},
        ValueId(m_network.values.size()));
    if (isNew) {
        Stage stage;
        stage.inputs = {source};
        stage.outputs = {newValue(id, wanted.geometry, nextStage())};
        noteOrder(m_network.values.back(), wanted.order);
        stage.op = std::move(op);
        m_network.stages.push_back(std::move(stage));
    }
    return known->second;
}

/// The tensor's value as it is, for readers that do not care.
ValueId Lowering::readAnyhow(TensorId id)
{
    (void)layoutOf(id);
    return viewOf(id).value;
}

} // namespace tidemark

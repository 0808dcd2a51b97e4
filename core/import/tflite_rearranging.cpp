// SPDX-License-Identifier: Apache-2.0
// TensorFlow Lite's operators that compute nothing: other shapes, parts, joints and padding.
#include "core/import/tflite_translator.h"

#include <limits>

namespace tidemark {

namespace {

/// An axis as options or a constant number it, from 0 to `rank`; nothing outside that.
std::optional<std::size_t> axisIn(std::int64_t axis, std::size_t rank)
{
    const auto count = static_cast<std::int64_t>(rank);
    const std::int64_t positive = axis < 0 ? axis + count : axis;
    return positive >= 0 && positive < count ? std::optional(static_cast<std::size_t>(positive))
                                             : std::nullopt;
}

} // namespace

/// Reshape, Squeeze and ExpandDims: the result's shape says it all.
bool TfliteTranslator::beReshape()
{
    keepInputs(1);
    m_op.attributes = ReshapeAttributes{true, *result().shape};
    return true;
}

bool TfliteTranslator::beSlice()
{
    const auto begin = integers(1);
    const auto size = integers(2);
    const Shape& input = shape(0);
    if (!begin || !size || begin->size() != input.size() || size->size() != input.size()) {
        return false;
    }
    SliceAttributes slice;
    slice.starts = begin;
    slice.ends = Integers();
    for (std::size_t i = 0; i < input.size(); ++i) {
        const bool isInside = (*begin)[i] >= 0 && (*begin)[i] <= input[i] && (*size)[i] >= -1 &&
                              (*size)[i] <= input[i];
        if (!isInside) {
            return false;
        }
        slice.ends->push_back((*size)[i] == -1 ? input[i] : (*begin)[i] + (*size)[i]);
    }
    keepInputs(1);
    m_op.attributes = slice;
    return true;
}

bool TfliteTranslator::beStridedSlice()
{
    const auto* options = m_source.options_as_StridedSliceOptions();
    const auto begin = integers(1);
    const auto end = integers(2);
    const auto steps = integers(3);
    const Shape& input = shape(0);
    if (!options || !begin || !end || !steps || options->ellipsis_mask() != 0 ||
        options->new_axis_mask() != 0 || options->offset() || begin->size() > input.size() ||
        end->size() != begin->size() || steps->size() != begin->size() || begin->size() > 31) {
        return false;
    }
    constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();
    SliceAttributes slice{Integers(), Integers(), Integers(), Integers()};
    Shape whole = input;
    for (std::size_t i = 0; i < begin->size(); ++i) {
        const auto isSet = [&](int mask) { return (mask >> i & 1) != 0; };
        const bool isForward = (*steps)[i] > 0;
        const bool shrinks = isSet(options->shrink_axis_mask());
        std::int64_t from = (*begin)[i];
        std::int64_t to = (*end)[i];
        if (shrinks) {
            from += from < 0 ? input[i] : 0;
            to = from + 1;
        } else {
            from = isSet(options->begin_mask()) ? (isForward ? 0 : kFar) : from;
            to = isSet(options->end_mask()) ? (isForward ? kFar : -kFar) : to;
        }
        slice.starts->push_back(from);
        slice.ends->push_back(to);
        slice.axes->push_back(static_cast<std::int64_t>(i));
        slice.steps->push_back(shrinks ? 1 : (*steps)[i]);
    }
    if (options->shrink_axis_mask() != 0) {
        // The cut has all axes; those of extent 1 that are shrunk away go with a reshape.
        Shape inside;
        std::size_t next = 0;
        for (std::size_t i = 0; i < input.size(); ++i) {
            const bool shrinks = i < 31 && (options->shrink_axis_mask() >> i & 1) != 0;
            if (!shrinks && next >= result().shape->size()) {
                return false;
            }
            inside.push_back(shrinks ? 1 : (*result().shape)[next++]);
        }
        reshapeOutput(0, std::move(inside));
    }
    keepInputs(1);
    m_op.attributes = slice;
    return true;
}

bool TfliteTranslator::beSplit(bool sizesGiven)
{
    const auto axis = integers(sizesGiven ? 2 : 0);
    const auto sizes = sizesGiven ? integers(1) : std::nullopt;
    if (!axis || axis->size() != 1 || (sizesGiven && !sizes)) {
        return false;
    }
    const std::optional<TensorId> input = m_op.inputs[sizesGiven ? 0 : 1];
    if (!input) {
        return false;
    }
    m_op.inputs = {input};
    m_op.attributes = SplitAttributes{axis->front(), sizes};
    return true;
}

bool TfliteTranslator::bePad()
{
    const auto pairs = integers(1);
    const std::size_t rank = shape(0).size();
    if (!pairs || pairs->size() != 2 * rank) {
        return false;
    }
    PadAttributes pad;
    pad.pads = Integers(2 * rank);
    for (std::size_t i = 0; i < rank; ++i) {
        (*pad.pads)[i] = (*pairs)[2 * i];
        (*pad.pads)[rank + i] = (*pairs)[2 * i + 1];
    }
    if (const auto* mirror = m_source.options_as_MirrorPadOptions()) {
        pad.mode = mirror->mode() == 0 ? "reflect" : "symmetric";
    } else if (m_entry.name == "MIRROR_PAD") {
        return false;
    }
    if (has(2)) { // PADV2
        const auto value = constantReals(tensor(2));
        if (!value || value->size() != 1) {
            return false;
        }
        const auto& q = tensor(2).quantization;
        pad.value = static_cast<float>(q ? (value->front() - q->zeroPoints[0]) *
                                               static_cast<double>(q->scales[0])
                                         : value->front());
    }
    keepInputs(1);
    m_op.attributes = pad;
    return true;
}

bool TfliteTranslator::beTranspose()
{
    const auto permutation = integers(1);
    if (!permutation) {
        return false;
    }
    keepInputs(1);
    m_op.attributes = TransposeAttributes{permutation};
    return true;
}

bool TfliteTranslator::beBlocks(int size)
{
    m_op.attributes = BlockAttributes{size, false};
    return true;
}

bool TfliteTranslator::beConcat()
{
    const auto* options = m_source.options_as_ConcatOptions();
    if (!options) {
        return false;
    }
    m_op.attributes = AxisAttributes{options->axis(), true, false};
    activate(options->activation());
    return true;
}

/// Joins its inputs along a new axis.
bool TfliteTranslator::bePack()
{
    const auto* options = m_source.options_as_PackOptions();
    const auto axis = options ? axisIn(options->axis(), result().shape->size()) : std::nullopt;
    if (!axis || !std::ranges::all_of(m_op.inputs, [](const auto& id) { return id.has_value(); })) {
        return false;
    }
    for (std::size_t i = 0; i < m_op.inputs.size(); ++i) {
        Shape piece = shape(i);
        if (piece.size() + 1 != result().shape->size()) {
            return false;
        }
        piece.insert(piece.begin() + static_cast<std::ptrdiff_t>(*axis), 1);
        reshapeInput(i, std::move(piece));
    }
    m_op.attributes = AxisAttributes{static_cast<std::int64_t>(*axis), true, false};
    return true;
}

/// Cuts its input along an axis that goes.
bool TfliteTranslator::beUnpack()
{
    const auto* options = m_source.options_as_UnpackOptions();
    const auto axis = options ? axisIn(options->axis(), shape(0).size()) : std::nullopt;
    if (!axis || shape(0)[*axis] != static_cast<std::int64_t>(m_op.outputs.size())) {
        return false;
    }
    Shape piece = shape(0);
    piece[*axis] = 1;
    for (std::size_t i = 0; i < m_op.outputs.size(); ++i) {
        reshapeOutput(i, piece);
    }
    m_op.attributes =
        SplitAttributes{static_cast<std::int64_t>(*axis), Integers(m_op.outputs.size(), 1)};
    return true;
}

/// A slice that runs backwards.
bool TfliteTranslator::beReverse()
{
    const auto axes = integers(1);
    if (!axes) {
        return false;
    }
    constexpr std::int64_t kFar = std::numeric_limits<std::int32_t>::max();
    const std::size_t count = axes->size();
    keepInputs(1);
    m_op.attributes =
        SliceAttributes{Integers(count, kFar), Integers(count, -kFar), axes, Integers(count, -1)};
    return true;
}

bool TfliteTranslator::beGather()
{
    const auto* options = m_source.options_as_GatherOptions();
    if (!options || options->batch_dims() != 0) {
        return false;
    }
    m_op.attributes = AxisAttributes{options->axis(), true, false};
    return true;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// Calls of kernels that move elements: concat, pad, rearrange, resize, argmax.
#include "core/execute/call_maker.h"

#include "core/lower/resize_source.h"

#include <bit>
#include <cstring>

namespace tidemark {

using calls::kLargest;
using calls::narrow;

namespace {

/// Where row `row` of a padded axis comes from; outside the input it is padding.
std::int64_t paddedSource(PadMode mode, std::int64_t row, std::int64_t extent)
{
    if (row >= 0 && row < extent) {
        return row;
    }
    switch (mode) {
    case PadMode::Edge:
        return row < 0 ? 0 : extent - 1;
    case PadMode::Reflect:
        return row < 0 ? -row : 2 * (extent - 1) - row;
    case PadMode::Constant:
        break;
    }
    return -1;
}

bool padsInside(PadMode mode, std::int64_t before, std::int64_t after, std::int64_t in,
                std::int64_t out)
{
    const std::int64_t most = mode == PadMode::Reflect ? in - 1 : kLargest / 2;
    return before >= 0 && after >= 0 && before <= most && after <= most &&
           in + before + after == out;
}

} // namespace

Status CallMaker::fill(const ConcatOp& op)
{
    const std::int64_t inputs = static_cast<std::int64_t>(m_stage.inputs.size());
    std::int64_t together = 0;
    for (std::size_t i = 0; i < m_stage.inputs.size(); ++i) {
        const Value& part = in(i);
        const std::int64_t extent = op.axis == ValueAxis::Rows    ? part.rows
                                    : op.axis == ValueAxis::Width ? part.width
                                                                  : part.channels;
        const bool fits = (op.axis == ValueAxis::Rows || part.rows == out().rows) &&
                          (op.axis == ValueAxis::Width || part.width == out().width) &&
                          (op.axis == ValueAxis::Channels || part.channels == out().channels) &&
                          part.type == out().type;
        if (!fits) {
            return contradiction("input " + std::to_string(i) + " of the concat");
        }
        const Status rows = op.axis == ValueAxis::Rows ? addInput(i, 1, 1, together) : addInput(i);
        if (!rows) {
            return rows;
        }
        together += extent;
    }
    const std::int64_t whole = op.axis == ValueAxis::Rows    ? out().rows
                               : op.axis == ValueAxis::Width ? out().width
                                                             : out().channels;
    if (together != whole) {
        return contradiction("the concat's extent");
    }
    setParams("tm_concat",
              tm_concat_params{nullptr, nullptr, narrow(inputs),
                               op.axis == ValueAxis::Channels ? narrow(out().width) : 1});
    if (auto status = addTable(DataType::Int32, inputs); !status) {
        return status;
    }
    const auto tables =
        std::count_if(m_stage.constants.begin(), m_stage.constants.end(),
                      [this](ConstantId id) { return m_network[id].role == ConstantRole::Table; });
    return tables > 1 ? addTable(DataType::UInt8, 256 * inputs)
                      : addConstant(std::nullopt, DataType::UInt8, 0);
}

Status CallMaker::fill(const PadOp& op)
{
    const std::int64_t bytes = elementBytes(out().type).count();
    if (in().type != out().type || bytes == 2 * 8 ||
        !padsInside(op.mode, op.rowsBefore, op.rowsAfter, in().rows, out().rows) ||
        !padsInside(op.mode, op.widthBefore, op.widthAfter, in().width, out().width) ||
        !padsInside(op.mode, op.channelsBefore, op.channelsAfter, in().channels, out().channels)) {
        return contradiction("the padding");
    }
    if (isInt8() && !sameQuantization(in().quantization, out().quantization)) {
        return contradiction("a pad that requantises");
    }
    tm_pad_params p{};
    p.mode = op.mode == PadMode::Constant ? TM_PAD_CONSTANT
             : op.mode == PadMode::Edge   ? TM_PAD_EDGE
                                          : TM_PAD_REFLECT;
    p.element_bytes = narrow(bytes);
    p.width = narrow(in().width);
    p.channels = narrow(in().channels);
    p.width_before = narrow(op.widthBefore);
    p.width_after = narrow(op.widthAfter);
    p.channels_before = narrow(op.channelsBefore);
    p.channels_after = narrow(op.channelsAfter);
    if (out().type == DataType::Float32) {
        p.low = std::bit_cast<std::int32_t>(op.value);
    } else if (out().type == DataType::Int8 || out().type == DataType::UInt8) {
        p.low = quantized(op.value, out().quantization, out().type);
    } else {
        const auto value = static_cast<std::int64_t>(op.value);
        p.low = static_cast<std::int32_t>(value);
        p.high = static_cast<std::int32_t>(value >> 32);
    }
    setParams("tm_pad", p);
    if (op.mode == PadMode::Constant) {
        return addInput(0, 1, 1, op.rowsBefore);
    }
    std::vector<std::int32_t> tops;
    for (std::int64_t row = 0; row < out().rows; ++row) {
        tops.push_back(narrow(paddedSource(op.mode, row - op.rowsBefore, in().rows)));
    }
    return addInput(0, 1, std::move(tops));
}

Status CallMaker::fill(const RearrangeOp& op)
{
    constexpr std::size_t kAxes = 6;
    std::int64_t least = op.offset;
    std::int64_t most = op.offset;
    std::int64_t elements = 1;
    bool sane = op.extents.size() == op.strides.size() && op.extents.size() <= kAxes &&
                in().type == out().type && op.offset >= 0 && op.offset <= kLargest;
    for (std::size_t axis = 0; sane && axis < op.extents.size(); ++axis) {
        const std::int64_t extent = op.extents[axis];
        const std::int64_t stride = op.strides[axis];
        sane = extent >= 1 && extent <= kLargest && stride >= -kLargest && stride <= kLargest;
        if (sane) {
            (stride < 0 ? least : most) += (extent - 1) * stride;
            elements = checkedProduct(elements, extent).value_or(0);
            sane = most <= kLargest && least >= 0 && elements > 0;
        }
    }
    if (!sane || elements != out().elements() || most >= in().elements()) {
        return contradiction("the rearrangement");
    }
    std::int64_t count = 1;
    std::vector<std::int32_t> tops;
    for (std::int64_t row = 0; row < out().rows; ++row) {
        const RowRange range = inputRows(m_network, m_stage, 0, row);
        count = std::max(count, range.size());
        tops.push_back(narrow(range.begin));
    }
    if (auto status =
            calls::firstError({addInput(0, count, std::move(tops)), addRecord(DataType::Int32, 2)});
        !status) {
        return status;
    }
    std::array<std::int32_t, kAxes> extents{1, 1, 1, 1, 1, 1};
    std::array<std::int32_t, kAxes> strides{};
    const std::size_t skip = kAxes - op.extents.size();
    for (std::size_t axis = 0; axis < op.extents.size(); ++axis) {
        extents[skip + axis] = narrow(op.extents[axis]);
        strides[skip + axis] = narrow(op.strides[axis]);
    }
    setParams("tm_rearrange",
              tm_rearrange_params{narrow(elementBytes(out().type).count()), narrow(count),
                                  narrow(in().rowElements()), narrow(out().rowElements()),
                                  narrow(op.offset), extents[0], extents[1], extents[2], extents[3],
                                  extents[4], extents[5], strides[0], strides[1], strides[2],
                                  strides[3], strides[4], strides[5]});
    return Done{};
}

Status CallMaker::fill(const ResizeOp& op)
{
    if (in().type != out().type || in().channels != out().channels || !(op.rowScale > 0) ||
        !(op.widthScale > 0) || !sameQuantization(in().quantization, out().quantization)) {
        return contradiction("the resize");
    }
    std::vector<std::int32_t> first, second;
    for (std::int64_t row = 0; row < out().rows; ++row) {
        const auto source = resizeSource(op, op.rowScale, in().rows, out().rows, row);
        first.push_back(narrow(source.first));
        second.push_back(narrow(source.second));
    }
    const std::int64_t width = out().width;
    if (op.mode == ResizeMode::Nearest) {
        const std::int64_t pixel = out().channels * elementBytes(out().type).count();
        setParams("tm_resize_nearest",
                  tm_resize_nearest_params{nullptr, narrow(width), narrow(pixel)});
        return calls::firstError(
            {addInput(0, 1, std::move(first)), addTable(DataType::Int32, width)});
    }
    const DataType shares = isInt8() ? DataType::Int32 : DataType::Float32;
    if (auto status = calls::firstError({checkTypes(), addInput(0, 1, std::move(first)),
                                         addInput(0, 1, std::move(second)),
                                         addTable(DataType::Int32, 2 * width)});
        !status) {
        return status;
    }
    if (isInt8()) {
        setParams("tm_resize_s8",
                  tm_resize_s8_params{nullptr, nullptr, narrow(width), narrow(out().channels)});
    } else {
        setParams("tm_resize_f32",
                  tm_resize_f32_params{nullptr, nullptr, narrow(width), narrow(out().channels)});
    }
    if (auto status = addTable(shares, width); !status) {
        return status;
    }
    return addRecord(shares, 1);
}

Status CallMaker::fill(const ArgMaxOp& op)
{
    const bool fits = out().rows == (op.axis == ValueAxis::Rows ? 1 : in().rows) &&
                      out().width == (op.axis == ValueAxis::Width ? 1 : in().width) &&
                      out().channels == (op.axis == ValueAxis::Channels ? 1 : in().channels);
    const std::int64_t bytes = elementBytes(out().type).count();
    if (!fits) {
        return contradiction("the argmax");
    }
    if ((out().type != DataType::Int32 && out().type != DataType::Int64) ||
        (in().type != DataType::Float32 && in().type != DataType::Int8)) {
        return noKernel();
    }
    const std::int32_t axis = op.axis == ValueAxis::Rows    ? TM_OVER_ROWS
                              : op.axis == ValueAxis::Width ? TM_OVER_WIDTH
                                                            : TM_OVER_CHANNELS;
    const auto set = [&](auto p) {
        p.axis = axis;
        p.in_rows = axis == TM_OVER_ROWS ? narrow(in().rows) : 1;
        p.width = narrow(in().width);
        p.channels = narrow(in().channels);
        p.last = op.lastIndex ? 1 : 0;
        p.smallest = op.smallest ? 1 : 0;
        p.out_bytes = narrow(bytes);
        return p;
    };
    if (in().type == DataType::Int8) {
        setParams("tm_argmax_s8", set(tm_argmax_s8_params{}));
    } else {
        setParams("tm_argmax_f32", set(tm_argmax_f32_params{}));
    }
    return axis == TM_OVER_ROWS ? addWhole(0) : addInput(0);
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/network.h"
#include "core/lower/resize_source.h"

#include <algorithm>

namespace tidemark {

namespace {

/// Rows under rows `out` of a window, of an input of `rows` rows. Dilation leaves holes, which
/// count as read: the kernel gets pointers to all rows between the first and the last.
RowRange underWindow(const Window& window, RowRange out, std::int64_t rows)
{
    const std::int64_t reach = (window.kernelH - 1) * window.dilationH + 1;
    const std::int64_t begin = out.begin * window.strideH - window.padTop;
    const std::int64_t end = (out.end - 1) * window.strideH - window.padTop + reach;
    const std::int64_t first = std::clamp<std::int64_t>(begin, 0, rows);
    return {first, std::clamp(end, first, rows)};
}

/// Of rows `out` of a window, those that see any row at all and not just padding.
RowRange seeing(const Window& window, RowRange out, std::int64_t rows)
{
    const std::int64_t reach = (window.kernelH - 1) * window.dilationH + 1;
    const std::int64_t stride = window.strideH;
    const std::int64_t inFront = window.padTop < reach ? 0 : (window.padTop - reach) / stride + 1;
    const std::int64_t behind = (rows + window.padTop + stride - 1) / stride;
    const std::int64_t begin = std::max(out.begin, inFront);
    return {begin, std::max(begin, std::min(out.end, behind))};
}

/// Answers for one stage, one input, one output row; one function per StageOp.
class Reader {
public:
    Reader(const Network& network, const Stage& stage, std::size_t input, std::int64_t row)
        : m_network(network), m_stage(stage), m_input(input),
          m_rows(network[stage.inputs[input]].rows), m_row{row, row + 1}
    {
    }

    RowRange operator()(const ConvOp& op) const
    {
        if (m_input > 0) {
            return m_row; // the residual
        }
        const RowRange wanted = op.pool ? underWindow(*op.pool, m_row, op.convRows) : m_row;
        const RowRange convRows = seeing(op.window, wanted, m_rows);
        return convRows.size() > 0 ? underWindow(op.window, convRows, m_rows) : RowRange{};
    }
    RowRange operator()(const MaxPoolOp& op) const { return underWindow(op.window, m_row, m_rows); }
    RowRange operator()(const AveragePoolOp& op) const
    {
        return underWindow(op.window, m_row, m_rows);
    }
    RowRange operator()(const ReduceOp& op) const { return op.rows ? whole() : m_row; }
    RowRange operator()(const FullyConnectedOp&) const { return whole(); }
    RowRange operator()(const MatMulOp&) const { return m_input == 0 ? m_row : whole(); }
    RowRange operator()(const ClampOp&) const { return m_row; }
    RowRange operator()(const UnaryOp&) const { return m_row; }
    RowRange operator()(const PReluOp&) const { return m_row; }
    RowRange operator()(const SoftmaxOp&) const { return m_row; }
    RowRange operator()(const BinaryOp&) const { return m_rows == 1 ? RowRange{0, 1} : m_row; }
    RowRange operator()(const ConcatOp& op) const;
    RowRange operator()(const PadOp& op) const;
    RowRange operator()(const RearrangeOp& op) const;
    RowRange operator()(const ResizeOp& op) const
    {
        const auto at = resizeSource(op, op.rowScale, m_rows, output().rows, m_row.begin);
        return {at.first, at.second + 1};
    }
    RowRange operator()(const ArgMaxOp& op) const
    {
        return op.axis == ValueAxis::Rows ? whole() : m_row;
    }
    RowRange operator()(const PlanOnlyOp&) const { return whole(); }

private:
    RowRange whole() const { return {0, m_rows}; }
    const Value& output() const { return m_network[m_stage.outputs.front()]; }

    const Network& m_network;
    const Stage& m_stage;
    std::size_t m_input;
    std::int64_t m_rows; ///< of the input
    RowRange m_row;      ///< of the output
};

RowRange Reader::operator()(const ConcatOp& op) const
{
    if (op.axis != ValueAxis::Rows) {
        return m_row;
    }
    std::int64_t first = 0;
    for (std::size_t i = 0; i < m_input; ++i) {
        first += m_network[m_stage.inputs[i]].rows;
    }
    const std::int64_t row = m_row.begin - first;
    return row >= 0 && row < m_rows ? RowRange{row, row + 1} : RowRange{};
}

RowRange Reader::operator()(const PadOp& op) const
{
    std::int64_t row = m_row.begin - op.rowsBefore;
    if (row < 0 || row >= m_rows) {
        switch (op.mode) {
        case PadMode::Constant:
            return {};
        case PadMode::Edge:
            row = std::clamp<std::int64_t>(row, 0, m_rows - 1);
            break;
        case PadMode::Reflect: // at most m_rows - 1 rows of padding
            row = row < 0 ? -row : 2 * (m_rows - 1) - row;
            break;
        }
    }
    return {row, row + 1};
}

RowRange Reader::operator()(const RearrangeOp& op) const
{
    // Leading axes whose product is the number of rows say which row it is; where no such split
    // exists a row straddles them and all of the input counts as read.
    std::size_t axes = 0;
    std::int64_t rows = 1;
    while (axes < op.extents.size() && rows < output().rows) {
        rows *= op.extents[axes++];
    }
    if (rows != output().rows) {
        return whole();
    }
    std::int64_t first = op.offset;
    std::int64_t rest = m_row.begin;
    for (std::size_t axis = axes; axis-- > 0;) {
        first += rest % op.extents[axis] * op.strides[axis];
        rest /= op.extents[axis];
    }
    std::int64_t last = first;
    for (std::size_t axis = axes; axis < op.extents.size(); ++axis) {
        const std::int64_t reach = (op.extents[axis] - 1) * op.strides[axis];
        (reach < 0 ? first : last) += reach;
    }
    const std::int64_t perRow = m_network[m_stage.inputs[m_input]].rowElements();
    return {first / perRow, last / perRow + 1};
}

} // namespace

RowRange inputRows(const Network& network, const Stage& stage, std::size_t inputIndex,
                   std::int64_t outputRow)
{
    return std::visit(Reader(network, stage, inputIndex, outputRow), stage.op);
}

} // namespace tidemark

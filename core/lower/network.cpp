// SPDX-License-Identifier: Apache-2.0
#include "core/lower/network.h"

#include <algorithm>

namespace tidemark {

namespace {

std::string activationText(const Activation& activation)
{
    if (activation == Activation{}) {
        return "";
    }
    if (activation == Activation{0, Activation{}.max}) {
        return "relu";
    }
    return activation == Activation{0, 6} ? "relu6" : "clip";
}

std::string joined(const std::string& kind, const Activation& activation)
{
    const std::string suffix = activationText(activation);
    return suffix.empty() ? kind : kind + "+" + suffix;
}

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

struct KindText {
    std::string operator()(const ConvOp& conv) const
    {
        const std::string kind = conv.groups > 1 ? "grouped conv" : "conv";
        return joined(kind, conv.activation) + (conv.pool ? "+maxpool" : "");
    }
    std::string operator()(const MaxPoolOp&) const { return "maxpool"; }
    std::string operator()(const FullyConnectedOp& op) const
    {
        return joined("fully connected", op.activation);
    }
    std::string operator()(const ClampOp& op) const
    {
        return op.activation == Activation{} ? "clip" : activationText(op.activation);
    }
    std::string operator()(const PlanOnlyOp& op) const { return printable(op.typeName); }
};

} // namespace

std::string Stage::kindText() const
{
    return std::visit(KindText{}, op);
}

std::int64_t Network::macs() const
{
    std::int64_t sum = 0;
    for (const Stage& stage : stages) {
        sum += stage.macs;
    }
    return sum;
}

std::int64_t Network::parameters() const
{
    std::int64_t sum = 0;
    for (const Constant& constant : constants) {
        sum += elementCount(constant.shape).value_or(0);
    }
    return sum;
}

Bytes Network::parameterBytes() const
{
    Bytes sum;
    for (const Constant& constant : constants) {
        sum += constant.bytes();
    }
    return sum;
}

RowRange inputRows(const Network& network, const Stage& stage, std::size_t inputIndex,
                   std::int64_t outputRow)
{
    const std::int64_t rows = network[stage.inputs[inputIndex]].rows;
    const RowRange row{outputRow, outputRow + 1};
    if (const auto* conv = std::get_if<ConvOp>(&stage.op)) {
        const RowRange wanted = conv->pool ? underWindow(*conv->pool, row, conv->convRows) : row;
        const RowRange convRows = seeing(conv->window, wanted, rows);
        return convRows.size() > 0 ? underWindow(conv->window, convRows, rows) : RowRange{};
    }
    if (const auto* pool = std::get_if<MaxPoolOp>(&stage.op)) {
        return underWindow(pool->window, row, rows);
    }
    return std::holds_alternative<ClampOp>(stage.op) ? row : RowRange{0, rows};
}

} // namespace tidemark

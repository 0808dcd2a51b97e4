// SPDX-License-Identifier: Apache-2.0
// Calls of kernels that slide a window: convolutions and pools.
#include "core/execute/call_maker.h"

namespace tidemark {

using calls::kLargest;
using calls::narrow;

namespace {

/// Extents of a window along one axis.
struct Axis {
    std::int64_t kernel, stride, dilation, padBefore, padAfter;

    std::int64_t span() const { return (kernel - 1) * dilation + 1; }

    /// Every number, and every index the window can reach, stays well within 32 bits.
    bool isSane(std::int64_t outputs) const
    {
        for (const std::int64_t n : {kernel, stride, dilation}) {
            if (n < 1 || n > kLargest / 4) {
                return false;
            }
        }
        for (const std::int64_t n : {padBefore, padAfter}) {
            if (n < 0 || n > kLargest / 4) {
                return false;
            }
        }
        const auto taps = checkedProduct(kernel - 1, dilation);
        const auto starts = checkedProduct(outputs - 1, stride);
        return taps && starts && *taps < kLargest / 4 && *starts < kLargest / 4;
    }
    /// The last window ends inside the padded input.
    bool endsInside(std::int64_t outputs, std::int64_t inputs) const
    {
        return (outputs - 1) * stride + span() <= inputs + padBefore + padAfter;
    }
    /// The last window begins inside it: pools rounded up may hang over.
    bool beginsInside(std::int64_t outputs, std::int64_t inputs) const
    {
        return (outputs - 1) * stride < inputs + padBefore + padAfter;
    }
};

Axis rowsOf(const Window& w)
{
    return {w.kernelH, w.strideH, w.dilationH, w.padTop, w.padBottom};
}
Axis columnsOf(const Window& w)
{
    return {w.kernelW, w.strideW, w.dilationW, w.padLeft, w.padRight};
}
bool isSane(const Window& window, std::int64_t rows, std::int64_t width)
{
    return rowsOf(window).isSane(rows) && columnsOf(window).isSane(width);
}

} // namespace

template <class P> void CallMaker::setWindow(P& p, const Window& w)
{
    p.kernel_h = narrow(w.kernelH);
    p.kernel_w = narrow(w.kernelW);
    p.stride_h = narrow(w.strideH);
    p.stride_w = narrow(w.strideW);
    p.dilation_h = narrow(w.dilationH);
    p.dilation_w = narrow(w.dilationW);
    p.pad_left = narrow(w.padLeft);
}

template <class P> void CallMaker::setConv(P& p, const ConvOp& op) const
{
    const Window& w = op.window;
    const Window pool = op.pool.value_or(Window{});
    p.in_width = narrow(in().width);
    p.in_channels = narrow(in().channels);
    p.out_width = narrow(out().width);
    p.out_channels = narrow(out().channels);
    p.groups = narrow(op.groups);
    setWindow(p, w);
    p.pool_h = narrow(pool.kernelH);
    p.pool_w = narrow(pool.kernelW);
    p.pool_stride_h = narrow(pool.strideH);
    p.pool_stride_w = narrow(pool.strideW);
    p.pool_dilation_h = narrow(pool.dilationH);
    p.pool_dilation_w = narrow(pool.dilationW);
    p.residual = op.residual ? m_call.inputs.front().window.count : 0;
}

template <class P> void CallMaker::setPool(P& p, const Window& w) const
{
    p.in_width = narrow(in().width);
    p.channels = narrow(in().channels);
    p.out_width = narrow(out().width);
    setWindow(p, w);
}

Status CallMaker::checkConv(const ConvOp& op) const
{
    const Window& w = op.window;
    const Window pool = op.pool.value_or(Window{});
    const std::int64_t convRows = op.pool ? op.convRows : out().rows;
    const std::int64_t convWidth = op.pool ? op.convWidth : out().width;
    if (convRows < 1 || convWidth < 1 || convRows > kLargest || convWidth > kLargest ||
        !isSane(w, convRows, convWidth) || !isSane(pool, out().rows, out().width) ||
        !rowsOf(w).endsInside(convRows, in().rows) ||
        !columnsOf(w).endsInside(convWidth, in().width)) {
        return contradiction("the convolution's window");
    }
    if (pool.padTop + pool.padLeft + pool.padBottom + pool.padRight != 0 ||
        !rowsOf(pool).endsInside(out().rows, convRows) ||
        !columnsOf(pool).endsInside(out().width, convWidth) || (op.pool && op.residual)) {
        return contradiction("the fused pool's window");
    }
    if (op.groups < 1 || in().channels % op.groups != 0 || out().channels % op.groups != 0) {
        return contradiction("the number of groups");
    }
    if (op.residual && (in(1).rows != out().rows || in(1).width != out().width ||
                        in(1).channels != out().channels)) {
        return contradiction("the residual");
    }
    return Done{};
}

Status CallMaker::addConvInputs(const ConvOp& op)
{
    const Window& w = op.window;
    const Window pool = op.pool.value_or(Window{});
    const auto step = checkedProduct(w.strideH, pool.strideH);
    const auto reach = checkedProduct(rowsOf(pool).span() - 1, w.strideH);
    if (!step || *step > kLargest || !reach || *reach > kLargest) {
        return contradiction("the product of the strides");
    }
    const Status rows = addInput(0, *reach + rowsOf(w).span(), *step, w.padTop);
    return rows && op.residual ? addInput(1) : rows;
}

tm_add_s8_scales CallMaker::sumFields(const std::optional<Quantization>& a,
                                      const std::optional<Quantization>& b,
                                      const Activation& activation) const
{
    const SumScales scales = sumScales(a, b, out().quantization);
    const StoredRange range = storedRange(activation, out().quantization);
    return {-zeroPointOf(a),
            scales.a.multiplier,
            scales.a.shift,
            -zeroPointOf(b),
            scales.b.multiplier,
            scales.b.shift,
            scales.output.multiplier,
            scales.output.shift,
            zeroPointOf(out().quantization),
            range.min,
            range.max};
}

Status CallMaker::fill(const ConvOp& op)
{
    if (auto status = calls::firstError({checkTypes(), checkConv(op)}); !status) {
        return status;
    }
    const auto taps = checkedProduct(op.window.kernelH, op.window.kernelW);
    const auto filter = taps ? checkedProduct(*taps, in().channels / op.groups) : std::nullopt;
    const auto weights = filter ? checkedProduct(*filter, out().channels) : std::nullopt;
    if (!weights || *weights > kLargest) {
        return contradiction("the number of weights");
    }
    if (auto status = calls::firstError(
            {addConvInputs(op), addWeights(op.weights, *weights, op.bias, out().channels)});
        !status) {
        return status;
    }
    if (!isInt8()) {
        tm_conv_f32_params p{};
        setConv(p, op);
        const Activation sum = op.residual ? op.residual->activation : Activation{};
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        p.sum_act_min = sum.min;
        p.sum_act_max = sum.max;
        setParams("tm_conv_f32", p);
        return Done{};
    }
    tm_conv_s8_params p{};
    const auto& result = op.residual ? op.residual->quantization : out().quantization;
    const StoredRange range = storedRange(op.activation, result);
    setConv(p, op);
    p.in_offset = -zeroPointOf(in().quantization);
    p.weight_offset = -zeroPointOf(m_network[op.weights].quantization);
    p.out_offset = zeroPointOf(result);
    p.act_min = range.min;
    p.act_max = range.max;
    if (op.residual) {
        p.sum = sumFields(result, in(1).quantization, op.residual->activation);
    }
    Status scales = addScales(out().channels, p.scale_step);
    setParams("tm_conv_s8", p);
    return scales;
}

Status CallMaker::checkPool(const Window& w) const
{
    if (!isSane(w, out().rows, out().width) || !rowsOf(w).beginsInside(out().rows, in().rows) ||
        !columnsOf(w).beginsInside(out().width, in().width) || in().channels != out().channels) {
        return contradiction("the pool's window");
    }
    return checkTypes();
}

Status CallMaker::fill(const MaxPoolOp& op)
{
    if (auto status = checkPool(op.window); !status) {
        return status;
    }
    if (!isInt8()) {
        tm_maxpool_f32_params p{};
        setPool(p, op.window);
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        setParams("tm_maxpool_f32", p);
    } else {
        if (!sameQuantization(in().quantization, out().quantization)) {
            return contradiction("a max-pool that requantises");
        }
        tm_maxpool_s8_params p{};
        const StoredRange range = storedRange(op.activation, out().quantization);
        setPool(p, op.window);
        p.act_min = range.min;
        p.act_max = range.max;
        setParams("tm_maxpool_s8", p);
    }
    return addInput(0, rowsOf(op.window).span(), op.window.strideH, op.window.padTop);
}

Status CallMaker::fill(const AveragePoolOp& op)
{
    const Window& w = op.window;
    if (auto status = calls::firstError({checkPool(w), checkSum(w.kernelH * w.kernelW)}); !status) {
        return status;
    }
    if (op.countPad && !rowsOf(w).endsInside(out().rows, in().rows)) {
        return problem("an average that counts padding under windows that hang over has no kernel",
                       "export it without ceil_mode");
    }
    const auto set = [&](auto& p) {
        setPool(p, w);
        p.count_pad = op.countPad ? 1 : 0;
        p.pad_right = narrow(w.padRight);
    };
    if (!isInt8()) {
        tm_avgpool_f32_params p{};
        set(p);
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        setParams("tm_avgpool_f32", p);
    } else {
        tm_avgpool_s8_params p{};
        const StoredRange range = storedRange(op.activation, out().quantization);
        set(p);
        p.in_offset = -zeroPointOf(in().quantization);
        p.act_min = range.min;
        p.act_max = range.max;
        if (!sameQuantization(in().quantization, out().quantization)) {
            const FixedPoint factor =
                fixedPoint(scaleOf(in().quantization) / scaleOf(out().quantization));
            p.multiplier = factor.multiplier;
            p.shift = factor.shift;
            p.out_offset = zeroPointOf(out().quantization);
        }
        setParams("tm_avgpool_s8", p);
    }
    return addInput(0, rowsOf(w).span(), w.strideH, w.padTop);
}

} // namespace tidemark

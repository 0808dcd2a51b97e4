// SPDX-License-Identifier: Apache-2.0
#include "tests/core/cost/more_networks.h"

#include <functional>

namespace tidemark::test {

namespace {

struct Pads {
    std::int64_t before, after;
};

/// As TensorFlow's SAME does: what is odd comes last.
Pads samePads(std::int64_t extent, std::int64_t kernel, std::int64_t stride)
{
    const std::int64_t all =
        std::max<std::int64_t>(0, ((extent + stride - 1) / stride - 1) * stride + kernel - extent);
    return {all / 2, all - all / 2};
}

Network sameConv(Maker& m, const Extents& in, const Window& window, std::int64_t outputs,
                 bool depthwise, bool oneScale)
{
    const Pads rows = samePads(in.rows, window.kernelH, window.strideH);
    const Pads columns = samePads(in.width, window.kernelW, window.strideW);
    ConvOp op;
    op.window = window;
    op.window.padTop = rows.before;
    op.window.padBottom = rows.after;
    op.window.padLeft = columns.before;
    op.window.padRight = columns.after;
    op.groups = depthwise ? in.channels : 1;
    op.convRows = (in.rows + window.strideH - 1) / window.strideH;
    op.convWidth = (in.width + window.strideW - 1) / window.strideW;
    op.activation = {0, Activation{}.max};
    const std::int64_t channels = depthwise ? in.channels : outputs;
    const ValueId from = m.input(in.rows, in.width, in.channels);
    op.weights =
        m.weights({channels, window.kernelH, window.kernelW, in.channels / op.groups}, oneScale);
    op.bias = m.bias(channels);
    return m.finish(op, {from}, m.output(op.convRows, op.convWidth, channels),
                    {op.weights, *op.bias});
}

Network wideDepthwise(Maker& m)
{
    const Extents in{m.range(3, 7), m.range(4, 9), m.pick({16, 32, 64})};
    const std::int64_t stride = m.pick({1, 1, 2});
    return sameConv(m, in, Window{3, 3, stride, stride}, 0, true, false);
}

Network evenConv(Maker& m)
{
    const Extents in{m.pick({4, 6, 8}), m.pick({4, 6, 8, 10}), m.pick({3, 8, 16, 16, 32})};
    const std::int64_t stride = m.pick({1, 2, 2}); // one by one: arguments have no order
    const std::int64_t outputs = m.pick({8, 16});
    return sameConv(m, in, Window{3, 3, stride, stride}, outputs, false, m.chance(4));
}

Network wideConv(Maker& m)
{
    const Extents in{m.range(2, 5), m.range(3, 6), m.pick({16, 32, 64})};
    const std::int64_t outputs = m.pick({16, 32, 64});
    return sameConv(m, in, Window{1, 1}, outputs, false, m.chance(4));
}

/// First layers: sound and grey pictures.
Network oneChannelConv(Maker& m)
{
    const Extents in{m.range(8, 16), m.range(6, 14), 1};
    Window window{m.pick({3, 5, 8, 10}), m.pick({3, 4, 5})};
    window.strideH = window.strideW = m.pick({1, 2, 2});
    const std::int64_t outputs = m.pick({8, 16, 24});
    return sameConv(m, in, window, outputs, false, false);
}

Network globalPool(Maker& m)
{
    const Extents in{m.range(4, 12), m.range(4, 8), m.pick({16, 32, 64})};
    const Window w{in.rows, in.width, in.rows, in.width};
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(AveragePoolOp{w, false, {}}, {from}, m.output(1, 1, in.channels, from));
}

Extents anyExtents(Maker& m)
{
    return {m.range(2, 8), m.range(2, 8), m.pick({3, 4, 8, 12, 16})};
}

Network matMul(Maker& m)
{
    const std::int64_t rows = m.range(2, 8), inputs = m.range(4, 24), outputs = m.range(4, 24);
    const ValueId from = m.input(rows, 1, inputs);
    MatMulOp op;
    if (m.chance()) {
        op.transposeB = m.chance();
        const ValueId other =
            op.transposeB ? m.input(outputs, 1, inputs) : m.input(inputs, 1, outputs);
        return m.finish(op, {from, other}, m.output(rows, 1, outputs));
    }
    op.weights = m.weights({outputs, inputs}, m.chance());
    op.bias = m.bias(outputs);
    return m.finish(op, {from}, m.output(rows, 1, outputs), {*op.weights, *op.bias});
}

Network oneScaleProduct(Maker& m)
{
    const std::int64_t inputs = m.range(8, 128), outputs = m.range(2, 24);
    FullyConnectedOp op;
    const ValueId from = m.input(1, 1, inputs);
    op.weights = m.weights({outputs, inputs}, true);
    op.bias = m.bias(outputs);
    return m.finish(op, {from}, m.output(1, 1, outputs), {op.weights, *op.bias});
}

Network binary(Maker& m)
{
    const Extents in = anyExtents(m);
    BinaryOp op;
    op.function = static_cast<BinaryFunction>(m.range(1, 5));
    const ValueId a = m.input(in.rows, in.width, in.channels);
    const bool small = m.chance(4); // one value for each channel
    const ValueId b = small ? m.input(1, 1, in.channels) : m.input(in.rows, in.width, in.channels);
    return m.finish(op, {a, b}, m.output(in.rows, in.width, in.channels));
}

Network reduction(Maker& m)
{
    const Extents in = anyExtents(m);
    ReduceOp op;
    op.kind = static_cast<Reduction>(m.range(0, 3));
    op.rows = m.chance();
    op.width = !op.rows || m.chance();
    op.channels = m.chance(3);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    const bool picks = op.kind == Reduction::Max || op.kind == Reduction::Min;
    return m.finish(op, {from},
                    m.output(op.rows ? 1 : in.rows, op.width ? 1 : in.width,
                             op.channels ? 1 : in.channels,
                             picks ? std::optional(from) : std::nullopt));
}

Network concat(Maker& m)
{
    const Extents in = anyExtents(m);
    const std::int64_t more = m.range(1, 6);
    const bool wide = m.chance();
    const ValueId a = m.input(in.rows, in.width, in.channels);
    const ValueId b = wide ? m.input(in.rows, more, in.channels) : m.input(in.rows, in.width, more);
    return m.finish(
        ConcatOp{wide ? ValueAxis::Width : ValueAxis::Channels}, {a, b},
        m.output(in.rows, in.width + (wide ? more : 0), in.channels + (wide ? 0 : more), a));
}

Network padded(Maker& m)
{
    const Extents in = anyExtents(m);
    PadOp op;
    op.rowsBefore = m.range(0, 1);
    op.rowsAfter = m.range(0, 2);
    op.widthBefore = m.range(0, 1);
    op.widthAfter = m.range(1, 2);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(op, {from},
                    m.output(in.rows + op.rowsBefore + op.rowsAfter,
                             in.width + op.widthBefore + op.widthAfter, in.channels, from));
}

Network resized(Maker& m)
{
    const Extents in = anyExtents(m);
    ResizeOp op;
    op.mode = m.chance() ? ResizeMode::Nearest : ResizeMode::Linear;
    op.rowScale = op.widthScale = 2;
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(op, {from}, m.output(2 * in.rows, 2 * in.width, in.channels, from));
}

Network argMax(Maker& m)
{
    const Extents in = anyExtents(m);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(ArgMaxOp{}, {from}, m.valueOf(DataType::Int64, in.rows, in.width, 1, 1));
}

Network logSoftmax(Maker& m)
{
    const std::int64_t channels = m.range(2, 24);
    const ValueId from = m.input(1, 1, channels);
    const ValueId to = m.value(1, 1, channels, 1.0F / 16);
    m.setZeroPoint(to, 127);
    return m.finish(SoftmaxOp{1, true}, {from}, to);
}

Network unary(Maker& m)
{
    const Extents in = anyExtents(m);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    const UnaryFunction functions[] = {UnaryFunction::LeakyRelu, UnaryFunction::Sigmoid,
                                       UnaryFunction::HardSwish, UnaryFunction::Exp,
                                       UnaryFunction::Elu};
    return m.finish(UnaryOp{functions[m.range(0, 4)], 0.1F, 0}, {from},
                    m.output(in.rows, in.width, in.channels));
}

/// To the other type.
Network converted(Maker& m)
{
    const Extents in = anyExtents(m);
    const DataType other = m.int8() ? DataType::Float32 : DataType::Int8;
    const ValueId from = m.valueOf(other, in.rows, in.width, in.channels, 0.05F);
    m.addInput(from);
    return m.finish(UnaryOp{}, {from}, m.output(in.rows, in.width, in.channels));
}

Network prelu(Maker& m)
{
    const Extents in = anyExtents(m);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    const PReluOp op{m.weights({1, 1, in.channels}, true)};
    return m.finish(op, {from}, m.output(in.rows, in.width, in.channels), {op.slope});
}

} // namespace

Network anotherNetwork(Maker& maker, unsigned k)
{
    constexpr unsigned kMixed = 160;
    using Make = Network (*)(Maker&);
    static constexpr Make kMakers[] = {
        wideDepthwise, evenConv,   globalPool, binary,          matMul,        wideDepthwise,
        evenConv,      wideConv,   concat,     oneScaleProduct, wideDepthwise, evenConv,
        reduction,     padded,     resized,    argMax,          wideDepthwise, globalPool,
        binary,        logSoftmax, unary,      converted,       prelu,         wideConv};
    return k < kMixed ? kMakers[k % std::size(kMakers)](maker) : oneChannelConv(maker);
}

} // namespace tidemark::test

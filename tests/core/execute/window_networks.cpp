// SPDX-License-Identifier: Apache-2.0
// Stages that sum over windows and whole axes.
#include "network_maker.h"

namespace tidemark::handmade {

namespace {

void makeConv(Maker& m, bool depthwise, bool pooled, bool residual)
{
    ConvOp op;
    op.window = m.window(true, true);
    op.groups = depthwise ? m.channels() : 1;
    const std::int64_t outputs = op.groups * m.range(1, depthwise ? 2 : 5);
    op.activation = m.activation();
    op.convRows = m.outRows(op.window);
    op.convWidth = m.outWidth(op.window);
    std::int64_t rows = op.convRows;
    std::int64_t width = op.convWidth;
    const ValueId in = m.addInput();
    if (pooled && rows >= 2 && width >= 2) {
        op.pool = Window{2, 2, 2, 2};
        rows /= 2;
        width /= 2;
    }
    std::vector<ValueId> inputs{in};
    if (residual) {
        inputs.push_back(m.addInput(rows, width, outputs));
        op.residual = ResidualAdd{std::nullopt, m.activation()};
        if (m.int8()) {
            op.residual->quantization = m.quantization();
        }
    }
    op.weights =
        m.addWeights({outputs, op.window.kernelH, op.window.kernelW, m.channels() / op.groups});
    op.bias = m.addBias(outputs);
    m.addStage(op, inputs, m.addOutput(rows, width, outputs), {op.weights, op.bias});
}

void makePool(Maker& m, bool average)
{
    const Window window = m.window(!average, true);
    const ValueId in = m.addInput();
    StageOp op = MaxPoolOp{window, m.activation()};
    std::optional<Quantization> q = m.quantizationOf(in);
    if (average) {
        op = AveragePoolOp{window, m.chance(), m.activation()};
        q = m.chance() ? q : std::nullopt;
    }
    m.addStage(op, {in}, m.addOutput(m.outRows(window), m.outWidth(window), m.channels(), q));
}

void makeReduction(Maker& m, Reduction kind, bool roundsMean)
{
    ReduceOp op;
    op.kind = kind;
    op.roundsMean = roundsMean;
    op.rows = m.chance();
    op.width = m.chance();
    op.channels = m.chance(3);
    op.rows = op.rows || !(op.width || op.channels);
    const ValueId in = m.addInput();
    const bool compares = kind == Reduction::Max || kind == Reduction::Min;
    const auto q = compares || m.chance() ? m.quantizationOf(in) : std::nullopt;
    m.addStage(op, {in},
               m.addOutput(op.rows ? 1 : m.rows(), op.width ? 1 : m.width(),
                           op.channels ? 1 : m.channels(), q));
}

void makeMatMul(Maker& m, bool constant)
{
    MatMulOp op;
    const std::int64_t inputs = m.width() * m.channels();
    const std::int64_t outputs = m.range(1, 5);
    op.transposeB = m.chance();
    op.activation = m.activation();
    std::vector<ValueId> values{m.addInput()};
    if (constant) {
        op.weights = m.addWeights({outputs, inputs});
        op.bias = m.addBias(outputs);
    } else {
        values.push_back(op.transposeB ? m.addInput(outputs, 1, inputs)
                                       : m.addInput(inputs, 1, outputs));
    }
    m.addStage(op, values, m.addOutput(m.rows(), 1, outputs), {op.weights, op.bias});
}

} // namespace

Makers windowMakers()
{
    return {
        {"conv", [](Maker& m) { makeConv(m, false, false, false); }},
        {"depthwise conv", [](Maker& m) { makeConv(m, true, false, false); }},
        {"pooled conv", [](Maker& m) { makeConv(m, false, true, false); }},
        {"residual conv", [](Maker& m) { makeConv(m, m.chance(), false, true); }},
        {"max pool", [](Maker& m) { makePool(m, false); }},
        {"average pool", [](Maker& m) { makePool(m, true); }},
        {"mean", [](Maker& m) { makeReduction(m, Reduction::Mean, false); }},
        {"rounded mean", [](Maker& m) { makeReduction(m, Reduction::Mean, true); }},
        {"sum", [](Maker& m) { makeReduction(m, Reduction::Sum, false); }},
        {"maximum", [](Maker& m) { makeReduction(m, Reduction::Max, false); }},
        {"minimum", [](Maker& m) { makeReduction(m, Reduction::Min, false); }},
        {"fully connected",
         [](Maker& m) {
             FullyConnectedOp op;
             const std::int64_t outputs = m.range(1, 6);
             op.activation = m.activation();
             const ValueId in = m.addInput();
             op.weights = m.addWeights({outputs, m.rows() * m.width() * m.channels()});
             op.bias = m.addBias(outputs);
             m.addStage(op, {in}, m.addOutput(1, 1, outputs), {op.weights, op.bias});
         }},
        {"matmul", [](Maker& m) { makeMatMul(m, false); }},
        {"sequence fc", [](Maker& m) { makeMatMul(m, true); }},
    };
}

} // namespace tidemark::handmade

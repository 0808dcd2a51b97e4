// SPDX-License-Identifier: Apache-2.0
// Stages that move elements, or find them.
#include "network_maker.h"

namespace tidemark::handmade {

namespace {

void makeConcat(Maker& m, ValueAxis axis)
{
    std::vector<ValueId> inputs;
    std::int64_t together = 0;
    const bool sameScale = m.chance();
    const Quantization q = m.quantization();
    for (std::int64_t i = m.range(1, 4); i > 0; --i) {
        const std::int64_t extent = m.range(1, 4);
        together += extent;
        inputs.push_back(m.addInput(axis == ValueAxis::Rows ? extent : m.rows(),
                                    axis == ValueAxis::Width ? extent : m.width(),
                                    axis == ValueAxis::Channels ? extent : m.channels(),
                                    sameScale ? std::optional(q) : std::nullopt));
    }
    m.addStage(ConcatOp{axis}, inputs,
               m.addOutput(axis == ValueAxis::Rows ? together : m.rows(),
                           axis == ValueAxis::Width ? together : m.width(),
                           axis == ValueAxis::Channels ? together : m.channels(), q));
}

void makePad(Maker& m, PadMode mode)
{
    PadOp op;
    op.mode = mode;
    op.value = m.real();
    const auto most = [&](std::int64_t extent) {
        return mode == PadMode::Reflect ? std::min<std::int64_t>(2, extent - 1) : 2;
    };
    op.rowsBefore = m.range(0, most(m.rows()));
    op.rowsAfter = m.range(0, most(m.rows()));
    op.widthBefore = m.range(0, most(m.width()));
    op.widthAfter = m.range(0, most(m.width()));
    op.channelsAfter = m.range(0, most(m.channels()));
    op.channelsBefore = m.range(0, most(m.channels()));
    const ValueId in = m.addInput();
    m.addStage(op, {in},
               m.addOutput(m.rows() + op.rowsBefore + op.rowsAfter,
                           m.width() + op.widthBefore + op.widthAfter,
                           m.channels() + op.channelsBefore + op.channelsAfter,
                           m.quantizationOf(in)));
}

void makeRearrange(Maker& m)
{
    const ValueId in = m.addInput();
    const std::int64_t row = m.width() * m.channels();
    RearrangeOp op;
    std::int64_t rows = m.rows();
    std::int64_t width = m.width();
    std::int64_t channels = m.channels();
    switch (m.range(0, 3)) {
    case 0: // rows and channels change places
        op = {{channels, width, rows}, {1, channels, row}, 0};
        std::swap(rows, channels);
        break;
    case 1: // columns backwards, every second row
        rows = (rows + 1) / 2;
        op = {{rows, width, channels}, {2 * row, -channels, 1}, (width - 1) * channels};
        break;
    case 2: // one flat row of all channels first
        op = {{channels, rows * width}, {1, channels}, 0};
        width *= rows * channels;
        rows = channels = 1;
        break;
    default: // each row three times
        op = {{rows, 3, width * channels}, {row, 0, 1}, 0};
        rows *= 3;
        break;
    }
    m.addStage(op, {in}, m.addOutput(rows, width, channels, m.quantizationOf(in)));
}

void makeResize(Maker& m, ResizeMode mode)
{
    ResizeOp op;
    op.mode = mode;
    op.coordinates = static_cast<ResizeCoordinates>(m.range(0, 3));
    op.rounding = static_cast<ResizeRounding>(m.range(0, 3));
    const std::int64_t rows = m.range(1, 9);
    const std::int64_t width = m.range(1, 9);
    op.rowScale = static_cast<float>(rows) / static_cast<float>(m.rows());
    op.widthScale = static_cast<float>(width) / static_cast<float>(m.width());
    const ValueId in = m.addInput();
    m.addStage(op, {in}, m.addOutput(rows, width, m.channels(), m.quantizationOf(in)));
}

void makeArgMax(Maker& m)
{
    const auto axis = static_cast<ValueAxis>(m.range(0, 2));
    const ValueId in = m.addInput();
    m.addStage(ArgMaxOp{axis, m.chance(), m.chance()}, {in},
               m.addValue(axis == ValueAxis::Rows ? 1 : m.rows(),
                          axis == ValueAxis::Width ? 1 : m.width(),
                          axis == ValueAxis::Channels ? 1 : m.channels(),
                          m.chance() ? DataType::Int32 : DataType::Int64));
}

} // namespace

Makers moveMakers()
{
    return {
        {"concat rows", [](Maker& m) { makeConcat(m, ValueAxis::Rows); }},
        {"concat width", [](Maker& m) { makeConcat(m, ValueAxis::Width); }},
        {"concat channels", [](Maker& m) { makeConcat(m, ValueAxis::Channels); }},
        {"constant pad", [](Maker& m) { makePad(m, PadMode::Constant); }},
        {"edge pad", [](Maker& m) { makePad(m, PadMode::Edge); }},
        {"reflect pad", [](Maker& m) { makePad(m, PadMode::Reflect); }},
        {"rearrange", makeRearrange},
        {"nearest resize", [](Maker& m) { makeResize(m, ResizeMode::Nearest); }},
        {"linear resize", [](Maker& m) { makeResize(m, ResizeMode::Linear); }},
        {"argmax", makeArgMax},
    };
}

} // namespace tidemark::handmade

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/cost/training_networks.h"

#include "tests/core/cost/more_networks.h"
#include "tests/core/cost/network_maker.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <span>

namespace tidemark::test {

namespace {

/// Shapes are drawn until one is small enough to count and large enough to tell something.
Network makeConv(Maker& m, bool depthwise, bool pooled, bool residual)
{
    for (;;) {
        const Extents in{m.range(2, 16), m.range(2, 16),
                         depthwise ? m.pick({4, 8, 12, 16, 24, 32, 48, 64, 96, 128})
                                   : m.pick({1, 1, 2, 3, 3, 4, 6, 8, 12, 16, 24, 32, 64, 96, 128})};
        Window w{1, 1};
        const std::int64_t shape = depthwise ? m.range(1, 4) : m.range(0, 5);
        w.kernelH = shape == 0 ? 1 : shape <= 3 ? 3 : shape == 4 ? 5 : m.range(1, 10);
        w.kernelW = shape == 0 ? 1 : shape <= 3 ? 3 : shape == 4 ? 5 : m.range(1, 6);
        if (in.width <= w.kernelW && w.kernelW > 1) {
            continue; // such narrow inputs make the compiler unroll what no real layer lets it
        }
        w.strideH = m.pick({1, 1, 2});
        w.strideW = w.strideH;
        const bool same = m.chance();
        if (same) {
            w.padTop = (w.kernelH - 1) / 2;
            w.padBottom = w.kernelH / 2;
            w.padLeft = (w.kernelW - 1) / 2;
            w.padRight = w.kernelW / 2;
        }
        ConvOp op;
        op.groups = depthwise ? in.channels : 1;
        op.window = w;
        op.convRows = outputExtent(in.rows, w.kernelH, w.strideH, w.padTop + w.padBottom);
        op.convWidth = outputExtent(in.width, w.kernelW, w.strideW, w.padLeft + w.padRight);
        Extents out{op.convRows, op.convWidth,
                    depthwise ? in.channels : m.pick({4, 6, 8, 10, 12, 16, 24, 32, 48, 64, 128})};
        if (pooled) {
            op.pool = Window{2, 2, 2, 2};
            out.rows /= 2;
            out.width /= 2;
        }
        const std::int64_t depth = in.channels / op.groups;
        const std::int64_t macs =
            op.convRows * op.convWidth * out.channels * w.kernelH * w.kernelW * depth;
        if (in.rows + w.padTop + w.padBottom < w.kernelH ||
            in.width + w.padLeft + w.padRight < w.kernelW || out.elements() < 8 ||
            macs > kMostMacs || macs < 1500 ||
            (in.elements() + out.elements() * (residual ? 2 : 1)) * m.elementSize() > kMostBytes) {
            continue;
        }
        op.activation = {0, m.chance() ? 6.0F : Activation{}.max};
        std::vector<ValueId> inputs{m.input(in.rows, in.width, in.channels)};
        if (residual) {
            inputs.push_back(m.input(out.rows, out.width, out.channels));
            op.residual = ResidualAdd{std::nullopt, {0, Activation{}.max}};
            if (m.int8()) {
                op.residual->quantization = Quantization{{0.05F}, {3}, -1};
            }
            op.activation = {};
        }
        op.weights = m.weights({out.channels, w.kernelH, w.kernelW, depth});
        op.bias = m.bias(out.channels);
        return m.finish(op, inputs, m.output(out.rows, out.width, out.channels),
                        {op.weights, *op.bias});
    }
}

Network makeFullyConnected(Maker& m)
{
    for (;;) {
        const bool flat = !m.chance(3);
        const Extents in{flat ? 1 : m.range(2, 6), flat ? 1 : m.range(2, 6),
                         flat ? m.pick({8, 10, 16, 32, 64, 84, 100, 120, 128, 200, 256, 400, 640})
                              : m.pick({4, 8, 12, 16, 32})};
        const std::int64_t outputs = m.pick({2, 3, 8, 10, 12, 16, 32, 64, 84, 120, 128, 256, 640});
        const std::int64_t macs = in.elements() * outputs;
        if (macs > kMostMacs || macs < 100 ||
            (in.elements() + outputs) * m.elementSize() > kMostBytes) {
            continue;
        }
        FullyConnectedOp op;
        op.activation.min = m.chance() ? 0 : Activation{}.min;
        const ValueId from = m.input(in.rows, in.width, in.channels);
        op.weights = m.weights({outputs, in.elements()});
        op.bias = m.bias(outputs);
        return m.finish(op, {from}, m.output(1, 1, outputs), {op.weights, *op.bias});
    }
}

Extents drawExtents(Maker& m)
{
    for (;;) {
        const Extents in{m.range(2, 12), m.range(2, 12), m.pick({3, 4, 8, 10, 16, 32, 64, 128})};
        if (in.elements() * m.elementSize() * 3 <= kMostBytes) {
            return in;
        }
    }
}

Network makePool(Maker& m, bool average)
{
    const Extents in = drawExtents(m);
    const bool global = average && m.chance();
    Window w{2, 2, 2, 2};
    if (global) {
        w = Window{in.rows, in.width, in.rows, in.width};
    } else if (m.chance() && in.rows >= 3 && in.width >= 3) {
        w = Window{3, 3, m.range(1, 2), 2};
    }
    const ValueId from = m.input(in.rows, in.width, in.channels);
    const Extents out{outputExtent(in.rows, w.kernelH, w.strideH, 0),
                      outputExtent(in.width, w.kernelW, w.strideW, 0), in.channels};
    const ValueId to = m.output(out.rows, out.width, out.channels, from);
    return average ? m.finish(AveragePoolOp{w, false, {}}, {from}, to)
                   : m.finish(MaxPoolOp{w, {}}, {from}, to);
}

Network makeMean(Maker& m)
{
    const Extents in = drawExtents(m);
    ReduceOp op;
    op.rows = op.width = true;
    op.roundsMean = m.chance();
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(
        op, {from},
        m.output(1, 1, in.channels, op.roundsMean ? std::optional(from) : std::nullopt));
}

Network makeSoftmax(Maker& m)
{
    const std::int64_t channels = m.range(2, 24);
    const ValueId from = m.input(1, 1, channels);
    return m.finish(SoftmaxOp{}, {from}, m.probabilities(channels));
}

Network makeBinary(Maker& m, BinaryFunction function)
{
    const Extents in = drawExtents(m);
    const ValueId a = m.input(in.rows, in.width, in.channels);
    const ValueId b = m.input(in.rows, in.width, in.channels);
    BinaryOp op;
    op.function = function;
    return m.finish(op, {a, b}, m.output(in.rows, in.width, in.channels));
}

Network makeClamp(Maker& m)
{
    const Extents in = drawExtents(m);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(ClampOp{{0, 6}}, {from}, m.output(in.rows, in.width, in.channels, from));
}

Network makeUnary(Maker& m, UnaryFunction function)
{
    const Extents in = drawExtents(m);
    const ValueId from = m.input(in.rows, in.width, in.channels);
    return m.finish(UnaryOp{function, 0.1F, 0}, {from}, m.output(in.rows, in.width, in.channels));
}

using Make = std::function<Network(Maker&)>;

/// As often as their kernels differ from shape to shape.
const std::vector<Make>& makers()
{
    static const Make conv = [](Maker& m) { return makeConv(m, false, false, false); };
    static const Make depthwise = [](Maker& m) { return makeConv(m, true, false, false); };
    static const Make pooled = [](Maker& m) { return makeConv(m, false, true, false); };
    static const Make residual = [](Maker& m) { return makeConv(m, false, false, true); };
    static const std::vector<Make> all{
        conv,
        depthwise,
        pooled,
        residual,
        conv,
        makeFullyConnected,
        depthwise,
        pooled,
        makeFullyConnected,
        conv,
        [](Maker& m) { return makePool(m, true); },
        makeMean,
        makeSoftmax,
        [](Maker& m) { return makeBinary(m, BinaryFunction::Add); },
        [](Maker& m) { return makePool(m, false); },
        [](Maker& m) { return m.chance() ? makeClamp(m) : makeUnary(m, UnaryFunction::Tanh); },
    };
    return all;
}

} // namespace

Network trainingNetwork(DataType type, unsigned k)
{
    Maker maker(type, k);
    return k < kTrainingNetworks ? makers()[k % makers().size()](maker)
                                 : anotherNetwork(maker, k - kTrainingNetworks);
}

std::vector<std::vector<std::byte>> trainingInputs(const Network& network, unsigned seed)
{
    std::mt19937 random(seed);
    std::vector<std::vector<std::byte>> inputs;
    for (const ValueId id : network.inputs) {
        const Value& value = network[id];
        std::vector<std::byte> bytes(static_cast<std::size_t>(value.bytes().count()));
        for (std::size_t i = 0; i < static_cast<std::size_t>(value.elements()); ++i) {
            if (value.type == DataType::Float32) {
                const float x = static_cast<float>(random() % 801) / 100.0F - 4.0F;
                std::memcpy(&bytes[4 * i], &x, sizeof x);
            } else {
                bytes[i] = static_cast<std::byte>(static_cast<int>(random() % 201) - 100);
            }
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

namespace {

template <class Op> void moveConstants(Op& op, std::size_t by)
{
    const auto move = [by](ConstantId& id) { id = ConstantId(id.index() + by); };
    const auto moveOptional = [&](std::optional<ConstantId>& id) {
        if (id) {
            move(*id);
        }
    };
    if constexpr (requires { op.bias; }) {
        moveOptional(op.bias);
    }
    if constexpr (std::is_same_v<Op, MatMulOp>) {
        moveOptional(op.weights);
    } else if constexpr (requires { op.weights; }) {
        move(op.weights);
    }
    if constexpr (requires { op.slope; }) {
        move(op.slope);
    }
    if constexpr (requires { op.constant; }) {
        moveOptional(op.constant);
    }
}

} // namespace

Network joined(const std::vector<Network>& networks)
{
    Network all;
    all.modelName = "training";
    for (const Network& network : networks) {
        const std::size_t values = all.values.size();
        const std::size_t constants = all.constants.size();
        const auto movedValue = [&](ValueId id) { return ValueId(id.index() + values); };
        const auto movedConstant = [&](ConstantId id) {
            return ConstantId(id.index() + constants);
        };
        all.values.insert(all.values.end(), network.values.begin(), network.values.end());
        all.constants.insert(all.constants.end(), network.constants.begin(),
                             network.constants.end());
        Stage stage = network.stages.front();
        stage.name += std::to_string(all.stages.size());
        std::ranges::transform(stage.inputs, stage.inputs.begin(), movedValue);
        std::ranges::transform(stage.outputs, stage.outputs.begin(), movedValue);
        std::ranges::transform(stage.constants, stage.constants.begin(), movedConstant);
        std::visit([&](auto& op) { moveConstants(op, constants); }, stage.op);
        std::ranges::transform(network.inputs, std::back_inserter(all.inputs), movedValue);
        std::ranges::transform(network.outputs, std::back_inserter(all.outputs), movedValue);
        all.stages.push_back(std::move(stage));
    }
    return all;
}

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/cost/training_networks.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>
#include <span>

namespace tidemark::test {

namespace {

constexpr std::int64_t kMostMacs = 60'000; // counting runs a few million instructions a second
constexpr std::int64_t kMostBytes = 5'000; // inputs and outputs fit the smallest board

template <class T> ConstantData dataOf(const std::vector<T>& elements)
{
    const auto bytes = std::as_bytes(std::span(elements));
    return ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

class Maker {
public:
    Maker(DataType type, unsigned seed) : m_type(type), m_random(seed * 2654435761U + 1) {}

    std::int64_t range(std::int64_t low, std::int64_t high) // closed
    {
        return low + static_cast<std::int64_t>(m_random() % static_cast<unsigned>(high - low + 1));
    }
    std::int64_t pick(std::initializer_list<std::int64_t> values)
    {
        return *(values.begin() + range(0, static_cast<std::int64_t>(values.size()) - 1));
    }
    bool chance(int of = 2) { return range(1, of) == 1; }
    bool int8() const { return m_type == DataType::Int8; }
    std::int64_t elementSize() const { return int8() ? 1 : 4; }

    ValueId value(std::int64_t rows, std::int64_t width, std::int64_t channels, float scale)
    {
        Value made;
        made.name = "v" + std::to_string(m_network.values.size());
        made.type = m_type;
        made.rows = rows;
        made.width = width;
        made.channels = channels;
        made.modelShape = {rows, width, channels};
        if (int8()) {
            made.quantization = Quantization{{scale}, {-5}, -1};
        }
        m_network.values.push_back(std::move(made));
        return ValueId(m_network.values.size() - 1);
    }
    ValueId input(std::int64_t rows, std::int64_t width, std::int64_t channels)
    {
        m_network.inputs.push_back(value(rows, width, channels, 0.02F));
        return m_network.inputs.back();
    }
    /// With the quantization of `like`.
    ValueId output(std::int64_t rows, std::int64_t width, std::int64_t channels,
                   std::optional<ValueId> like = std::nullopt)
    {
        const ValueId made = value(rows, width, channels, 0.1F);
        if (like) {
            m_network.values[made.index()].quantization = m_network[*like].quantization;
        }
        return made;
    }
    ValueId probabilities(std::int64_t channels)
    {
        const ValueId made = value(1, 1, channels, 1.0F / 256);
        if (int8()) {
            m_network.values[made.index()].quantization->zeroPoints = {-128};
        }
        return made;
    }

    ConstantId weights(Shape shape)
    {
        const auto count = static_cast<std::size_t>(elementCount(shape).value());
        const auto outputs = static_cast<std::size_t>(shape.front());
        Constant made = constant(ConstantRole::Weights, std::move(shape));
        if (int8()) {
            made.type = DataType::Int8;
            made.quantization = Quantization{std::vector<float>(outputs, 0.004F),
                                             std::vector<std::int32_t>(outputs, 0), 0};
            std::vector<std::int8_t> elements(count);
            std::ranges::generate(elements,
                                  [&] { return static_cast<std::int8_t>(range(-100, 100)); });
            made.data = dataOf(elements);
        } else {
            std::vector<float> elements(count);
            std::ranges::generate(elements,
                                  [&] { return static_cast<float>(range(-100, 100)) / 100; });
            made.data = dataOf(elements);
        }
        return add(std::move(made));
    }
    ConstantId bias(std::int64_t outputs)
    {
        Constant made = constant(ConstantRole::Bias, {outputs});
        const auto count = static_cast<std::size_t>(outputs);
        if (int8()) {
            made.type = DataType::Int32;
            std::vector<std::int32_t> elements(count);
            std::ranges::generate(elements,
                                  [&] { return static_cast<std::int32_t>(range(-999, 999)); });
            made.data = dataOf(elements);
        } else {
            std::vector<float> elements(count);
            std::ranges::generate(elements,
                                  [&] { return static_cast<float>(range(-99, 99)) / 50; });
            made.data = dataOf(elements);
        }
        return add(std::move(made));
    }

    Network finish(StageOp op, std::vector<ValueId> inputs, ValueId output,
                   std::vector<ConstantId> constants = {})
    {
        m_network.modelName = "one stage";
        Stage stage;
        stage.name = "stage";
        stage.op = std::move(op);
        stage.inputs = std::move(inputs);
        stage.outputs = {output};
        stage.constants = std::move(constants);
        m_network.outputs = {output};
        m_network.stages = {std::move(stage)};
        return std::move(m_network);
    }

private:
    static Constant constant(ConstantRole role, Shape shape)
    {
        Constant made;
        made.role = role;
        made.shape = std::move(shape);
        return made;
    }
    ConstantId add(Constant made)
    {
        made.name = "c" + std::to_string(m_network.constants.size());
        m_network.constants.push_back(std::move(made));
        return ConstantId(m_network.constants.size() - 1);
    }

    DataType m_type;
    std::mt19937 m_random;
    Network m_network;
};

struct Extents {
    std::int64_t rows, width, channels;
    std::int64_t elements() const { return rows * width * channels; }
};

std::int64_t outputExtent(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                          std::int64_t pads)
{
    return (in + pads - kernel) / stride + 1;
}

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
    return makers()[k % makers().size()](maker);
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
        if (auto* conv = std::get_if<ConvOp>(&stage.op)) {
            conv->weights = movedConstant(conv->weights);
            conv->bias = movedConstant(*conv->bias);
        } else if (auto* product = std::get_if<FullyConnectedOp>(&stage.op)) {
            product->weights = movedConstant(product->weights);
            product->bias = movedConstant(*product->bias);
        }
        std::ranges::transform(network.inputs, std::back_inserter(all.inputs), movedValue);
        std::ranges::transform(network.outputs, std::back_inserter(all.outputs), movedValue);
        all.stages.push_back(std::move(stage));
    }
    return all;
}

} // namespace tidemark::test

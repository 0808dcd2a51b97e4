// SPDX-License-Identifier: Apache-2.0
#include "operator_networks.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <random>

namespace tidemark::handmade {

namespace {

template <class T> ConstantData dataOf(const std::vector<T>& elements)
{
    const auto bytes = std::as_bytes(std::span(elements));
    return ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
}

/// Makes one network, a random decision at a time.
class Maker {
public:
    Maker(DataType type, unsigned seed) : m_type(type), m_random(seed)
    {
        m_network.modelName = "one stage";
        m_rows = range(1, 7);
        m_width = pick({1, 1, 2, 3, 5, 6});
        m_channels = pick({1, 2, 3, 4, 6, 7});
    }

    Network finish() { return std::move(m_network); }

    std::int64_t range(std::int64_t low, std::int64_t high) // closed
    {
        return low + static_cast<std::int64_t>(m_random() % static_cast<unsigned>(high - low + 1));
    }
    std::int64_t pick(std::initializer_list<std::int64_t> values)
    {
        return *(values.begin() + range(0, static_cast<std::int64_t>(values.size()) - 1));
    }
    bool chance(int of = 2) { return range(1, of) == 1; }
    float real() { return static_cast<float>(range(-2000, 2000)) / 1000.0F; }

    Quantization quantization(float scale = 0)
    {
        const float scales[] = {0.02F, 0.1F, 1.0F / 256, 0.0039F, 2.5F};
        return {{scale != 0 ? scale : scales[range(0, 4)]},
                {static_cast<std::int32_t>(pick({-128, 127, 0, 3, -17}))},
                -1};
    }
    Activation activation()
    {
        switch (range(0, 3)) {
        case 0:
            return {0, Activation{}.max};
        case 1:
            return {0, 6};
        default:
            return {};
        }
    }

    std::int64_t rows() const { return m_rows; }
    std::int64_t width() const { return m_width; }
    std::int64_t channels() const { return m_channels; }
    void setShape(std::int64_t rows, std::int64_t width, std::int64_t channels)
    {
        m_rows = rows;
        m_width = width;
        m_channels = channels;
    }
    bool int8() const { return m_type == DataType::Int8; }

    ValueId addInput(std::int64_t rows, std::int64_t width, std::int64_t channels,
                     std::optional<Quantization> q = std::nullopt)
    {
        const ValueId id = addValue(rows, width, channels, m_type, std::move(q));
        m_network.inputs.push_back(id);
        return id;
    }
    ValueId addInput() { return addInput(m_rows, m_width, m_channels); }

    ValueId addValue(std::int64_t rows, std::int64_t width, std::int64_t channels, DataType type,
                     std::optional<Quantization> q = std::nullopt)
    {
        Value value;
        value.name = "v" + std::to_string(m_network.values.size());
        value.type = type;
        value.rows = rows;
        value.width = width;
        value.channels = channels;
        value.modelShape = {rows, width, channels};
        if (type == DataType::Int8 || type == DataType::UInt8) {
            value.quantization = q ? *q : quantization();
        }
        m_network.values.push_back(std::move(value));
        return ValueId(m_network.values.size() - 1);
    }
    Value& value(ValueId id) { return m_network.values[id.index()]; }

    ConstantId addConstant(ConstantRole role, Shape shape, DataType type,
                           std::optional<Quantization> q = std::nullopt)
    {
        Constant constant;
        constant.name = "c" + std::to_string(m_network.constants.size());
        constant.role = role;
        constant.type = type;
        constant.quantization = std::move(q);
        const auto count = static_cast<std::size_t>(elementCount(shape).value());
        constant.shape = std::move(shape);
        if (type == DataType::Float32) {
            std::vector<float> elements(count);
            std::ranges::generate(elements, [this] { return real(); });
            constant.data = dataOf(elements);
        } else if (type == DataType::Int8) {
            std::vector<std::int8_t> elements(count);
            const bool extreme = chance(4);
            std::ranges::generate(elements, [&] {
                return static_cast<std::int8_t>(extreme ? pick({-127, 127}) : range(-127, 127));
            });
            constant.data = dataOf(elements);
        } else {
            std::vector<std::int32_t> elements(count);
            std::ranges::generate(elements,
                                  [this] { return static_cast<std::int32_t>(range(-9999, 9999)); });
            constant.data = dataOf(elements);
        }
        m_network.constants.push_back(std::move(constant));
        return ConstantId(m_network.constants.size() - 1);
    }

    /// Weights with one scale for each output, or one for all; sometimes so small or so large that
    /// multipliers vanish or exceed 1.
    ConstantId addWeights(Shape shape)
    {
        if (!int8()) {
            return addConstant(ConstantRole::Weights, std::move(shape), DataType::Float32);
        }
        Quantization q;
        const std::int64_t count = chance() ? shape.front() : 1;
        for (std::int64_t o = 0; o < count; ++o) {
            const float scales[] = {0.01F, 0.003F, 0.0005F, 3.0F, 1e-12F};
            q.scales.push_back(scales[chance(4) ? range(3, 4) : range(0, 2)]);
            q.zeroPoints.push_back(0);
        }
        q.axis = count > 1 ? 0 : -1;
        return addConstant(ConstantRole::Weights, std::move(shape), DataType::Int8, std::move(q));
    }
    std::optional<ConstantId> addBias(std::int64_t outputs)
    {
        if (chance(4)) {
            return std::nullopt;
        }
        return addConstant(ConstantRole::Bias, {outputs},
                           int8() ? DataType::Int32 : DataType::Float32);
    }

    void addStage(StageOp op, std::vector<ValueId> inputs, ValueId output,
                  std::vector<std::optional<ConstantId>> constants = {})
    {
        Stage stage;
        stage.name = "stage";
        stage.op = std::move(op);
        stage.inputs = std::move(inputs);
        stage.outputs = {output};
        for (const auto& id : constants) {
            if (id) {
                stage.constants.push_back(*id);
            }
        }
        m_network.outputs = {output};
        m_network.stages.push_back(std::move(stage));
    }
    ValueId addOutput(std::int64_t rows, std::int64_t width, std::int64_t channels,
                      std::optional<Quantization> q = std::nullopt)
    {
        return addValue(rows, width, channels, m_type, std::move(q));
    }
    std::optional<Quantization> quantizationOf(ValueId id) { return value(id).quantization; }

    /// A window that fits the input; pads as the operator wants them.
    Window window(bool dilated, bool padded)
    {
        Window w{range(1, std::min<std::int64_t>(3, m_rows)),
                 range(1, std::min<std::int64_t>(3, m_width))};
        w.strideH = range(1, 3);
        w.strideW = range(1, 2);
        if (dilated && w.kernelH > 1 && (w.kernelH - 1) * 2 < m_rows) {
            w.dilationH = 2;
        }
        if (dilated && w.kernelW > 1 && (w.kernelW - 1) * 2 < m_width) {
            w.dilationW = 2;
        }
        if (padded) {
            w.padTop = range(0, w.kernelH - 1);
            w.padBottom = range(0, w.kernelH - 1);
            w.padLeft = range(0, w.kernelW - 1);
            w.padRight = range(0, w.kernelW - 1);
        }
        return w;
    }
    std::int64_t outRows(const Window& w) const
    {
        return (m_rows + w.padTop + w.padBottom - (w.kernelH - 1) * w.dilationH - 1) / w.strideH +
               1;
    }
    std::int64_t outWidth(const Window& w) const
    {
        return (m_width + w.padLeft + w.padRight - (w.kernelW - 1) * w.dilationW - 1) / w.strideW +
               1;
    }

private:
    DataType m_type;
    std::mt19937 m_random;
    Network m_network;
    std::int64_t m_rows = 1, m_width = 1, m_channels = 1;
};

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

void makeUnary(Maker& m, UnaryFunction function, float alpha = 0, float beta = 0)
{
    const ValueId in = m.addInput();
    const bool squashes = function == UnaryFunction::Sigmoid || function == UnaryFunction::Tanh;
    std::optional<Quantization> q;
    if (squashes) {
        const bool sigmoid = function == UnaryFunction::Sigmoid;
        q = Quantization{{sigmoid ? 1.0F / 256 : 1.0F / 128}, {sigmoid ? -128 : 0}, -1};
    }
    m.addStage(UnaryOp{function, alpha, beta}, {in},
               m.addOutput(m.rows(), m.width(), m.channels(), q));
}

void makeBinary(Maker& m, BinaryFunction function, bool constant)
{
    const auto extent = [&](std::int64_t whole) { return m.chance(3) ? 1 : whole; };
    BinaryOp op;
    op.function = function;
    op.activation = m.activation();
    const ValueId a = m.addInput();
    std::vector<ValueId> inputs{a};
    std::vector<std::optional<ConstantId>> constants;
    if (constant) {
        op.constant = m.addConstant(ConstantRole::Operand,
                                    {extent(m.rows()), extent(m.width()), extent(m.channels())},
                                    m.int8() ? DataType::Int8 : DataType::Float32,
                                    m.int8() ? std::optional(m.quantization()) : std::nullopt);
        op.constantFirst = m.chance();
        constants.push_back(op.constant);
    } else {
        inputs.push_back(m.addInput(extent(m.rows()), extent(m.width()), extent(m.channels())));
        if (m.chance()) {
            std::swap(inputs[0], inputs[1]);
        }
    }
    m.addStage(op, inputs, m.addOutput(m.rows(), m.width(), m.channels()), constants);
}

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

void makePRelu(Maker& m)
{
    const std::int64_t whole = m.rows() * m.width() * m.channels();
    const std::int64_t count = m.pick({1, m.channels(), whole});
    const ValueId in = m.addInput();
    const PReluOp op{m.addConstant(ConstantRole::Operand, {count},
                                   m.int8() ? DataType::Int8 : DataType::Float32,
                                   m.int8() ? std::optional(m.quantization()) : std::nullopt)};
    m.addStage(op, {in}, m.addOutput(m.rows(), m.width(), m.channels()), {op.slope});
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

void makeCast(Maker& m, DataType from, DataType to)
{
    const ValueId in = m.addInput();
    Value& value = m.value(in);
    value.type = from;
    value.quantization.reset();
    if (from != DataType::Float32) {
        value.quantization = m.quantization();
        value.quantization->zeroPoints = {from == DataType::UInt8 ? 130 : -3};
    }
    const ValueId out = m.addValue(m.rows(), m.width(), m.channels(), to);
    if (to == DataType::UInt8) {
        m.value(out).quantization->zeroPoints = {255};
    }
    m.addStage(UnaryOp{}, {in}, out);
}

using Make = std::function<void(Maker&)>;

const std::vector<std::pair<std::string, Make>>& makers()
{
    using U = UnaryFunction;
    static const std::vector<std::pair<std::string, Make>> all{
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
        {"clamp",
         [](Maker& m) {
             const ValueId in = m.addInput();
             const auto q = m.chance() ? m.quantizationOf(in) : std::nullopt;
             m.addStage(ClampOp{m.activation()}, {in},
                        m.addOutput(m.rows(), m.width(), m.channels(), q));
         }},
        {"identity", [](Maker& m) { makeUnary(m, U::Identity); }},
        {"leaky relu", [](Maker& m) { makeUnary(m, U::LeakyRelu, 0.1F); }},
        {"elu", [](Maker& m) { makeUnary(m, U::Elu, 1.5F); }},
        {"selu", [](Maker& m) { makeUnary(m, U::Selu, 1.67326F, 1.0507F); }},
        {"sigmoid", [](Maker& m) { makeUnary(m, U::Sigmoid); }},
        {"tanh", [](Maker& m) { makeUnary(m, U::Tanh); }},
        {"hard sigmoid", [](Maker& m) { makeUnary(m, U::HardSigmoid, 0.2F, 0.5F); }},
        {"hard swish", [](Maker& m) { makeUnary(m, U::HardSwish); }},
        {"softplus", [](Maker& m) { makeUnary(m, U::Softplus); }},
        {"softsign", [](Maker& m) { makeUnary(m, U::Softsign); }},
        {"thresholded relu", [](Maker& m) { makeUnary(m, U::ThresholdedRelu, 0.5F); }},
        {"exp", [](Maker& m) { makeUnary(m, U::Exp); }},
        {"abs", [](Maker& m) { makeUnary(m, U::Abs); }},
        {"negate", [](Maker& m) { makeUnary(m, U::Negate); }},
        {"erf", [](Maker& m) { makeUnary(m, U::Erf); }},
        {"gelu", [](Maker& m) { makeUnary(m, U::Gelu, 0, m.chance() ? 1.0F : 0.0F); }},
        {"square", [](Maker& m) { makeUnary(m, U::Square); }},
        {"prelu", makePRelu},
        {"softmax",
         [](Maker& m) {
             const ValueId in = m.addInput();
             m.addStage(SoftmaxOp{m.chance() ? 1.0F : 0.5F, !m.int8() && m.chance()}, {in},
                        m.addOutput(m.rows(), m.width(), m.channels(),
                                    Quantization{{1.0F / 256}, {-128}, -1}));
         }},
        {"add", [](Maker& m) { makeBinary(m, BinaryFunction::Add, m.chance(3)); }},
        {"sub", [](Maker& m) { makeBinary(m, BinaryFunction::Sub, m.chance(3)); }},
        {"mul", [](Maker& m) { makeBinary(m, BinaryFunction::Mul, m.chance(3)); }},
        {"div", [](Maker& m) { makeBinary(m, BinaryFunction::Div, m.chance(3)); }},
        {"min", [](Maker& m) { makeBinary(m, BinaryFunction::Min, m.chance(3)); }},
        {"max", [](Maker& m) { makeBinary(m, BinaryFunction::Max, m.chance(3)); }},
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
        {"quantise",
         [](Maker& m) {
             makeCast(m, DataType::Float32, m.chance() ? DataType::Int8 : DataType::UInt8);
         }},
        {"dequantise",
         [](Maker& m) {
             makeCast(m, m.chance() ? DataType::Int8 : DataType::UInt8, DataType::Float32);
         }},
        {"requantise",
         [](Maker& m) {
             makeCast(m, m.chance() ? DataType::Int8 : DataType::UInt8,
                      m.chance() ? DataType::Int8 : DataType::UInt8);
         }},
    };
    return all;
}

} // namespace

const std::vector<std::string>& operatorKinds()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, make] : makers()) {
            all.push_back(name);
        }
        return all;
    }();
    return names;
}

Network operatorNetwork(const std::string& kind, DataType type, unsigned seed)
{
    Maker maker(type, seed);
    for (const auto& [name, make] : makers()) {
        if (name == kind) {
            make(maker);
        }
    }
    return maker.finish();
}

Network sideBySide(const std::vector<Network>& networks)
{
    Network joined;
    joined.modelName = "side by side";
    for (const Network& network : networks) {
        const std::size_t values = joined.values.size();
        const std::size_t constants = joined.constants.size();
        const auto moveValue = [&](ValueId id) { return ValueId(id.index() + values); };
        const auto moveConstant = [&](ConstantId id) { return ConstantId(id.index() + constants); };
        const auto moveOptional = [&](std::optional<ConstantId>& id) {
            id = id ? std::optional(moveConstant(*id)) : id;
        };
        joined.values.insert(joined.values.end(), network.values.begin(), network.values.end());
        joined.constants.insert(joined.constants.end(), network.constants.begin(),
                                network.constants.end());
        for (Stage stage : network.stages) {
            stage.name += std::to_string(joined.stages.size());
            std::ranges::transform(stage.inputs, stage.inputs.begin(), moveValue);
            std::ranges::transform(stage.outputs, stage.outputs.begin(), moveValue);
            std::ranges::transform(stage.constants, stage.constants.begin(), moveConstant);
            if (auto* conv = std::get_if<ConvOp>(&stage.op)) {
                conv->weights = moveConstant(conv->weights);
                moveOptional(conv->bias);
            } else if (auto* product = std::get_if<FullyConnectedOp>(&stage.op)) {
                product->weights = moveConstant(product->weights);
                moveOptional(product->bias);
            } else if (auto* matrix = std::get_if<MatMulOp>(&stage.op)) {
                moveOptional(matrix->weights);
                moveOptional(matrix->bias);
            } else if (auto* prelu = std::get_if<PReluOp>(&stage.op)) {
                prelu->slope = moveConstant(prelu->slope);
            } else if (auto* binary = std::get_if<BinaryOp>(&stage.op)) {
                moveOptional(binary->constant);
            }
            joined.stages.push_back(std::move(stage));
        }
        for (const ValueId id : network.inputs) {
            joined.inputs.push_back(moveValue(id));
        }
        for (const ValueId id : network.outputs) {
            joined.outputs.push_back(moveValue(id));
        }
    }
    return joined;
}

std::vector<std::vector<std::byte>> operatorInputs(const Network& network, unsigned seed)
{
    std::mt19937 random(seed);
    std::vector<std::vector<std::byte>> inputs;
    for (const ValueId id : network.inputs) {
        const Value& value = network[id];
        const auto count = static_cast<std::size_t>(value.elements());
        std::vector<std::byte> bytes(static_cast<std::size_t>(value.bytes().count()));
        const bool extreme = random() % 4 == 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (value.type == DataType::Float32) {
                const float x = static_cast<float>(random() % 8001) / 1000.0F - 4.0F;
                std::memcpy(&bytes[4 * i], &x, sizeof x);
            } else {
                bytes[i] = extreme ? std::byte(random() % 2 == 0 ? 0x80 : 0x7f)
                                   : std::byte(random() % 256);
            }
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

} // namespace tidemark::handmade

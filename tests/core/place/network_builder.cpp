// SPDX-License-Identifier: Apache-2.0
#include "tests/core/place/network_builder.h"

namespace tidemark::test {

namespace {

const Activation kRelu{0, std::numeric_limits<float>::infinity()};

} // namespace

NetworkBuilder::NetworkBuilder(std::string name, DataType type) : m_type(type)
{
    m_network.modelName = std::move(name);
}

ValueId NetworkBuilder::input(std::int64_t rows, std::int64_t width, std::int64_t channels)
{
    const ValueId id =
        value("input" + std::to_string(m_network.inputs.size()), rows, width, channels);
    m_network.inputs.push_back(id);
    return id;
}

ValueId NetworkBuilder::conv(const std::string& name, ValueId from, std::int64_t kernel,
                             std::int64_t stride, std::int64_t pad, std::int64_t outChannels)
{
    return conv(name, from, Window{kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad},
                outChannels);
}

ValueId NetworkBuilder::conv(const std::string& name, ValueId from, const Window& window,
                             std::int64_t outChannels, std::int64_t groups, std::int64_t pool,
                             std::optional<ValueId> residual)
{
    const Value in = m_network[from];
    ConvOp op;
    op.window = window;
    op.groups = groups;
    op.activation = kRelu;
    op.convRows =
        (in.rows + window.padTop + window.padBottom - window.kernelH) / window.strideH + 1;
    op.convWidth =
        (in.width + window.padLeft + window.padRight - window.kernelW) / window.strideW + 1;
    op.weights = constant(name, ConstantRole::Weights,
                          {outChannels, window.kernelH, window.kernelW, in.channels / groups});
    op.bias = constant(name, ConstantRole::Bias, {outChannels});
    const std::int64_t macs = op.convRows * op.convWidth * outChannels * window.kernelH *
                              window.kernelW * in.channels / groups;
    std::int64_t rows = op.convRows;
    std::int64_t width = op.convWidth;
    if (pool > 0) {
        op.pool = Window{pool, pool, pool, pool, 1, 1, 0, 0, 0, 0};
        rows /= pool;
        width /= pool;
    }
    std::vector<ValueId> inputs{from};
    if (residual) {
        op.residual = ResidualAdd{};
        inputs.push_back(*residual);
    }
    const ValueId out = value(name, rows, width, outChannels);
    stage(name, op, inputs, {out}, {op.weights, *op.bias}, macs);
    return out;
}

ValueId NetworkBuilder::pool(const std::string& name, ValueId from, std::int64_t kernel,
                             std::int64_t stride)
{
    const Value in = m_network[from];
    MaxPoolOp op;
    op.window = {kernel, kernel, stride, stride, 1, 1, 0, 0, 0, 0};
    const ValueId out =
        value(name, (in.rows - kernel) / stride + 1, (in.width - kernel) / stride + 1, in.channels);
    stage(name, op, {from}, {out}, {}, 0);
    return out;
}

ValueId NetworkBuilder::fullyConnected(const std::string& name, ValueId from, std::int64_t outputs,
                                       bool relu)
{
    const std::int64_t inputs = m_network[from].elements();
    FullyConnectedOp op;
    op.weights = constant(name, ConstantRole::Weights, {outputs, inputs});
    op.bias = constant(name, ConstantRole::Bias, {outputs});
    op.activation = relu ? kRelu : Activation{};
    const ValueId out = value(name, 1, 1, outputs);
    stage(name, op, {from}, {out}, {op.weights, *op.bias}, inputs * outputs);
    return out;
}

ValueId NetworkBuilder::globalAverage(const std::string& name, ValueId from)
{
    const ValueId out = value(name, 1, 1, m_network[from].channels);
    stage(name, ReduceOp{Reduction::Mean, true, true, false, true, {}}, {from}, {out}, {}, 0);
    return out;
}

ValueId NetworkBuilder::softmax(const std::string& name, ValueId from)
{
    const ValueId out = value(name, 1, 1, m_network[from].channels);
    stage(name, SoftmaxOp{}, {from}, {out}, {}, 0);
    return out;
}

ValueId NetworkBuilder::clamp(const std::string& name, ValueId from)
{
    const Value in = m_network[from];
    const ValueId out = value(name, in.rows, in.width, in.channels);
    stage(name, ClampOp{{-1, 1}}, {from}, {out}, {}, 0);
    return out;
}

ValueId NetworkBuilder::add(const std::string& name, ValueId a, ValueId b)
{
    const Value in = m_network[a];
    const ValueId out = value(name, in.rows, in.width, in.channels);
    stage(name, BinaryOp{}, {a, b}, {out}, {}, 0);
    return out;
}

ValueId NetworkBuilder::join(const std::string& name, const std::vector<ValueId>& from)
{
    const Value like = m_network[from.front()];
    const ValueId out = value(name, like.rows, like.width, like.channels);
    stage(name, PlanOnlyOp{"Join"}, from, {out}, {}, 0);
    return out;
}

ValueId NetworkBuilder::concatRows(const std::string& name, const std::vector<ValueId>& parts)
{
    const Value like = m_network[parts.front()];
    const ValueId out = value(name, 0, like.width, like.channels);
    for (const ValueId part : parts) {
        Value& whole = m_network.values[out.index()];
        m_network.values[part.index()].storage = Storage{out, whole.elements()};
        whole.rows += m_network[part].rows;
    }
    return out;
}

ValueId NetworkBuilder::slice(const std::string& name, ValueId from, std::int64_t begin,
                              std::int64_t rows)
{
    const Value in = m_network[from];
    const ValueId out = value(name, rows, in.width, in.channels);
    m_network.values[out.index()].storage =
        Storage{in.storage ? in.storage->base : from,
                begin * in.rowElements() + (in.storage ? in.storage->elementOffset : 0)};
    return out;
}

std::shared_ptr<const Network> NetworkBuilder::build()
{
    return std::make_shared<const Network>(std::move(m_network));
}

ValueId NetworkBuilder::value(const std::string& name, std::int64_t rows, std::int64_t width,
                              std::int64_t channels)
{
    Value v;
    v.name = name;
    v.type = m_type;
    v.rows = rows;
    v.width = width;
    v.channels = channels;
    m_network.values.push_back(v);
    return ValueId(m_network.values.size() - 1);
}

ConstantId NetworkBuilder::constant(const std::string& stage, ConstantRole role, Shape shape)
{
    Constant c;
    c.name = stage + (role == ConstantRole::Bias ? "_b" : "_w");
    c.role = role;
    c.type = role == ConstantRole::Bias && m_type == DataType::Int8 ? DataType::Int32 : m_type;
    c.shape = std::move(shape);
    m_network.constants.push_back(c);
    return ConstantId(m_network.constants.size() - 1);
}

void NetworkBuilder::stage(const std::string& name, StageOp op, std::vector<ValueId> inputs,
                           std::vector<ValueId> outputs, std::vector<ConstantId> constants,
                           std::int64_t macs)
{
    Stage s;
    s.name = name;
    s.op = std::move(op);
    s.inputs = std::move(inputs);
    s.outputs = std::move(outputs);
    s.constants = std::move(constants);
    s.macs = macs;
    m_network.stages.push_back(std::move(s));
}

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#include "tests/core/place/fixtures.h"

namespace tidemark::test {

namespace {

const Activation kRelu{0, std::numeric_limits<float>::infinity()};

/// Builds networks stage by stage.
class Builder {
public:
    explicit Builder(std::string name) { m_network.modelName = std::move(name); }

    ValueId input(std::int64_t rows, std::int64_t width, std::int64_t channels)
    {
        const ValueId id =
            value("input" + std::to_string(m_network.inputs.size()), rows, width, channels);
        m_network.inputs.push_back(id);
        return id;
    }

    ValueId conv(const std::string& name, ValueId from, std::int64_t kernel, std::int64_t stride,
                 std::int64_t pad, std::int64_t outChannels)
    {
        const Value in = m_network[from];
        ConvOp op;
        op.window = {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad};
        op.activation = kRelu;
        op.convRows = (in.rows + 2 * pad - kernel) / stride + 1;
        op.convWidth = (in.width + 2 * pad - kernel) / stride + 1;
        op.weights =
            constant(name, ConstantRole::Weights, {outChannels, kernel, kernel, in.channels});
        op.bias = constant(name, ConstantRole::Bias, {outChannels});
        const ValueId out = value(name, op.convRows, op.convWidth, outChannels);
        const std::int64_t macs = m_network[out].elements() * kernel * kernel * in.channels;
        stage(name, op, {from}, {out}, {op.weights, *op.bias}, macs);
        return out;
    }

    ValueId pool(const std::string& name, ValueId from, std::int64_t kernel, std::int64_t stride)
    {
        const Value in = m_network[from];
        MaxPoolOp op;
        op.window = {kernel, kernel, stride, stride, 1, 1, 0, 0, 0, 0};
        const ValueId out = value(name, (in.rows - kernel) / stride + 1,
                                  (in.width - kernel) / stride + 1, in.channels);
        stage(name, op, {from}, {out}, {}, 0);
        return out;
    }

    ValueId fullyConnected(const std::string& name, ValueId from, std::int64_t outputs,
                           bool relu = true)
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

    ValueId join(const std::string& name, const std::vector<ValueId>& from)
    {
        const Value like = m_network[from.front()];
        const ValueId out = value(name, like.rows, like.width, like.channels);
        stage(name, PlanOnlyOp{"Join"}, from, {out}, {}, 0);
        return out;
    }

    void output(ValueId id) { m_network.outputs.push_back(id); }
    const Value& operator[](ValueId id) const { return m_network[id]; }
    std::shared_ptr<const Network> build()
    {
        return std::make_shared<const Network>(std::move(m_network));
    }

private:
    ValueId value(const std::string& name, std::int64_t rows, std::int64_t width,
                  std::int64_t channels)
    {
        Value v;
        v.name = name;
        v.rows = rows;
        v.width = width;
        v.channels = channels;
        m_network.values.push_back(v);
        return ValueId(m_network.values.size() - 1);
    }

    ConstantId constant(const std::string& stage, ConstantRole role, Shape shape)
    {
        Constant c;
        c.name = stage + (role == ConstantRole::Bias ? "_b" : "_w");
        c.role = role;
        c.shape = std::move(shape);
        m_network.constants.push_back(c);
        return ConstantId(m_network.constants.size() - 1);
    }

    void stage(const std::string& name, StageOp op, std::vector<ValueId> inputs,
               std::vector<ValueId> outputs, std::vector<ConstantId> constants, std::int64_t macs)
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

    Network m_network;
};

} // namespace

std::shared_ptr<const Network> lenet5()
{
    Builder b("lenet5");
    ValueId x = b.input(32, 32, 1);
    x = b.pool("pool1", b.conv("conv1", x, 5, 1, 0, 6), 2, 2);
    x = b.pool("pool2", b.conv("conv2", x, 5, 1, 0, 16), 2, 2);
    x = b.fullyConnected("fc1", x, 120);
    x = b.fullyConnected("fc2", x, 84);
    b.output(b.fullyConnected("fc3", x, 10, false));
    return b.build();
}

std::shared_ptr<const Network> randomNetwork(std::mt19937& random)
{
    const auto pick = [&](int low, int high) {
        return std::uniform_int_distribution<int>(low, high)(random);
    };
    Builder b("random");
    std::vector<ValueId> values{b.input(pick(4, 9), pick(4, 9), pick(1, 3))};
    const int stages = pick(1, 7);
    for (int s = 0; s < stages; ++s) {
        const std::string name = "s" + std::to_string(s);
        const ValueId from =
            values[static_cast<std::size_t>(pick(0, static_cast<int>(values.size()) - 1))];
        const bool small = b[from].rows < 2 || b[from].width < 2;
        switch (pick(0, 3)) {
        case 0:
            values.push_back(b.conv(name, from, small ? 1 : pick(1, 2), 1, pick(0, 1), pick(1, 4)));
            break;
        case 1:
            values.push_back(b.pool(name, from, small ? 1 : 2, small ? 1 : pick(1, 2)));
            break;
        case 2:
            values.push_back(b.fullyConnected(name, from, pick(1, 9)));
            break;
        default:
            values.push_back(b.join(name, {from, values.back()}));
            break;
        }
    }
    b.output(values.back());
    if (pick(0, 3) == 0) {
        b.output(values[values.size() / 2]);
    }
    return b.build();
}

std::shared_ptr<const Board> board(std::int64_t tcm, std::int64_t ssram, std::int64_t mram)
{
    Board made;
    made.id = "test_board";
    made.name = "Test board";
    const auto add = [&](const char* id, BankKind kind, std::uint64_t base, std::int64_t bytes) {
        Bank bank;
        bank.id = id;
        bank.name = id;
        bank.kind = kind;
        bank.base = base;
        bank.capacity = Bytes(bytes);
        bank.readOnlyAtRunTime = kind == BankKind::Mram;
        made.banks.push_back(bank);
    };
    add("TCM", BankKind::Tcm, 0x10000000, tcm);
    add("SSRAM", BankKind::Ssram, 0x20000000, ssram);
    add("MRAM", BankKind::Mram, 0x0, mram);
    made.defaultRam = BankId(0);
    made.defaultConstants = BankId(2);
    made.codeBank = BankId(2);
    made.stackReserve = Bytes(1024);
    return std::make_shared<const Board>(std::move(made));
}

} // namespace tidemark::test

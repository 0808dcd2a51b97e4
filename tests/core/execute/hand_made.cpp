// SPDX-License-Identifier: Apache-2.0
#include "hand_made.h"

#include "core/bundle/server_bytes.h"

#include <algorithm>
#include <cstring>

namespace tidemark::handmade {

namespace {

std::int64_t outExtent(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                       std::int64_t dilation, std::int64_t pads)
{
    return (in + pads - (kernel - 1) * dilation - 1) / stride + 1;
}
std::int64_t outRows(const Window& w, std::int64_t rows)
{
    return outExtent(rows, w.kernelH, w.strideH, w.dilationH, w.padTop + w.padBottom);
}
std::int64_t outWidth(const Window& w, std::int64_t width)
{
    return outExtent(width, w.kernelW, w.strideW, w.dilationW, w.padLeft + w.padRight);
}

std::vector<std::byte> randomFloats(std::int64_t count, std::mt19937& random)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(count) * sizeof(float));
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(float)) {
        const float value = static_cast<float>(random() % 20001) / 10000.0F - 1.0F;
        std::memcpy(&bytes[i], &value, sizeof value);
    }
    return bytes;
}

Value makeValue(std::string name, std::int64_t rows, std::int64_t width, std::int64_t channels)
{
    Value value;
    value.name = std::move(name);
    value.rows = rows;
    value.width = width;
    value.channels = channels;
    return value;
}

bool alive(const Buffer& a, const Buffer& b)
{
    return a.residency.intersects(b.residency);
}

/// Lowest offset at which `buffer` meets no placed buffer that lives with it.
Bytes firstFit(const Plan& plan, const std::vector<BufferId>& placed, BufferId id, bool everybody)
{
    Bytes offset(0);
    for (bool moved = true; moved;) {
        moved = false;
        for (const BufferId other : placed) {
            const Placement& place = plan.placement(other);
            const Bytes end = place.offset + plan[other].bytes;
            if ((everybody || alive(plan[id], plan[other])) &&
                place.bank == plan.placement(id).bank && place.offset < offset + plan[id].bytes &&
                offset < end) {
                offset = alignUp(end, plan[id].alignment);
                moved = true;
            }
        }
    }
    return offset;
}

} // namespace

NetworkBuilder::NetworkBuilder(std::int64_t rows, std::int64_t width, std::int64_t channels,
                               unsigned seed)
    : m_random(seed)
{
    m_network->modelName = "hand made";
    m_network->values.push_back(makeValue("image", rows, width, channels));
    m_network->inputs.emplace_back(0);
}

NetworkBuilder& NetworkBuilder::conv(std::int64_t outChannels, Window window, std::int64_t groups,
                                     std::optional<Window> pool, bool relu)
{
    ConvOp op;
    op.window = window;
    op.groups = groups;
    op.pool = pool;
    op.convRows = outRows(window, last().rows);
    op.convWidth = outWidth(window, last().width);
    op.activation.min = relu ? 0 : op.activation.min;
    op.weights =
        addConstant("w", ConstantRole::Weights,
                    {outChannels, window.kernelH, window.kernelW, last().channels / groups});
    op.bias = addConstant("b", ConstantRole::Bias, {outChannels});
    const Window none;
    addStage("conv", op, {op.weights, *op.bias},
             makeValue("", outRows(pool.value_or(none), op.convRows),
                       outWidth(pool.value_or(none), op.convWidth), outChannels));
    return *this;
}

NetworkBuilder& NetworkBuilder::maxPool(Window window)
{
    addStage("pool", MaxPoolOp{window}, {},
             makeValue("", outRows(window, last().rows), outWidth(window, last().width),
                       last().channels));
    return *this;
}

NetworkBuilder& NetworkBuilder::fullyConnected(std::int64_t outputs, bool relu)
{
    FullyConnectedOp op;
    op.activation.min = relu ? 0 : op.activation.min;
    op.weights = addConstant("w", ConstantRole::Weights, {outputs, last().elements()});
    op.bias = addConstant("b", ConstantRole::Bias, {outputs});
    addStage("fc", op, {op.weights, *op.bias}, makeValue("", 1, 1, outputs));
    return *this;
}

NetworkBuilder& NetworkBuilder::clamp(float min, float max)
{
    addStage("clamp", ClampOp{{min, max}}, {},
             makeValue("", last().rows, last().width, last().channels));
    return *this;
}

NetworkBuilder& NetworkBuilder::planOnly(std::string typeName)
{
    addStage("strange", PlanOnlyOp{std::move(typeName)}, {}, makeValue("", 1, 1, 4));
    return *this;
}

std::shared_ptr<Network> NetworkBuilder::finish()
{
    m_network->outputs.emplace_back(m_network->values.size() - 1);
    return m_network;
}

ConstantId NetworkBuilder::addConstant(std::string name, ConstantRole role, Shape shape)
{
    Constant constant;
    constant.name = std::move(name) + std::to_string(m_network->constants.size());
    constant.role = role;
    constant.data = ConstantData(randomFloats(elementCount(shape).value(), m_random));
    constant.shape = std::move(shape);
    m_network->constants.push_back(std::move(constant));
    return ConstantId(m_network->constants.size() - 1);
}

void NetworkBuilder::addStage(std::string name, StageOp op, std::vector<ConstantId> constants,
                              Value output)
{
    Stage stage;
    stage.name = name + std::to_string(m_network->stages.size() + 1);
    stage.op = std::move(op);
    stage.inputs.emplace_back(m_network->values.size() - 1);
    stage.outputs.emplace_back(m_network->values.size());
    stage.constants = std::move(constants);
    output.name = stage.name + ":0";
    m_network->values.push_back(std::move(output));
    m_network->stages.push_back(std::move(stage));
}

Window square(std::int64_t kernel, std::int64_t stride, std::int64_t pad)
{
    return {kernel, kernel, stride, stride, 1, 1, pad, pad, pad, pad};
}

std::shared_ptr<Network> lenet5()
{
    return NetworkBuilder(32, 32, 1, 5)
        .conv(6, square(5), 1, square(2, 2))
        .conv(16, square(5), 1, square(2, 2))
        .fullyConnected(120, true)
        .fullyConnected(84, true)
        .fullyConnected(10)
        .finish();
}

std::shared_ptr<Network> randomNetwork(unsigned seed)
{
    std::mt19937 random(seed);
    const auto range = [&](int low, int high) { // closed
        return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
    };
    std::int64_t rows = range(5, 12);
    std::int64_t width = range(1, 12);
    std::int64_t channels = range(1, 4);
    NetworkBuilder builder(rows, width, channels, seed);
    for (int stages = range(1, 4); stages > 0; --stages) {
        // Kernels no larger than what is left, asymmetric pads, strides up to 2.
        Window w{range(1, static_cast<int>(std::min<std::int64_t>(3, rows))),
                 range(1, static_cast<int>(std::min<std::int64_t>(3, width)))};
        w.strideH = range(1, 2);
        w.strideW = range(1, 2);
        const int kind = range(0, 3);
        if (kind < 2) {
            w.padTop = range(0, 1);
            w.padRight = range(0, 2);
            std::optional<Window> pool;
            const bool poolable = outRows(w, rows) >= 2 && outWidth(w, width) >= 2;
            if (kind == 1 && poolable) {
                pool = square(2, 2);
            }
            const std::int64_t groups = channels % 2 == 0 ? range(1, 2) : 1;
            const std::int64_t outChannels = groups * range(1, 3);
            builder.conv(outChannels, w, groups, pool, range(0, 1) == 0);
            rows = outRows(pool.value_or(Window{}), outRows(w, rows));
            width = outWidth(pool.value_or(Window{}), outWidth(w, width));
            channels = outChannels;
        } else if (kind == 2) {
            builder.maxPool(w);
            rows = outRows(w, rows);
            width = outWidth(w, width);
        } else {
            builder.clamp(-0.5F, 0.75F);
        }
    }
    if (range(0, 1) == 0) {
        builder.fullyConnected(range(1, 7));
    }
    return builder.finish();
}

std::vector<std::vector<std::byte>> randomInputs(const Network& network, unsigned seed)
{
    std::mt19937 random(seed);
    std::vector<std::vector<std::byte>> inputs;
    for (const ValueId input : network.inputs) {
        inputs.push_back(randomFloats(network[input].elements(), random));
    }
    return inputs;
}

std::shared_ptr<Board> plainBoard()
{
    auto board = std::make_shared<Board>();
    board->id = "hand_made";
    board->name = "Hand-made board";
    const auto bank = [](std::string id, std::uint64_t base, std::int64_t bytes, bool readOnly) {
        Bank made;
        made.id = std::move(id);
        made.base = base;
        made.capacity = Bytes(bytes);
        made.readOnlyAtRunTime = readOnly;
        return made;
    };
    board->banks = {bank("FLASH", 0, 1 << 20, true), bank("RAM", 0x20000000, 1 << 20, false),
                    bank("TCM", 0x10000000, 1 << 16, false)};
    board->codeBank = BankId(0);
    board->defaultConstants = BankId(0);
    board->defaultRam = BankId(1);
    board->stackReserve = Bytes(1024);
    return board;
}

std::shared_ptr<Plan> handPlan(std::shared_ptr<const Network> network,
                               std::shared_ptr<const Board> board, Packing packing)
{
    auto plan = std::make_shared<Plan>();
    plan->network = network;
    plan->board = board;
    Schedule& schedule = plan->schedule;
    for (std::size_t s = 0; s < network->stages.size(); ++s) {
        const EventId first(schedule.events.size());
        const Stage& stage = network->stages[s];
        const std::int64_t rows = stage.isPlanOnly() ? 1 : (*network)[stage.outputs.front()].rows;
        for (std::int64_t row = 0; row < rows; ++row) {
            schedule.events.push_back({EventKind::Row, StageId(s), row});
        }
        schedule.order.emplace_back(s);
        schedule.stageEvents.push_back({first, EventId(schedule.events.size() - 1)});
    }
    for (std::size_t v = 0; v < network->values.size(); ++v) { // a chain: value v is made by v - 1
        Buffer buffer;
        buffer.name = "value" + std::to_string(v);
        buffer.kind = v == 0                            ? BufferKind::Input
                      : v + 1 == network->values.size() ? BufferKind::Output
                                                        : BufferKind::Activation;
        buffer.bytes = network->values[v].bytes();
        buffer.alignment = Bytes(4);
        buffer.residency.first = v == 0 ? EventId(0) : schedule.stageEvents[v - 1].first;
        buffer.residency.last = schedule.stageEvents[std::min(v, schedule.order.size() - 1)].last;
        buffer.value = ValueId(v);
        plan->buffers.push_back(std::move(buffer));
    }
    for (std::size_t c = 0; c < network->constants.size(); ++c) {
        Buffer buffer;
        buffer.name = "constant" + std::to_string(c);
        buffer.kind = BufferKind::Weight;
        buffer.bytes = network->constants[c].bytes();
        buffer.alignment = Bytes(4);
        buffer.residency = schedule.whole();
        buffer.constant = ConstantId(c);
        plan->buffers.push_back(std::move(buffer));
    }
    plan->placements.resize(plan->buffers.size());
    std::vector<BufferId> placed;
    for (std::size_t i = 0; i < plan->buffers.size(); ++i) {
        const BufferId id(i);
        Placement& place = plan->placements[i];
        place.bank = (*plan)[id].isConstant() ? board->defaultConstants : board->defaultRam;
        place.offset = firstFit(*plan, placed, id, packing == Packing::Disjoint);
        placed.push_back(id);
    }
    refreshFigures(*plan);
    return plan;
}

void refreshFigures(Plan& plan)
{
    plan.banks.assign(plan.board->banks.size(), BankUse{});
    plan.stages.assign(plan.network->stages.size(), StageFigures{});
    plan.weightBytes = Bytes(0);
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        plan.banks[b].capacity = plan.board->banks[b].capacity;
    }
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const BankId bank = plan.placements[i].bank;
        BankUse& use = plan.banks[bank.index()];
        use.planned = std::max(use.planned, plan.placements[i].offset + plan.buffers[i].bytes);
        if (plan.buffers[i].isConstant()) {
            plan.weightBytes += plan.buffers[i].bytes;
            if (!(*plan.board)[bank].readOnlyAtRunTime) {
                plan.banks[plan.board->codeBank.index()].images += plan.buffers[i].bytes;
            }
        }
    }
    BankUse& ram = plan.banks[plan.board->defaultRam.index()];
    ram.stack = plan.board->stackReserve;
    ram.server = serverBytes(*plan.network, plan.serverKeepsInput);
    plan.peakRam = Bytes(0);
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        if (!plan.board->banks[b].readOnlyAtRunTime) {
            plan.peakRam += plan.banks[b].planned + plan.banks[b].stack;
        }
    }
    plan.fits = true;
}

} // namespace tidemark::handmade

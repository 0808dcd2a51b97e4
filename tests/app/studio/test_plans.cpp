// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/studio/test_plans.h"

#include <algorithm>

namespace tidemark::studio::testing {

PlanBuilder& PlanBuilder::bank(const std::string& id, std::int64_t capacity, bool readOnly)
{
    Bank bank;
    bank.id = bank.name = id;
    bank.kind = readOnly ? BankKind::Mram : BankKind::Tcm;
    bank.capacity = Bytes(capacity);
    bank.readOnlyAtRunTime = readOnly;
    m_banks.push_back(bank);
    return *this;
}

PlanBuilder& PlanBuilder::stage(const std::string& name, std::int64_t rows)
{
    Stage stage;
    stage.name = name;
    stage.op = PlanOnlyOp{name};
    m_network.stages.push_back(stage);
    m_rows.push_back(rows);
    return *this;
}

PlanBuilder& PlanBuilder::buffer(BufferSpec spec)
{
    m_buffers.push_back(std::move(spec));
    return *this;
}

PlanBuilder& PlanBuilder::stack(std::int64_t bytes)
{
    m_stack = bytes;
    return *this;
}

PlanPtr PlanBuilder::build() const
{
    auto board = std::make_shared<Board>();
    board->id = board->name = "bench";
    board->banks = m_banks;
    board->defaultRam = board->codeBank = board->defaultConstants = BankId(0);
    for (std::size_t b = 0; b < m_banks.size(); ++b) {
        if (m_banks[b].readOnlyAtRunTime) {
            board->codeBank = board->defaultConstants = BankId(b);
            break;
        }
    }

    auto plan = std::make_shared<Plan>();
    for (std::size_t s = 0; s < m_rows.size(); ++s) {
        const std::size_t first = plan->schedule.events.size();
        for (std::int64_t row = 0; row < m_rows[s]; ++row) {
            plan->schedule.events.push_back({EventKind::Row, StageId(s), row});
        }
        plan->schedule.order.emplace_back(s);
        plan->schedule.stageEvents.push_back(
            {EventId(first), EventId(plan->schedule.events.size() - 1)});
    }
    plan->banks.resize(m_banks.size());
    for (std::size_t b = 0; b < m_banks.size(); ++b) {
        plan->banks[b].capacity = m_banks[b].capacity;
    }
    plan->banks[0].stack = Bytes(m_stack);
    for (const BufferSpec& spec : m_buffers) {
        Buffer buffer;
        buffer.name = spec.name;
        buffer.kind = spec.kind;
        buffer.bytes = Bytes(spec.bytes);
        buffer.residency = {plan->schedule.stageEvents[spec.firstStage].first,
                            plan->schedule.stageEvents[spec.lastStage].last};
        for (std::size_t s = 0; s < m_rows.size(); ++s) {
            const bool writes = std::ranges::find(spec.writtenIn, s) != spec.writtenIn.end();
            const bool reads = std::ranges::find(spec.readIn, s) != spec.readIn.end();
            if (writes || reads) {
                buffer.accesses.push_back(
                    {StageId(s), Bytes(reads ? spec.bytes : 0), Bytes(writes ? spec.bytes : 0)});
            }
        }
        buffer.value = spec.value;
        BankUse& use = plan->banks[spec.bank];
        use.planned = std::max(use.planned, Bytes(spec.offset + spec.bytes));
        plan->buffers.push_back(buffer);
        plan->placements.push_back({BankId(spec.bank), Bytes(spec.offset), false});
    }
    for (std::size_t b = 0; b < m_banks.size(); ++b) {
        if (!m_banks[b].readOnlyAtRunTime) {
            plan->activationBytes += plan->banks[b].planned;
            plan->peakRam += plan->banks[b].used();
        }
    }
    plan->stages.resize(m_rows.size());
    plan->lowerBound.bytes = plan->activationBytes;
    plan->lowerBound.status = ProofStatus::Optimal;
    plan->fits = true;
    plan->network = std::make_shared<const Network>(m_network);
    plan->board = std::move(board);
    return plan;
}

PlanPtr lenetPlan()
{
    PlanBuilder b;
    b.bank("TCM", 393'216).bank("SSRAM", 1'048'576).bank("MRAM", 2'097'152, true).stack(2'048);
    b.stage("conv1", 14).stage("conv2", 5).stage("fc1", 1).stage("fc2", 1).stage("fc3", 1);

    const auto value = [&](const char* name, std::int64_t rows, std::int64_t width,
                           std::int64_t channels) {
        Value v;
        v.name = name;
        v.rows = rows;
        v.width = width;
        v.channels = channels;
        b.network().values.push_back(v);
        return ValueId(b.network().values.size() - 1);
    };
    const ValueId input = value("image", 32, 32, 1), conv1 = value("p1", 14, 14, 6);
    const ValueId conv2 = value("p2", 5, 5, 16), fc1 = value("f1", 1, 1, 120);
    const ValueId fc2 = value("f2", 1, 1, 84), fc3 = value("f3", 1, 1, 10);
    const auto conv = [&](std::size_t stage, ValueId from, ValueId to, std::int64_t rows) {
        ConvOp op;
        op.window.kernelH = op.window.kernelW = 5;
        op.pool = Window{.kernelH = 2, .kernelW = 2, .strideH = 2, .strideW = 2};
        op.convRows = op.convWidth = rows;
        b.network().stages[stage].op = op;
        b.network().stages[stage].inputs = {from};
        b.network().stages[stage].outputs = {to};
    };
    conv(0, input, conv1, 28);
    conv(1, conv1, conv2, 10);
    const ValueId dense[] = {conv2, fc1, fc2, fc3};
    for (std::size_t i = 0; i < 3; ++i) {
        b.network().stages[2 + i].op = FullyConnectedOp{};
        b.network().stages[2 + i].inputs = {dense[i]};
        b.network().stages[2 + i].outputs = {dense[i + 1]};
    }
    b.network().inputs = {input};
    b.network().outputs = {fc3};

    b.buffer({"input", BufferKind::Input, 4'096, 0, 0, 0, 0, {}, {0}, input});
    b.buffer({"conv1", BufferKind::Activation, 4'704, 0, 4'096, 0, 1, {0}, {1}, conv1});
    b.buffer({"conv2", BufferKind::Activation, 1'600, 0, 0, 1, 2, {1}, {2}, conv2});
    b.buffer({"fc1", BufferKind::Activation, 480, 0, 1'600, 2, 3, {2}, {3}, fc1});
    b.buffer({"fc2", BufferKind::Activation, 336, 0, 0, 3, 4, {3}, {4}, fc2});
    b.buffer({"fc3", BufferKind::Output, 40, 0, 336, 4, 4, {4}, {}, fc3});
    std::int64_t offset = 0;
    const auto weight = [&](const char* name, std::int64_t bytes, std::size_t stage) {
        b.buffer({name, BufferKind::Weight, bytes, 2, offset, 0, 4, {}, {stage}, std::nullopt});
        offset += bytes;
    };
    weight("conv1.weights", 600, 0);
    weight("conv1.bias", 24, 0);
    weight("conv2.weights", 9'600, 1);
    weight("conv2.bias", 64, 1);
    weight("fc1.weights", 192'000, 2);
    weight("fc1.bias", 480, 2);
    weight("fc2.weights", 40'320, 3);
    weight("fc2.bias", 336, 3);
    weight("fc3.weights", 3'360, 4);
    weight("fc3.bias", 40, 4);
    return b.build();
}

PlanPtr crowdedPlan(std::size_t stages, std::size_t buffers)
{
    PlanBuilder b;
    b.bank("TCM", 64 << 20).bank("MRAM", 64 << 20, true);
    for (std::size_t s = 0; s < stages; ++s) {
        b.stage("s" + std::to_string(s), 4);
    }
    std::vector<std::int64_t> top(stages, 0);
    for (std::size_t i = 0; i < buffers; ++i) {
        const std::size_t first = i % stages;
        const std::size_t last = std::min(stages - 1, first + 1);
        const auto bytes = static_cast<std::int64_t>(64 + (i * 2'654'435'761U) % 4'000);
        const std::int64_t offset = std::max(top[first], top[last]);
        b.buffer({"b" + std::to_string(i),
                  static_cast<BufferKind>(i % 3 == 0 ? 8 : 2),
                  bytes,
                  0,
                  offset,
                  first,
                  last,
                  {first},
                  {last},
                  std::nullopt});
        top[first] = top[last] = offset + bytes;
    }
    return b.build();
}

} // namespace tidemark::studio::testing

// SPDX-License-Identifier: Apache-2.0
#include "core/cost/cost_model.h"

#include "core/cost/board_costs.h"
#include "core/cost/instruction_rates.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <utility>

namespace tidemark {

namespace {

constexpr const char* kInstructions = "instructions";

Estimate unknownInstructions(std::string reason)
{
    return {std::nullopt, kInstructions, Provenance::Unknown, std::move(reason)};
}

std::string percent(double share)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.0f %%", std::max(1.0, share * 100));
    return text;
}

/// Of a kind of shape that was not counted: those of the next more general kind.
const KernelRates* ratesFor(const CoreRates& rates, const StageWork& work)
{
    for (std::string kind = work.kernel; !kind.empty();) {
        const auto found = rates.kernels.find(kind);
        if (found != rates.kernels.end()) {
            return found->second.rates.size() == work.loops.size() ? &found->second : nullptr;
        }
        const std::size_t space = kind.rfind(' ');
        kind.resize(space == std::string::npos ? 0 : space);
    }
    return nullptr;
}

Estimate predict(const StageWork& work, const Core& core)
{
    const CoreRates* const rates = ratesOf(core);
    if (rates == nullptr) {
        return unknownInstructions("no kernel was counted on a core called " + core.name);
    }
    if (work.kernel.empty()) {
        return unknownInstructions("there is no kernel for the stage");
    }
    const KernelRates* const fitted = ratesFor(*rates, work);
    if (fitted == nullptr) {
        return unknownInstructions("the kernel " + work.kernel + " was not counted on " +
                                   core.name);
    }
    const double sum =
        std::inner_product(work.loops.begin(), work.loops.end(), fitted->rates.begin(), 0.0);
    return {sum, kInstructions, Provenance::Measured,
            work.kernel + ": fitted to " + std::to_string(fitted->samples) + " stages counted on " +
                rates->board + ", within " + percent(fitted->worstError)};
}

bool isCopyFor(const Buffer& buffer, std::optional<StageId> stage)
{
    return buffer.kind == BufferKind::StagedCopy && buffer.constant && !buffer.accesses.empty() &&
           (!stage || buffer.accesses.front().stage == *stage);
}

/// What the firmware does for a copy: see core/bundle/stage_text.cpp.
StageWork workOfCopy(Bytes bytes)
{
    return {"staged_copy",
            {1, static_cast<double>(bytes.count() / 4), static_cast<double>(bytes.count() % 4)},
            {},
            {}};
}

double accessesOfCopy(Bytes bytes)
{
    return static_cast<double>(bytes.count() / 4 + bytes.count() % 4);
}

double elementSize(const Network& network, const Buffer& buffer)
{
    const DataType type = buffer.value      ? network[*buffer.value].type
                          : buffer.constant ? network[*buffer.constant].type
                                            : DataType::Int32;
    return static_cast<double>(elementBytes(type).count());
}

/// The buffers that kernels go to for a value, a constant, a stage's accumulator or scratch.
struct Holders {
    std::vector<std::optional<std::size_t>> values, constants, homes, accumulators, scratch;

    Holders(const Network& network, std::span<const Buffer> buffers)
        : values(network.values.size()), constants(network.constants.size()),
          homes(network.constants.size()), accumulators(network.stages.size()),
          scratch(network.stages.size())
    {
        for (std::size_t b = 0; b < buffers.size(); ++b) {
            const Buffer& buffer = buffers[b];
            if (buffer.kind == BufferKind::StagedCopy && buffer.constant) {
                constants[buffer.constant->index()] = b;
            } else if (buffer.constant) {
                homes[buffer.constant->index()] = b;
            } else if (buffer.accumulates) {
                accumulators[buffer.accumulates->index()] = b;
            } else if (buffer.value) {
                values[buffer.value->index()] = b;
            } else if (buffer.kind == BufferKind::Scratch && buffer.accesses.size() == 1) {
                scratch[buffer.accesses.front().stage.index()] = b;
            }
        }
        for (std::size_t c = 0; c < constants.size(); ++c) {
            constants[c] = constants[c] ? constants[c] : homes[c];
        }
    }
};

class WorkCounter {
public:
    WorkCounter(const Network& network, std::span<const Buffer> buffers)
        : m_network(network), m_buffers(buffers), m_holders(network, buffers)
    {
    }

    void add(StageId id, const StageWork& work)
    {
        const Stage& stage = m_network[id];
        const auto accumulator = m_holders.accumulators[id.index()];
        for (const auto& [value, traffic] : work.values) {
            const ValueId base = m_network[value].storage ? m_network[value].storage->base : value;
            const bool isOutput = !stage.outputs.empty() && value == stage.outputs.front();
            if (accumulator && isOutput) {
                addGathered(stage, *accumulator, base);
            } else {
                add(m_holders.values[base.index()], traffic);
            }
        }
        for (const auto& [constant, traffic] : work.constants) {
            add(m_holders.constants[constant.index()], traffic);
        }
        add(m_holders.scratch[id.index()], work.scratch);
    }

    /// Every staged copy is made once, for the first stage that reads it.
    void addCopies(StageId stage)
    {
        for (std::size_t b = 0; b < m_buffers.size(); ++b) {
            const auto home = isCopyFor(m_buffers[b], stage)
                                  ? m_holders.homes[m_buffers[b].constant->index()]
                                  : std::nullopt;
            if (home) {
                m_touches.push_back({BufferId(*home), copyReads(m_buffers[b].bytes)});
                m_touches.push_back({BufferId(b), copyWrites(m_buffers[b].bytes)});
            }
        }
    }

    std::vector<BufferTouch> take() { return std::exchange(m_touches, {}); }

private:
    /// NAME_begin writes the accumulator, NAME_add reads and writes it for each input row, NAME_end
    /// reads it and writes the output.
    void addGathered(const Stage& stage, std::size_t accumulator, ValueId output)
    {
        const Value& in = m_network[stage.inputs.front()];
        const Value& out = m_network[stage.outputs.front()];
        const bool reduces = std::holds_alternative<ReduceOp>(stage.op);
        const bool everyElement = reduces && out.type == DataType::Float32;
        const auto outputs = static_cast<double>(out.elements());
        const auto turns = static_cast<double>(everyElement ? in.elements() : in.rows) *
                           (everyElement ? 1 : outputs);
        add(accumulator, {4 * (turns + outputs), 4 * (turns + outputs)});
        add(m_holders.values[output.index()], {0, static_cast<double>(out.bytes().count())});
    }

    void add(std::optional<std::size_t> buffer, const Traffic& bytes)
    {
        if (!buffer) {
            return;
        }
        const double size = elementSize(m_network, m_buffers[*buffer]);
        m_touches.push_back(
            {BufferId(*buffer), {bytes, {bytes.read / size, bytes.written / size}}});
    }

    const Network& m_network;
    std::span<const Buffer> m_buffers;
    Holders m_holders;
    std::vector<BufferTouch> m_touches;
};

} // namespace

BufferWork copyReads(Bytes bytes)
{
    return {{static_cast<double>(bytes.count()), 0}, {accessesOfCopy(bytes), 0}};
}

BufferWork copyWrites(Bytes bytes)
{
    return {{0, static_cast<double>(bytes.count())}, {0, accessesOfCopy(bytes)}};
}

CostModel::CostModel(const Network& network, const Board& board, std::span<const Buffer> buffers)
    : m_network(network), m_board(board)
{
    const Holders holders(network, buffers);
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        m_work.push_back(stageWork(network, network.stages[s], holders.scratch[s].has_value()));
        m_instructions.push_back(predict(m_work.back(), board.core));
    }
}

std::vector<InstructionTerm> CostModel::terms(StageId stage) const
{
    std::vector<InstructionTerm> terms;
    const StageWork& done = work(stage);
    const CoreRates* const rates = ratesOf(m_board.core);
    const KernelRates* const fitted = rates != nullptr ? ratesFor(*rates, done) : nullptr;
    const auto names = loopNames(done.kernel);
    for (std::size_t i = 0; fitted != nullptr && i < done.loops.size(); ++i) {
        if (fitted->rates[i] > 0 && done.loops[i] > 0) {
            terms.push_back({names[i], done.loops[i], fitted->rates[i]});
        }
    }
    return terms;
}

Estimate CostModel::copyInstructions(Bytes bytes) const
{
    return predict(workOfCopy(bytes), m_board.core);
}

std::optional<Estimate> CostModel::copying(std::span<const Buffer> buffers,
                                           std::optional<StageId> stage) const
{
    Ingredients from;
    std::optional<double> sum;
    for (const Buffer& buffer : buffers) {
        if (isCopyFor(buffer, stage)) {
            sum = sum.value_or(0) + from.use(copyInstructions(buffer.bytes));
        }
    }
    return sum ? std::optional(from.estimate(*sum, kInstructions, "of staged copies"))
               : std::nullopt;
}

std::vector<std::vector<BufferTouch>> CostModel::touches(std::span<const Buffer> buffers) const
{
    WorkCounter counter(m_network, buffers);
    std::vector<std::vector<BufferTouch>> all;
    for (std::size_t s = 0; s < m_work.size(); ++s) {
        counter.add(StageId(s), m_work[s]);
        counter.addCopies(StageId(s));
        all.push_back(counter.take());
    }
    return all;
}

std::vector<BufferWork> CostModel::bufferWork(std::span<const Buffer> buffers) const
{
    std::vector<BufferWork> sums(buffers.size());
    for (const auto& stage : touches(buffers)) {
        for (const BufferTouch& touch : stage) {
            sums[touch.buffer.index()] += touch.work;
        }
    }
    return sums;
}

CostModel::Price CostModel::price(const BufferWork& work, BankId bank) const
{
    const BoardCosts costs(m_board);
    Price price;
    Ingredients time;
    const double cycles = costs.waitCycles(work, bank, time);
    const double microseconds = costs.microseconds(cycles, time);
    if (time.isKnown()) {
        price.microseconds = microseconds;
    }
    Ingredients energy;
    const double microjoules =
        costs.activeMicrojoules(costs.waitCycles(work, bank, energy), energy) +
        costs.accessMicrojoules(work, bank, energy);
    if (energy.isKnown() && !m_board.isVirtual) {
        price.microjoules = microjoules;
    }
    return price;
}

bool CostModel::isAlwaysOn(BankId bank) const
{
    const std::string& group = m_board[bank].powerGroup;
    return group.empty() || group == m_board[m_board.codeBank].powerGroup ||
           group == m_board[m_board.defaultRam].powerGroup; // the stack is there
}

std::optional<double> CostModel::switchOnMicrojoules(BankId bank) const
{
    if (isAlwaysOn(bank)) {
        return 0;
    }
    Ingredients from;
    const double time = from.use(microseconds());
    const double leaked = BoardCosts(m_board).leakedMicrojoules(bank, time, from);
    return from.isKnown() ? std::optional(leaked) : std::nullopt;
}

Estimate CostModel::instructions() const
{
    Ingredients from;
    double sum = 0;
    for (const Estimate& stage : m_instructions) {
        sum += from.use(stage);
    }
    return from.estimate(
        sum, kInstructions,
        "of all kernels, fitted to counted runs on the virtual board of this core");
}

Estimate CostModel::microseconds() const
{
    Ingredients from;
    const BoardCosts costs(m_board);
    const double cycles = costs.cycles(from.use(instructions()), from);
    return from.estimate(costs.microseconds(cycles, from), "us", "without waiting for banks");
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/execute/execute.h"

#include "core/execute/kernel_call.h"
#include "core/lower/kernel_tables.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace tidemark {

namespace {

/// What dead bytes hold: as fp32 a huge number, as int8 the greatest, so that a maximum, a sum and
/// a clamp all let it through.
constexpr std::byte kPoison{0x7f};

/// Views lie inside values that are none.
Status checkViews(const Network& network)
{
    for (const Value& value : network.values) {
        if (!value.storage) {
            continue;
        }
        const Value& base = network[value.storage->base];
        const std::int64_t first = value.storage->elementOffset;
        if (base.storage || base.type != value.type || first < 0 ||
            first > base.elements() - value.elements()) {
            return Diagnostic{ErrorKind::BadInput,
                              "view " + printable(value.name) + " lies outside " +
                                  printable(base.name),
                              printable(network.modelName), "report this: it is a fault here"};
        }
    }
    return Done{};
}

/// The network's views, and one whole array for each of its inputs.
Status checkInputs(const Network& network, std::span<const std::vector<std::byte>> inputs)
{
    if (inputs.size() != network.inputs.size()) {
        return Diagnostic{ErrorKind::BadInput,
                          "the model has " + std::to_string(network.inputs.size()) +
                              " inputs, given were " + std::to_string(inputs.size()),
                          printable(network.modelName), "give one array for each input"};
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Value& value = network[network.inputs[i]];
        if (static_cast<std::int64_t>(inputs[i].size()) != value.bytes().count()) {
            return Diagnostic{ErrorKind::BadInput,
                              "input has " + std::to_string(inputs[i].size()) +
                                  " bytes instead of " + std::to_string(value.bytes().count()),
                              printable(value.name), "give the whole tensor"};
        }
    }
    return checkViews(network);
}

/// Where a call's inputs, output and constants lie. Constants in the order of
/// KernelCall::constants.
struct CallMemory {
    std::vector<const std::byte*> inputs;
    std::vector<const void*> constants;
    std::byte* output = nullptr;
};

/// Calls a stage's kernel for one output row. `sourceRow(i, row)` is where a row of input i lies.
class RowRunner {
public:
    template <class SourceRow>
    void run(const KernelCall& call, std::int64_t row, void* target,
             std::span<const void* const> constants, void* scratch, SourceRow sourceRow)
    {
        m_rows.clear();
        for (std::size_t i = 0; i < call.inputs.size(); ++i) {
            const RowWindow& w = call.inputs[i].window;
            for (std::int32_t k = 0; k < w.count; ++k) {
                const std::int32_t r = w.topRow(row) + k;
                m_rows.push_back(r < 0 || r >= w.rows ? nullptr : sourceRow(i, r));
            }
        }
        runKernel(call, target, m_rows.data(), constants, scratch);
    }

    /// With full tensors.
    void run(const KernelCall& call, std::int64_t row, const CallMemory& memory)
    {
        run(call, row, memory.output + row * call.outputRowBytes, memory.constants, nullptr,
            [&](std::size_t i, std::int32_t r) -> const void* {
                return memory.inputs[i] + std::int64_t{r} * call.inputs[i].window.rowBytes;
            });
    }

private:
    std::vector<const void*> m_rows;
};

/// `memory` of a call, given where values and constants lie.
template <class ValueAt, class ConstantAt>
CallMemory memoryOf(const KernelCall& call, ValueAt valueAt, ConstantAt constantAt)
{
    CallMemory memory;
    for (const KernelInput& input : call.inputs) {
        const auto* value = std::get_if<ValueId>(&input.source);
        memory.inputs.push_back(value ? valueAt(*value)
                                      : constantAt(std::get<ConstantId>(input.source)));
    }
    for (const std::optional<ConstantId> id : call.constants) {
        memory.constants.push_back(id ? constantAt(*id) : nullptr);
    }
    memory.output = valueAt(call.output);
    return memory;
}

/// Byte offset of a view in its base, 0 for other values; and the value that has the bytes.
struct Home {
    ValueId base;
    std::int64_t offset = 0;
};
Home homeOf(const Network& network, ValueId id)
{
    const Value& value = network[id];
    if (!value.storage) {
        return {id, 0};
    }
    return {value.storage->base, value.storage->elementOffset * elementBytes(value.type).count()};
}

/// Constants in memory of their own, aligned as their bytes in a model file may not be.
class AlignedConstants {
public:
    explicit AlignedConstants(const Network& network)
        : m_network(network), m_copies(network.constants.size())
    {
    }

    const std::byte* get(ConstantId id)
    {
        std::vector<std::uint64_t>& copy = m_copies[id.index()];
        const std::span<const std::byte> bytes = m_network[id].data.bytes();
        if (copy.empty() && !bytes.empty()) {
            copy.resize((bytes.size() + 7) / 8);
            std::memcpy(copy.data(), bytes.data(), bytes.size());
        }
        return reinterpret_cast<const std::byte*>(copy.data());
    }

private:
    const Network& m_network;
    std::vector<std::vector<std::uint64_t>> m_copies;
};

/// A plan's banks on the host.
class PlannedRun {
public:
    explicit PlannedRun(const Plan& plan) : m_plan(plan), m_network(*plan.network) {}

    Result<std::vector<std::vector<std::byte>>> run(std::span<const std::vector<std::byte>> inputs)
    {
        if (auto status = mapBuffers(); !status) {
            return status.error();
        }
        auto calls = kernelCalls(m_network, [&](StageId stage) { return m_sums.contains(stage); });
        if (!calls) {
            return calls.error();
        }
        fillConstants();
        const auto& events = m_plan.schedule.events;
        const auto streamed =
            m_plan.schedule.streamsInput() ? streamedInput(m_network) : std::nullopt;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (m_network.inputs[i] != streamed) {
                std::copy(inputs[i].begin(), inputs[i].end(), valueAt(m_network.inputs[i]));
            }
        }
        for (std::size_t e = 0; e < events.size(); ++e) {
            poisonDeadBytes(EventId(e));
            const Status status =
                events[e].kind == EventKind::InputRow ? takeInputRow(inputs, events[e].row)
                : events[e].kind == EventKind::Copy   ? copyConstant(events[e].constant)
                                                      : runEvent(events[e], *calls);
            if (!status) {
                return status.error();
            }
        }
        std::vector<std::vector<std::byte>> outputs;
        for (const ValueId output : m_network.outputs) {
            const std::byte* begin = valueAt(output);
            outputs.emplace_back(begin, begin + m_network[output].bytes().count());
        }
        return outputs;
    }

private:
    static Diagnostic broken(std::string what)
    {
        return {ErrorKind::DoesNotFit, "the plan does not hold water: " + std::move(what), "",
                "plan the model again"};
    }

    Status mapBuffers()
    {
        if (m_plan.placements.size() != m_plan.buffers.size()) {
            return broken("not every buffer has a place");
        }
        m_valueBuffer.resize(m_network.values.size());
        m_constantBuffer.resize(m_network.constants.size());
        std::vector<Bytes> extents(m_plan.board->banks.size());
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            if (auto status = mapBuffer(BufferId(i), extents); !status) {
                return status;
            }
        }
        for (std::size_t v = 0; v < m_valueBuffer.size(); ++v) {
            if (!m_valueBuffer[homeOf(m_network, ValueId(v)).base.index()].isValid()) {
                return broken("a tensor has no buffer");
            }
        }
        for (const BufferId id : m_constantBuffer) {
            if (!id.isValid()) {
                return broken("a tensor has no buffer");
            }
        }
        for (std::size_t b = 0; b < extents.size(); ++b) {
            m_banks.emplace_back(static_cast<std::size_t>(extents[b].count()), kPoison);
            std::sort(m_byOffset[b].begin(), m_byOffset[b].end(), [this](BufferId x, BufferId y) {
                return m_plan.placement(x).offset < m_plan.placement(y).offset;
            });
        }
        return Done{};
    }

    /// Of a buffer's elements; those of 8 bytes are read and written by halves.
    Bytes alignmentOf(const Buffer& buffer) const
    {
        constexpr Bytes kWord{4};
        return buffer.value      ? std::min(kWord, elementBytes(m_network[*buffer.value].type))
               : buffer.constant ? std::min(kWord, elementBytes(m_network[*buffer.constant].type))
                                 : kWord;
    }

    bool rowsLieWithin(const Buffer& buffer) const
    {
        const Value& value = m_network[*buffer.value];
        return static_cast<std::int64_t>(buffer.rowOffsets.size()) == value.rows &&
               !hasViews(*buffer.value) && std::ranges::all_of(buffer.rowOffsets, [&](Bytes row) {
                   return row >= Bytes(0) && row <= buffer.bytes - buffer.rowBytes &&
                          row.count() % alignmentOf(buffer).count() == 0;
               });
    }

    Status mapBuffer(BufferId id, std::vector<Bytes>& extents)
    {
        m_byOffset.resize(extents.size());
        const Buffer& buffer = m_plan[id];
        const Placement& place = m_plan.placement(id);
        // More than any board has, and far from overflow.
        constexpr std::int64_t kHighest = std::int64_t{1} << 40;
        if (place.bank.index() >= extents.size() || place.offset.count() < 0 ||
            place.offset.count() > kHighest || buffer.bytes.count() > kHighest) {
            return broken(buffer.name + " lies outside the board");
        }
        if (place.offset.count() % alignmentOf(buffer).count() != 0) {
            return broken(buffer.name + " is not aligned to its elements");
        }
        if (buffer.value) {
            m_valueBuffer[buffer.value->index()] = id;
        }
        if (buffer.accumulates) {
            m_sums[*buffer.accumulates] = id;
        }
        if (buffer.kind == BufferKind::StagedCopy && buffer.constant) {
            m_staged[*buffer.constant] = id;
        } else if (buffer.constant) {
            m_constantBuffer[buffer.constant->index()] = id;
        }
        if (buffer.kind == BufferKind::Scratch && buffer.accesses.size() == 1) {
            m_scratch[buffer.accesses.front().stage] = id;
        }
        const bool byRows = buffer.value && buffer.storedRows > 0;
        if (byRows &&
            (buffer.rowBytes != m_network[*buffer.value].rowBytes() ||
             buffer.storedRows > m_network[*buffer.value].rows ||
             (buffer.storedRows < m_network[*buffer.value].rows && hasViews(*buffer.value)))) {
            return broken(buffer.name + " has rows that its tensor does not have");
        }
        if (buffer.hasRowsApart() && (!byRows || !rowsLieWithin(buffer))) {
            return broken(buffer.name + " has rows outside itself");
        }
        const Bytes needed = buffer.hasRowsApart() ? Bytes(0)
                             : byRows              ? buffer.rowBytes * buffer.storedRows
                             : buffer.value        ? m_network[*buffer.value].bytes()
                             : buffer.constant     ? m_network[*buffer.constant].bytes()
                                                   : Bytes(0);
        if (buffer.bytes < needed) {
            return broken(buffer.name + " is smaller than its tensor");
        }
        Bytes& extent = extents[place.bank.index()];
        extent = std::max(extent, place.offset + buffer.bytes);
        m_byOffset[place.bank.index()].push_back(id);
        return Done{};
    }

    std::byte* at(BufferId id)
    {
        const Placement& place = m_plan.placement(id);
        return m_banks[place.bank.index()].data() + place.offset.count();
    }
    std::byte* valueAt(ValueId id)
    {
        const Home home = homeOf(m_network, id);
        return at(m_valueBuffer[home.base.index()]) + home.offset;
    }
    /// Where kernels read a constant.
    const std::byte* constantAt(ConstantId id)
    {
        const auto staged = m_staged.find(id);
        return at(staged == m_staged.end() ? m_constantBuffer[id.index()] : staged->second);
    }

    Status copyConstant(ConstantId id)
    {
        const auto staged = m_staged.find(id);
        if (staged == m_staged.end()) {
            return broken("an event copies a constant without a copy");
        }
        const BufferId home = m_constantBuffer[id.index()];
        std::memmove(at(staged->second), at(home),
                     static_cast<std::size_t>(m_network[id].bytes().count()));
        return Done{};
    }

    void fillConstants()
    {
        for (std::size_t c = 0; c < m_network.constants.size(); ++c) {
            const std::span<const std::byte> bytes = m_network.constants[c].data.bytes();
            const BufferId id = m_constantBuffer[c];
            if (static_cast<std::int64_t>(bytes.size()) <= m_plan[id].bytes.count()) {
                std::copy(bytes.begin(), bytes.end(), at(id));
            }
        }
    }

    bool hasViews(ValueId id) const
    {
        return std::any_of(m_network.values.begin(), m_network.values.end(),
                           [&](const Value& v) { return v.storage && v.storage->base == id; });
    }

    /// Whether rows of the value take turns in its buffer, or lie apart.
    bool isRing(ValueId id) const
    {
        const Buffer& buffer = m_plan[m_valueBuffer[homeOf(m_network, id).base.index()]];
        const bool takeTurns = buffer.storedRows > 0 && buffer.storedRows < m_network[id].rows;
        return (takeTurns || buffer.hasRowsApart()) && !m_network[id].storage;
    }

    /// `rowBytes`: of rows as a kernel counts them, which in a ring are the value's.
    std::byte* rowAt(ValueId id, std::int64_t row, std::int64_t rowBytes)
    {
        const Buffer& buffer = m_plan[m_valueBuffer[homeOf(m_network, id).base.index()]];
        return valueAt(id) + (isRing(id) ? buffer.offsetOfRow(row).count() : row * rowBytes);
    }

    /// Fills what lies between the live rows and buffers of each bank.
    void poisonDeadBytes(EventId event)
    {
        for (std::size_t b = 0; b < m_banks.size(); ++b) {
            std::vector<std::pair<std::int64_t, std::int64_t>> live;
            for (const BufferId id : m_byOffset[b]) {
                const Buffer& buffer = m_plan[id];
                const std::int64_t begin = m_plan.placement(id).offset.count();
                if (buffer.storedRows == 0 && buffer.residency.contains(event)) {
                    live.emplace_back(begin, begin + buffer.bytes.count());
                }
                for (const RowLife& row : buffer.rowLives) {
                    if (row.life.contains(event)) {
                        live.emplace_back(begin + row.begin.count(), begin + row.end.count());
                    }
                }
            }
            std::sort(live.begin(), live.end());
            std::int64_t dead = 0; // bytes below are live or poisoned
            for (const auto& [begin, end] : live) {
                poison(b, dead, begin);
                dead = std::max(dead, end);
            }
            poison(b, dead, static_cast<std::int64_t>(m_banks[b].size()));
        }
    }
    void poison(std::size_t bank, std::int64_t begin, std::int64_t end)
    {
        if (begin < end) {
            std::fill(m_banks[bank].begin() + begin, m_banks[bank].begin() + end, kPoison);
        }
    }

    Status takeInputRow(std::span<const std::vector<std::byte>> inputs, std::int64_t row)
    {
        const auto id = streamedInput(m_network);
        if (!id || row < 0 || row >= m_network[*id].rows) {
            return broken("the input has no row " + std::to_string(row));
        }
        const auto which = std::ranges::find(m_network.inputs, *id) - m_network.inputs.begin();
        const std::int64_t bytes = m_network[*id].rowBytes().count();
        std::copy_n(inputs[static_cast<std::size_t>(which)].data() + row * bytes, bytes,
                    rowAt(*id, row, bytes));
        return Done{};
    }

    Status runEvent(const Event& event, const std::vector<KernelCall>& calls)
    {
        if (event.stage.index() >= calls.size()) {
            return broken("an event is of no stage");
        }
        const KernelCall& call = calls[event.stage.index()];
        const auto ring = std::find_if(call.inputs.begin(), call.inputs.end(), [&](const auto& in) {
            const auto* value = std::get_if<ValueId>(&in.source);
            return value && isRing(*value) &&
                   (in.window.rows != m_network[*value].rows ||
                    in.window.rowBytes != m_network[*value].rowBytes().count());
        });
        if (ring != call.inputs.end()) {
            return broken(m_network[event.stage].name + " cannot read a ring");
        }
        const CallMemory memory = memoryOf(
            call, [this](ValueId id) { return valueAt(id); },
            [this](ConstantId id) { return constantAt(id); });
        if (const auto sums = m_sums.find(event.stage); sums != m_sums.end()) {
            return gather(event, call, memory, at(sums->second));
        }
        if (event.kind != EventKind::Row || event.row < 0 || event.row >= call.outputRows) {
            return broken(m_network[event.stage].name + " has no row " + std::to_string(event.row));
        }
        if (!scratchFits(event.stage, call)) {
            return broken(m_network[event.stage].name + " has too little scratch");
        }
        m_runner.run(call, event.row, rowAt(call.output, event.row, call.outputRowBytes),
                     memory.constants, scratchOf(event.stage),
                     [&](std::size_t i, std::int32_t row) -> const void* {
                         const std::int64_t bytes = call.inputs[i].window.rowBytes;
                         const auto* value = std::get_if<ValueId>(&call.inputs[i].source);
                         return value ? rowAt(*value, row, bytes) : memory.inputs[i] + row * bytes;
                     });
        return Done{};
    }

    void* scratchOf(StageId stage)
    {
        const auto found = m_scratch.find(stage);
        return found == m_scratch.end() ? nullptr : at(found->second);
    }
    bool scratchFits(StageId stage, const KernelCall& call) const
    {
        const auto found = m_scratch.find(stage);
        return found == m_scratch.end() ||
               m_plan[found->second].bytes.count() >= static_cast<std::int64_t>(scratchBytes(call));
    }

    /// A stage that takes its input row by row.
    Status gather(const Event& event, const KernelCall& call, const CallMemory& memory, void* sums)
    {
        const Stage& stage = m_network[event.stage];
        const ValueId input = stage.inputs.front();
        if (event.kind == EventKind::Row) {
            endGathering(call, memory.output, sums, memory.constants);
            return Done{};
        }
        if (event.row < 0 || event.row >= m_network[input].rows) {
            return broken(stage.name + " has no input row " + std::to_string(event.row));
        }
        if (event.row == 0) {
            beginGathering(call, sums, memory.constants);
        }
        gatherRow(call, sums, rowAt(input, event.row, m_network[input].rowBytes().count()),
                  static_cast<std::int32_t>(event.row), memory.constants);
        return Done{};
    }

    const Plan& m_plan;
    const Network& m_network;
    std::vector<std::vector<std::byte>> m_banks;
    std::vector<std::vector<BufferId>> m_byOffset; ///< per bank
    std::vector<BufferId> m_valueBuffer, m_constantBuffer;
    std::map<StageId, BufferId> m_sums, m_scratch; ///< accumulators; scratch of kernels
    std::map<ConstantId, BufferId> m_staged;       ///< copies that kernels read
    RowRunner m_runner;
};

} // namespace

Result<ValueBytes> runUnplanned(const Network& given,
                                std::span<const std::vector<std::byte>> inputs)
{
    const Network network = withKernelTables(given);
    if (auto status = checkInputs(network, inputs); !status) {
        return status.error();
    }
    const auto calls = kernelCalls(network, [](StageId) { return false; });
    if (!calls) {
        return calls.error();
    }
    ValueBytes values;
    for (const Value& value : network.values) {
        values.emplace_back(value.storage ? 0 : static_cast<std::size_t>(value.bytes().count()));
    }
    const auto valueAt = [&](ValueId id) {
        const Home home = homeOf(network, id);
        return values[home.base.index()].data() + home.offset;
    };
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::copy(inputs[i].begin(), inputs[i].end(), valueAt(network.inputs[i]));
    }
    RowRunner runner;
    for (const KernelCall& call : *calls) {
        AlignedConstants constants(network);
        const CallMemory memory =
            memoryOf(call, valueAt, [&](ConstantId id) { return constants.get(id); });
        for (std::int32_t row = 0; row < call.outputRows; ++row) {
            runner.run(call, row, memory);
        }
    }
    for (std::size_t v = 0; v < values.size(); ++v) {
        if (network.values[v].storage) {
            const std::byte* begin = valueAt(ValueId(v));
            values[v].assign(begin, begin + network.values[v].bytes().count());
        }
    }
    return values;
}

Result<std::vector<std::vector<std::byte>>>
runPlanned(const Plan& plan, std::span<const std::vector<std::byte>> inputs)
{
    if (auto status = checkInputs(*plan.network, inputs); !status) {
        return status.error();
    }
    return PlannedRun(plan).run(inputs);
}

} // namespace tidemark

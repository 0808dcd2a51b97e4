// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/row_plan.h"

#include "core/schedule/lifetimes.h"

#include <algorithm>

namespace tidemark {

namespace {

class Maker {
public:
    Maker(const Network& network, const RowProgram& program, std::span<const int> turns,
          const std::vector<int>& storedRows)
        : m_network(network), m_program(program), m_turns(turns), m_storedRows(storedRows),
          m_lives(cellLives(program, turns)), m_bufferOf(program.tensors.size(), -1)
    {
        m_plan.schedule = scheduleOf(network, eventsOf(program, turns));
    }

    RowPlan make()
    {
        m_plan.buffers = fullBuffers(m_network, m_plan.schedule);
        std::vector<int> tensorOf(m_network.values.size(), -1);
        for (std::size_t t = 0; t < m_program.tensors.size(); ++t) {
            const RowProgram::Tensor& tensor = m_program.tensors[t];
            if (tensor.value) {
                tensorOf[tensor.value->index()] = static_cast<int>(t);
            }
        }
        for (std::size_t b = 0; b < m_plan.buffers.size(); ++b) {
            Buffer& buffer = m_plan.buffers[b];
            if (buffer.value) {
                const int tensor = tensorOf[buffer.value->index()];
                m_bufferOf[static_cast<std::size_t>(tensor)] = static_cast<int>(b);
                planByRows(buffer, static_cast<std::size_t>(tensor));
            }
        }
        addAccumulators();
        addReplacements();
        return std::move(m_plan);
    }

private:
    void planByRows(Buffer& buffer, std::size_t t)
    {
        const RowProgram::Tensor& tensor = m_program.tensors[t];
        const Value& value = m_network[*buffer.value];
        buffer.rowBytes = value.rowBytes();
        buffer.storedRows = tensor.hasViews ? value.rows : m_storedRows[t];
        buffer.bytes = buffer.rowBytes * buffer.storedRows;
        if (buffer.storedRows < value.rows && buffer.kind == BufferKind::Activation) {
            buffer.kind = BufferKind::Ring;
        }
        const Bytes size = buffer.bytes;
        for (int c = tensor.cells.begin; c < tensor.cells.end; ++c) {
            const RowProgram::Cell& cell = m_program.cells[static_cast<std::size_t>(c)];
            const EventRange& life = m_lives[static_cast<std::size_t>(c)];
            if (life.first.isValid() && cell.bytes > 0) {
                const Bytes begin(cell.offset % std::max<std::int64_t>(size.count(), 1));
                buffer.rowLives.push_back({begin, begin + Bytes(cell.bytes), life});
            }
        }
        restrictResidency(buffer);
    }

    static void restrictResidency(Buffer& buffer)
    {
        if (buffer.rowLives.empty()) {
            return;
        }
        buffer.residency = buffer.rowLives.front().life;
        for (const RowLife& row : buffer.rowLives) {
            buffer.residency.first = std::min(buffer.residency.first, row.life.first);
            buffer.residency.last = std::max(buffer.residency.last, row.life.last);
        }
    }

    void addAccumulators()
    {
        for (std::size_t t = 0; t < m_program.tensors.size(); ++t) {
            const RowProgram::Tensor& tensor = m_program.tensors[t];
            if (!tensor.accumulates) {
                continue;
            }
            const Stage& stage = m_network[*tensor.accumulates];
            Buffer buffer;
            buffer.name = stage.name + ".sums";
            buffer.kind = BufferKind::Accumulator;
            buffer.bytes = tensor.rowBytes;
            buffer.alignment = Bytes(4); // int32 or fp32
            buffer.residency = m_lives[static_cast<std::size_t>(tensor.cells.begin)];
            buffer.accumulates = tensor.accumulates;
            const std::int64_t rows = m_network[stage.inputs.front()].rows;
            buffer.accesses = {{*tensor.accumulates, buffer.bytes * rows, buffer.bytes * rows}};
            m_plan.buffers.push_back(std::move(buffer));
        }
    }

    void addReplacements()
    {
        std::vector<int> position(m_program.tracks.size());
        for (std::size_t e = 0; e < m_turns.size(); ++e) {
            const auto track = static_cast<std::size_t>(m_turns[e]);
            const int at = m_program.tracks[track].first + position[track]++;
            const RowProgram::Step& step = m_program.steps[static_cast<std::size_t>(at)];
            for (const int from : step.inPlace) {
                const auto cell = static_cast<std::size_t>(from); // if there is one
                if (from >= 0 && !m_program.cells[cell].kept && m_lives[cell].last == EventId(e)) {
                    addReplacement(from, m_program.writes(step).front().begin, EventId(e),
                                   step.event.row);
                }
            }
        }
    }

    void addReplacement(int from, int to, EventId event, std::int64_t row)
    {
        const auto place = [&](int c) {
            const RowProgram::Cell& cell = m_program.cells[static_cast<std::size_t>(c)];
            const int b = m_bufferOf[static_cast<std::size_t>(cell.tensor)];
            const Buffer& buffer = m_plan.buffers[static_cast<std::size_t>(b)];
            return std::pair(b, Bytes(cell.offset % buffer.bytes.count()));
        };
        const auto [source, offset] = place(from);
        const auto [target, same] = place(to);
        m_plan.replacements.push_back(
            {source, target, event, offset == same ? std::optional(offset) : std::nullopt, row});
    }

    const Network& m_network;
    const RowProgram& m_program;
    std::span<const int> m_turns;
    const std::vector<int>& m_storedRows;
    std::vector<EventRange> m_lives;
    std::vector<int> m_bufferOf; ///< by tensor
    RowPlan m_plan;
};

} // namespace

RowPlan rowPlan(const Network& network, const RowProgram& program, std::span<const int> turns,
                const std::vector<int>& storedRows)
{
    return Maker(network, program, turns, storedRows).make();
}

std::vector<Bytes> liveBytes(const RowPlan& plan)
{
    std::vector<const Buffer*> buffers;
    for (const Buffer& buffer : plan.buffers) {
        buffers.push_back(&buffer);
    }
    return liveBytes(plan.schedule, buffers, plan.replacements);
}

std::vector<Bytes> liveBytes(const Schedule& schedule, const std::vector<const Buffer*>& buffers,
                             const std::vector<Replacement>& replacements)
{
    const std::size_t events = schedule.whole().last.index() + 1;
    std::vector<Bytes> live(events + 1); // first differences, then sums
    const auto add = [&](const EventRange& life, Bytes bytes) {
        live[life.first.index()] += bytes;
        live[std::min(life.last.index() + 1, events)] -= bytes;
    };
    for (const Buffer* const buffer : buffers) {
        if (!buffer->isArena()) {
            continue;
        }
        if (buffer->storedRows == 0) {
            add(buffer->residency, buffer->bytes);
        }
        for (const RowLife& row : buffer->rowLives) {
            add(row.life, row.end - row.begin);
        }
    }
    EventId counted;
    for (const Replacement& r : replacements) {
        if (r.offset && r.event != counted) { // an event writes one row
            add({r.event, r.event}, Bytes(0) - buffers[static_cast<std::size_t>(r.to)]->rowBytes);
            counted = r.event;
        }
    }
    live.pop_back();
    for (std::size_t e = 1; e < live.size(); ++e) {
        live[e] += live[e - 1];
    }
    return live;
}

} // namespace tidemark

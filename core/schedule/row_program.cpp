// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/row_program.h"

#include "core/schedule/kernel_contract.h"

#include <algorithm>

namespace tidemark {

namespace {

using CellRange = RowProgram::CellRange;

class Builder {
public:
    Builder(const Network& network, const RowForm& form)
        : m_network(network), m_form(form),
          m_streamed(form.streamsInput ? streamedInput(network) : std::nullopt)
    {
    }

    RowProgram build()
    {
        addValues();
        if (m_streamed) {
            addArrivals(*m_streamed);
        }
        for (std::size_t s = 0; s < m_network.stages.size(); ++s) {
            addStage(StageId(s));
        }
        countUses();
        findNeighbours();
        return std::move(m_program);
    }

private:
    static bool contains(const auto& ids, auto id)
    {
        return std::find(ids.begin(), ids.end(), id) != ids.end();
    }

    /// `cuts`: elements at which cells begin, and the end.
    int addTensor(RowProgram::Tensor tensor, const std::vector<std::int64_t>& cuts,
                  Bytes elementSize)
    {
        const int index = static_cast<int>(m_program.tensors.size());
        tensor.cells.begin = static_cast<int>(m_program.cells.size());
        for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
            RowProgram::Cell cell;
            cell.offset = (elementSize * cuts[i]).count();
            cell.bytes = (elementSize * (cuts[i + 1] - cuts[i])).count();
            cell.tensor = index;
            m_program.cells.push_back(cell);
        }
        tensor.cells.end = static_cast<int>(m_program.cells.size());
        m_program.tensors.push_back(tensor);
        m_cuts.push_back(cuts);
        return index;
    }

    std::vector<std::int64_t> rowCuts(const Value& value) const
    {
        if (m_form.wholeStages) {
            return {0, value.elements()};
        }
        std::vector<std::int64_t> cuts;
        for (std::int64_t row = 0; row <= value.rows; ++row) {
            cuts.push_back(row * value.rowElements());
        }
        return cuts;
    }

    void cutAtViews()
    {
        for (const Value& view : m_network.values) {
            if (view.storage) {
                auto& cuts = m_viewCuts[view.storage->base.index()];
                cuts.push_back(view.storage->elementOffset);
                cuts.push_back(view.storage->elementOffset + view.elements());
            }
        }
    }

    void addValues()
    {
        m_tensorOf.resize(m_network.values.size());
        m_viewCuts.resize(m_network.values.size());
        cutAtViews();
        for (std::size_t v = 0; v < m_network.values.size(); ++v) {
            const Value& value = m_network.values[v];
            if (value.storage) {
                continue;
            }
            std::vector<std::int64_t> cuts = rowCuts(value);
            RowProgram::Tensor tensor{ValueId(v), std::nullopt, {}, value.rowBytes(), false};
            if (!m_viewCuts[v].empty()) {
                tensor.hasViews = true;
                cuts.insert(cuts.end(), m_viewCuts[v].begin(), m_viewCuts[v].end());
                std::sort(cuts.begin(), cuts.end());
                cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
            }
            m_tensorOf[v] = addTensor(tensor, cuts, elementBytes(value.type));
            if (tensor.hasViews && m_form.wholeStages) {
                addBody(value.bytes());
            }
        }
        for (const ValueId output : m_network.outputs) {
            for (const CellRange cells :
                 {cellsOf(output, {0, m_network[output].rows}), bodyOf(output)}) {
                forCells(cells, [](RowProgram::Cell& cell) { cell.kept = true; });
            }
        }
        for (const ValueId input : m_network.inputs) {
            const bool given = input != m_streamed;
            for (const CellRange cells :
                 {cellsOf(input, {0, m_network[input].rows}), bodyOf(input)}) {
                forCells(cells, [&](RowProgram::Cell& cell) { cell.given = cell.filled = given; });
            }
        }
    }

    template <class F> void forCells(CellRange range, F f)
    {
        for (int c = range.begin; c < range.end; ++c) {
            f(m_program.cells[static_cast<std::size_t>(c)]);
        }
    }

    /// A whole value lives as one, whichever of its parts are used; who reads a part still waits
    /// for that part alone.
    void addBody(Bytes bytes)
    {
        RowProgram::Tensor& tensor = m_program.tensors.back();
        forCells(tensor.cells, [](RowProgram::Cell& cell) { cell.bytes = 0; });
        RowProgram::Cell body;
        body.bytes = bytes.count();
        body.tensor = static_cast<int>(m_program.tensors.size()) - 1;
        body.waits = false;
        m_program.cells.push_back(body);
        ++tensor.cells.end;
    }

    CellRange bodyOf(ValueId id) const
    {
        const Value& value = m_network[id];
        const ValueId base = value.storage ? value.storage->base : id;
        const auto tensor = static_cast<std::size_t>(m_tensorOf[base.index()]);
        const CellRange cells = m_program.tensors[tensor].cells;
        const bool has = m_form.wholeStages && m_program.tensors[tensor].hasViews;
        return has ? CellRange{cells.end - 1, cells.end} : CellRange{};
    }

    /// The cells that rows of a value lie in: for a view, those of its base that they touch.
    CellRange cellsOf(ValueId id, RowRange rows) const
    {
        if (rows.begin >= rows.end) {
            return {};
        }
        const Value& value = m_network[id];
        const ValueId base = value.storage ? value.storage->base : id;
        const std::int64_t offset = value.storage ? value.storage->elementOffset : 0;
        const auto tensor = static_cast<std::size_t>(m_tensorOf[base.index()]);
        const int first = m_program.tensors[tensor].cells.begin;
        if (m_form.wholeStages && !m_program.tensors[tensor].hasViews) {
            return {first, first + 1};
        }
        if (!m_program.tensors[tensor].hasViews) {
            return {first + static_cast<int>(rows.begin), first + static_cast<int>(rows.end)};
        }
        const auto& cuts = m_cuts[tensor];
        const auto begin =
            std::upper_bound(cuts.begin(), cuts.end(), offset + rows.begin * value.rowElements());
        const auto end =
            std::lower_bound(begin, cuts.end(), offset + rows.end * value.rowElements());
        return {first + static_cast<int>(begin - cuts.begin()) - 1,
                first + static_cast<int>(end - cuts.begin())};
    }

    void addRange(CellRange range)
    {
        if (range.begin >= range.end) {
            return;
        }
        const auto first = m_program.ranges.begin() + m_step.reads;
        const auto same = std::find_if(first, m_program.ranges.end(), [&](const CellRange& r) {
            return r.begin <= range.end && range.begin <= r.end &&
                   tensorAt(r.begin) == tensorAt(range.begin);
        });
        if (same == m_program.ranges.end()) {
            m_program.ranges.push_back(range);
            return;
        }
        same->begin = std::min(same->begin, range.begin); // x + x reads x once
        same->end = std::max(same->end, range.end);
    }
    int tensorAt(int c) const { return m_program.cells[static_cast<std::size_t>(c)].tensor; }

    void beginStep(Event event)
    {
        m_step = {};
        m_step.event = event;
        m_step.reads = static_cast<int>(m_program.ranges.size());
    }
    void endReads() { m_step.writes = static_cast<int>(m_program.ranges.size()); }
    void write(CellRange range)
    {
        if (range.begin < range.end) {
            m_program.ranges.push_back(range);
        }
    }
    void endStep()
    {
        m_step.end = static_cast<int>(m_program.ranges.size());
        m_program.steps.push_back(m_step);
        ++m_program.tracks.back().steps;
    }
    void beginTrack() { m_program.tracks.push_back({static_cast<int>(m_program.steps.size()), 0}); }

    void addArrivals(ValueId input)
    {
        StageId reader(0);
        for (std::size_t s = m_network.stages.size(); s-- > 0;) {
            reader = contains(m_network.stages[s].inputs, input) ? StageId(s) : reader;
        }
        beginTrack();
        for (std::int64_t row = 0; row < m_network[input].rows; ++row) {
            beginStep({EventKind::InputRow, reader, row});
            endReads();
            write(cellsOf(input, {row, row + 1}));
            endStep();
        }
    }

    void addStage(StageId id)
    {
        const Stage& stage = m_network[id];
        beginTrack();
        if (contains(m_form.accumulates, id)) {
            addAccumulation(id, stage);
            return;
        }
        const bool inOnePiece = m_form.wholeStages || stage.isPlanOnly();
        const std::int64_t rows = inOnePiece ? 1 : m_network[stage.outputs.front()].rows;
        for (std::int64_t row = 0; row < rows; ++row) {
            beginStep({EventKind::Row, id, row});
            for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
                addRange(cellsOf(stage.inputs[i], inOnePiece
                                                      ? RowRange{0, m_network[stage.inputs[i]].rows}
                                                      : inputRows(m_network, stage, i, row)));
            }
            for (const ValueId input : stage.inputs) {
                addRange(bodyOf(input));
            }
            endReads();
            for (const ValueId output : stage.outputs) {
                write(cellsOf(output, inOnePiece ? RowRange{0, m_network[output].rows}
                                                 : RowRange{row, row + 1}));
            }
            for (const ValueId output : stage.outputs) {
                write(bodyOf(output));
            }
            if (!inOnePiece) {
                claimInPlace(stage, row);
            }
            endStep();
        }
    }

    void addAccumulation(StageId id, const Stage& stage)
    {
        const Bytes bytes = accumulatorBytes(m_network, stage);
        const int tensor =
            addTensor({std::nullopt, id, {}, bytes, false}, {0, bytes.count()}, Bytes(1));
        const CellRange sums = m_program.tensors[static_cast<std::size_t>(tensor)].cells;
        const ValueId input = stage.inputs.front();
        for (std::int64_t row = 0; row < m_network[input].rows; ++row) {
            beginStep({EventKind::Accumulate, id, row});
            addRange(cellsOf(input, {row, row + 1}));
            endReads();
            write(sums);
            endStep();
        }
        beginStep({EventKind::Row, id, 0});
        addRange(sums);
        endReads();
        write(cellsOf(stage.outputs.front(), {0, 1}));
        endStep();
    }

    void claimInPlace(const Stage& stage, std::int64_t row)
    {
        const auto ownRow = [&](ValueId id) {
            const CellRange cells = cellsOf(id, {row, row + 1});
            const auto first = static_cast<std::size_t>(cells.begin);
            const bool same = cells.end - cells.begin == 1 &&
                              m_program.cells[first].bytes == m_network[id].rowBytes().count();
            return same ? cells.begin : -1;
        };
        const auto claiming = inPlaceInputs(m_network, stage);
        const auto readOtherwise = [&](int c) { // the kernel may need it after writing
            for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
                const CellRange cells =
                    cellsOf(stage.inputs[i], inputRows(m_network, stage, i, row));
                if (!contains(claiming, i) && cells.begin <= c && c < cells.end) {
                    return true;
                }
            }
            return false;
        };
        int claims = 0;
        for (const std::size_t i : claiming) {
            const int c = ownRow(stage.inputs[i]);
            if (claims < 2 && ownRow(stage.outputs.front()) >= 0 && c >= 0 && !readOtherwise(c)) {
                m_step.inPlace[claims++] = c;
            }
        }
    }

    void countUses()
    {
        for (const RowProgram::Step& step : m_program.steps) {
            for (const CellRange& range : m_program.reads(step)) {
                forCells(range, [](RowProgram::Cell& cell) { ++cell.uses; });
            }
            for (const CellRange& range : m_program.writes(step)) {
                forCells(range, [](RowProgram::Cell& cell) {
                    ++cell.uses;
                    ++cell.writes;
                });
            }
        }
        for (RowProgram::Cell& cell : m_program.cells) {
            cell.given = cell.given && (cell.uses > 0 || cell.kept); // else nobody misses it
            m_program.givenBytes += cell.given ? cell.bytes : 0;
        }
    }

    void findNeighbours()
    {
        std::vector<std::vector<int>> touching(m_program.tensors.size()); // tracks, by tensor
        const int tracks = static_cast<int>(m_program.tracks.size());
        for (int track = 0; track < tracks; ++track) {
            const RowProgram::Track& t = m_program.tracks[static_cast<std::size_t>(track)];
            for (int s = t.first; s < t.first + t.steps; ++s) {
                const RowProgram::Step& step = m_program.steps[static_cast<std::size_t>(s)];
                for (int r = step.reads; r < step.end; ++r) {
                    const int c = m_program.ranges[static_cast<std::size_t>(r)].begin;
                    auto& there = touching[static_cast<std::size_t>(tensorAt(c))];
                    if (there.empty() || there.back() != track) {
                        there.push_back(track);
                    }
                }
            }
        }
        m_program.neighbours.resize(m_program.tracks.size());
        for (const std::vector<int>& together : touching) {
            for (const int track : together) {
                auto& all = m_program.neighbours[static_cast<std::size_t>(track)];
                all.insert(all.end(), together.begin(), together.end());
            }
        }
        for (int track = 0; track < tracks; ++track) {
            auto& all = m_program.neighbours[static_cast<std::size_t>(track)];
            all.push_back(track);
            std::sort(all.begin(), all.end());
            all.erase(std::unique(all.begin(), all.end()), all.end());
        }
    }

    const Network& m_network;
    const RowForm& m_form;
    std::optional<ValueId> m_streamed;
    RowProgram m_program;
    RowProgram::Step m_step;
    std::vector<int> m_tensorOf;                       ///< by ValueId
    std::vector<std::vector<std::int64_t>> m_cuts;     ///< by tensor, in elements
    std::vector<std::vector<std::int64_t>> m_viewCuts; ///< by ValueId
};

} // namespace

RowProgram rowProgram(const Network& network, const RowForm& form)
{
    return Builder(network, form).build();
}

namespace {

/// Calls `f(step, event index)` for every step in turn.
template <class F> void forSteps(const RowProgram& program, std::span<const int> turns, F f)
{
    std::vector<int> position(program.tracks.size());
    for (std::size_t e = 0; e < turns.size(); ++e) {
        const auto track = static_cast<std::size_t>(turns[e]);
        const int at = program.tracks[track].first + position[track]++;
        f(program.steps[static_cast<std::size_t>(at)], e);
    }
}

} // namespace

std::vector<Event> eventsOf(const RowProgram& program, std::span<const int> turns)
{
    std::vector<Event> events;
    events.reserve(turns.size());
    forSteps(program, turns,
             [&](const RowProgram::Step& step, std::size_t) { events.push_back(step.event); });
    return events;
}

std::vector<EventRange> cellLives(const RowProgram& program, std::span<const int> turns)
{
    std::vector<EventRange> lives(program.cells.size());
    const auto touch = [&](const CellRange& range, std::size_t e) {
        for (int c = range.begin; c < range.end; ++c) {
            EventRange& life = lives[static_cast<std::size_t>(c)];
            life.first = life.first.isValid() ? life.first : EventId(e);
            life.last = EventId(e);
        }
    };
    forSteps(program, turns, [&](const RowProgram::Step& step, std::size_t e) {
        for (const CellRange& range : program.reads(step)) {
            touch(range, e);
        }
        for (const CellRange& range : program.writes(step)) {
            touch(range, e);
        }
    });
    const EventId last(std::max<std::size_t>(turns.size(), 1) - 1);
    for (std::size_t c = 0; c < lives.size(); ++c) {
        const RowProgram::Cell& cell = program.cells[c];
        lives[c].first = cell.filled ? EventId(0) : lives[c].first;
        lives[c].last = lives[c].last.isValid() ? lives[c].last : lives[c].first;
        lives[c].last = cell.kept ? last : lives[c].last;
    }
    return lives;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/event_checker.h"

#include "core/place/byte_owners.h"
#include "core/schedule/kernel_contract.h"

#include <algorithm>
#include <set>

namespace tidemark {

namespace {

class EventChecker {
public:
    EventChecker(const Plan& plan, const BufferHolders& holders, std::vector<std::string>& problems)
        : m_plan(plan), m_network(*plan.network), m_holders(holders), m_problems(problems),
          m_streamed(streamedInput(m_network))
    {
    }

    /// Runs the schedule: every row once, every row it reads there before and still intact, every
    /// byte it touches resident, and resident without a gap from the first write to the last read.
    void run()
    {
        m_owners.resize(m_plan.board->banks.size());
        m_rowsDone.assign(m_network.values.size(), 0);
        m_accumulated.assign(m_network.stages.size(), 0);
        loadConstants();
        const auto& events = m_plan.schedule.events;
        const bool streams = m_plan.schedule.streamsInput();
        for (const ValueId input : m_network.inputs) {
            if (streams && input == m_streamed) {
                continue;
            }
            m_rowsDone[input.index()] = m_network[input].rows;
            mustBeResident(bufferOf(input), EventId(0));
            for (std::int64_t row = 0; row < m_network[input].rows; ++row) {
                write(input, row, EventId(0));
            }
        }
        std::vector<std::int64_t> done(m_network.stages.size());
        for (std::size_t e = 0; e < events.size(); ++e) {
            const Event& event = events[e];
            if (event.stage.index() >= done.size()) {
                problem("event " + std::to_string(e) + " is of no stage");
            } else if (event.kind == EventKind::InputRow) {
                checkArrival(event.row, EventId(e));
            } else if (event.kind == EventKind::Copy) {
                checkCopy(event, EventId(e));
            } else if (event.kind == EventKind::Accumulate) {
                checkAccumulation(event.stage, event.row, EventId(e));
            } else {
                if (event.row != done[event.stage.index()]++) {
                    problem("rows of '" + m_network[event.stage].name + "' are out of order");
                }
                checkEvent(event.stage, event.row, EventId(e));
            }
        }
        for (const ValueId output : m_network.outputs) {
            mustBeComplete(output, "the end");
            if (!events.empty()) {
                mustBeResident(bufferOf(output), EventId(events.size() - 1));
            }
            for (std::int64_t row = 0; row < m_network[output].rows; ++row) {
                read("the outside", output, row, m_plan.schedule.whole().last);
            }
        }
    }

private:
    void problem(std::string text) { m_problems.push_back(std::move(text)); }

    const Buffer& buffer(std::size_t i) const { return m_plan.buffers[i]; }

    void loadConstants()
    {
        for (const std::size_t i : m_holders.constants) {
            claim(i, Bytes(0), buffer(i).bytes, 0);
        }
    }

    std::size_t bufferOf(ValueId id) const
    {
        const auto& storage = m_network[id].storage;
        return m_holders.values[(storage ? storage->base : id).index()];
    }

    /// Whether others write the value's bytes: views of it, or the value that it is a view of.
    bool isMadeThroughViews(ValueId id) const
    {
        return m_network[id].storage || m_holders.viewed[id.index()];
    }

    /// Where a row lies within its buffer, and what its bytes are known by: the row, where rows
    /// take turns; else any byte of the buffer can only be one thing.
    struct Place {
        std::size_t buffer;
        Bytes begin, end;
        std::int64_t what;
        bool mayBeReplaced = false;
    };

    Place placeOf(ValueId id, std::int64_t row) const
    {
        const Value& value = m_network[id];
        const std::size_t b = bufferOf(id);
        const std::int64_t rows = buffer(b).storedRows;
        const bool apart = buffer(b).hasRowsApart() && !value.storage;
        const bool ring = rows > 0 && rows < value.rows && !value.storage;
        Bytes begin = apart ? buffer(b).rowOffsets[static_cast<std::size_t>(row)]
                            : value.rowBytes() * (ring ? row % rows : row);
        if (value.storage) {
            begin += elementBytes(value.type) * value.storage->elementOffset;
        }
        return {b, begin, begin + value.rowBytes(), ring || apart ? row : 0};
    }

    void claim(std::size_t i, Bytes begin, Bytes end, std::int64_t what)
    {
        const Placement& at = m_plan.placements[i];
        m_owners[at.bank.index()].claim((at.offset + begin).count(), (at.offset + end).count(),
                                        {i, what});
    }

    bool holds(const Place& place) const
    {
        const Placement& at = m_plan.placements[place.buffer];
        return m_owners[at.bank.index()].holds((at.offset + place.begin).count(),
                                               (at.offset + place.end).count(),
                                               {place.buffer, place.what});
    }

    bool shareBytes(const Place& a, const Place& b) const
    {
        const Placement& x = m_plan.placements[a.buffer];
        const Placement& y = m_plan.placements[b.buffer];
        return x.bank == y.bank && x.offset + a.begin < y.offset + b.end &&
               y.offset + b.begin < x.offset + a.end;
    }

    bool areTheSame(const Place& a, const Place& b) const
    {
        const Placement& x = m_plan.placements[a.buffer];
        const Placement& y = m_plan.placements[b.buffer];
        return x.bank == y.bank && x.offset + a.begin == y.offset + b.begin &&
               a.end - a.begin == b.end - b.begin;
    }

    /// The lives that rows are said to have are what others draw and poison by.
    void mustLive(const Place& place, EventId event)
    {
        const Buffer& b = buffer(place.buffer);
        if (b.storedRows == 0) {
            return;
        }
        Bytes covered;
        for (const RowLife& row : b.rowLives) {
            if (row.life.contains(event)) {
                covered += std::max(Bytes(0), std::min(row.end, place.end) -
                                                  std::max(row.begin, place.begin));
            }
        }
        if (covered < place.end - place.begin && m_reported.insert(place.buffer).second) {
            problem("a row of '" + b.name + "' is touched at event " +
                    std::to_string(event.index()) + ", outside its life");
        }
    }

    void write(ValueId id, std::int64_t row, EventId event)
    {
        const Place place = placeOf(id, row);
        mustLive(place, event);
        claim(place.buffer, place.begin, place.end, place.what);
    }

    void read(const std::string& reader, ValueId id, std::int64_t row, EventId event)
    {
        mustLive(placeOf(id, row), event);
        const bool made = m_rowsDone[id.index()] > row || isMadeThroughViews(id);
        if (!holds(placeOf(id, row)) && made) {
            lost(reader, "row " + std::to_string(row) + " of '" + buffer(bufferOf(id)).name + "'");
        }
    }

    void lost(const std::string& reader, const std::string& what)
    {
        if (m_lost.insert(reader + what).second) {
            problem("'" + reader + "' reads " + what + ", but its bytes were overwritten");
        }
    }

    void checkArrival(std::int64_t row, EventId event)
    {
        if (!m_streamed || row != m_rowsDone[m_streamed->index()]++ ||
            row >= m_network[*m_streamed].rows) {
            problem("rows of the input are out of order");
            return;
        }
        const ValueId input = *m_streamed;
        mustBeResident(bufferOf(input), event);
        write(input, row, event);
    }

    void checkAccumulation(StageId id, std::int64_t row, EventId event)
    {
        const Stage& stage = m_network[id];
        const std::size_t sums = m_holders.sums[id.index()];
        if (sums == BufferHolders::kNone || !canAccumulate(m_network, stage)) {
            problem("'" + stage.name + "' has no accumulator");
            return;
        }
        const ValueId input = stage.inputs.front();
        if (row != m_accumulated[id.index()]++ || row >= m_network[input].rows) {
            problem("rows of '" + stage.name + "' are out of order");
            return;
        }
        const Place whole{sums, Bytes(0), buffer(sums).bytes, 0};
        readRows(stage, 0, {row, row + 1}, event);
        mustBeResident(sums, event);
        if (row > 0 && !holds(whole)) {
            lost(stage.name, "its sums");
        }
        if (shareBytes(whole, placeOf(input, row))) {
            problem("'" + stage.name + "' adds up where its input is");
        }
        touchConstants(stage, event);
        std::vector<Place> sources{placeOf(input, row), whole};
        useScratch(id, sources, event);
        claim(sums, whole.begin, whole.end, 0);
    }

    void readRows(const Stage& stage, std::size_t i, RowRange rows, EventId event)
    {
        const ValueId input = stage.inputs[i];
        if (m_rowsDone[input.index()] < rows.end && !isMadeThroughViews(input)) {
            problem("'" + stage.name + "' reads '" + printable(m_network[input].name) +
                    "' before it is made");
        }
        if (rows.size() > 0) { // else all of the window is padding
            mustBeResident(bufferOf(input), event);
        }
        for (std::int64_t row = rows.begin; row < rows.end; ++row) {
            read(stage.name, input, row, event);
        }
    }

    void mustTakeRows(const Stage& stage, ValueId input)
    {
        const std::size_t b = bufferOf(input);
        if (buffer(b).hasRowsApart() && !takesRows(stage, false) && m_reported.insert(b).second) {
            problem("'" + stage.name + "' reads '" + buffer(b).name +
                    "' as a whole, but its rows lie apart");
        }
    }

    /// Kernels read the copy of what has one, whether it was made or not.
    void touchConstants(const Stage& stage, EventId event)
    {
        for (const ConstantId constant : stage.constants) {
            const std::size_t copy = m_holders.staged[constant.index()];
            readConstant(
                stage, copy != BufferHolders::kNone ? copy : m_holders.constants[constant.index()],
                event);
        }
    }

    void readConstant(const Stage& stage, std::size_t b, EventId event)
    {
        mustBeResident(b, event);
        if (!holds({b, Bytes(0), buffer(b).bytes, 0})) {
            lost(stage.name, "'" + buffer(b).name + "'");
        }
    }

    void checkCopy(const Event& event, EventId id)
    {
        const std::size_t constant =
            event.constant.isValid() ? event.constant.index() : m_holders.staged.size();
        if (constant >= m_holders.staged.size() ||
            m_holders.staged[constant] == BufferHolders::kNone) {
            problem("event " + std::to_string(id.index()) + " copies a constant without a copy");
            return;
        }
        const Stage& stage = m_network[event.stage];
        const std::size_t copy = m_holders.staged[constant];
        const std::size_t home = m_holders.constants[constant];
        const auto& read = stage.constants;
        if (std::find(read.begin(), read.end(), event.constant) == read.end()) {
            problem("'" + buffer(copy).name + "' is copied for '" + stage.name +
                    "', which does not read it");
        }
        if (!m_copied.insert(constant).second) {
            problem("'" + buffer(copy).name + "' is copied twice");
        }
        readConstant(stage, home, id);
        const Place from{home, Bytes(0), buffer(home).bytes, 0};
        const Place to{copy, Bytes(0), buffer(copy).bytes, 0};
        mustBeResident(copy, id);
        checkTarget(stage, {from}, to);
        claim(copy, to.begin, to.end, 0);
    }

    void checkEvent(StageId id, std::int64_t row, EventId event)
    {
        const Stage& stage = m_network[id];
        std::vector<Place> sources;
        if (m_accumulated[id.index()] > 0) {
            const std::size_t sums = m_holders.sums[id.index()];
            const Place whole{sums, Bytes(0), buffer(sums).bytes, 0};
            mustBeResident(sums, event);
            if (!holds(whole) ||
                m_accumulated[id.index()] != m_network[stage.inputs.front()].rows) {
                lost(stage.name, "its sums");
            }
            sources.push_back(whole);
        }
        const std::size_t inputs = sources.empty() ? stage.inputs.size() : 0;
        for (std::size_t i = 0; i < inputs; ++i) {
            const RowRange rows = stage.isPlanOnly() ? RowRange{0, m_network[stage.inputs[i]].rows}
                                                     : inputRows(m_network, stage, i, row);
            mustTakeRows(stage, stage.inputs[i]);
            readRows(stage, i, rows, event);
            for (std::int64_t r = rows.begin; r < rows.end; ++r) {
                sources.push_back(placeOf(stage.inputs[i], r));
                sources.back().mayBeReplaced = r == row && mayReplace(stage, i);
            }
        }
        touchConstants(stage, event);
        useScratch(id, sources, event);
        for (const ValueId output : stage.outputs) {
            m_rowsDone[output.index()] = stage.isPlanOnly() ? m_network[output].rows : row + 1;
            mustBeResident(bufferOf(output), event);
            const RowRange rows =
                stage.isPlanOnly() ? RowRange{0, m_network[output].rows} : RowRange{row, row + 1};
            for (std::int64_t r = rows.begin; r < rows.end; ++r) {
                checkTarget(stage, sources, placeOf(output, r));
                write(output, r, event);
            }
        }
    }

    /// A kernel may write all of its scratch while it reads and writes rows.
    void useScratch(StageId id, std::vector<Place>& sources, EventId event)
    {
        const std::size_t scratch = m_holders.scratch[id.index()];
        if (scratch == BufferHolders::kNone) {
            return;
        }
        const Place whole{scratch, Bytes(0), buffer(scratch).bytes, 0};
        mustBeResident(scratch, event);
        mustLive(whole, event);
        std::vector<Place> intact = sources;
        for (Place& source : intact) {
            source.mayBeReplaced = false;
        }
        checkTarget(m_network[id], intact, whole);
        claim(scratch, whole.begin, whole.end, 0);
        sources.push_back(whole);
    }

    bool mayReplace(const Stage& stage, std::size_t input) const
    {
        const auto inputs = inPlaceInputs(m_network, stage);
        return std::find(inputs.begin(), inputs.end(), input) != inputs.end();
    }

    /// No row written may lie where one is read, but for exactly the one it may replace.
    void checkTarget(const Stage& stage, const std::vector<Place>& sources, const Place& target)
    {
        for (const Place& source : sources) {
            if (shareBytes(source, target) &&
                !(source.mayBeReplaced && areTheSame(source, target))) {
                problem("'" + stage.name + "' writes '" + buffer(target.buffer).name +
                        "' where it still reads '" + buffer(source.buffer).name + "'");
                return;
            }
        }
    }

    void mustBeComplete(ValueId id, const std::string& when)
    {
        if (m_rowsDone[id.index()] != m_network[id].rows && !isMadeThroughViews(id)) {
            problem("'" + printable(m_network[id].name) + "' is not complete at " + when);
        }
    }

    /// Residency is one closed range, so being resident at the first and at the last touch is
    /// being resident between them.
    void mustBeResident(std::size_t b, EventId event)
    {
        if (!buffer(b).residency.contains(event) && m_reported.insert(b).second) {
            problem("'" + buffer(b).name + "' is touched at event " +
                    std::to_string(event.index()) + " but not resident then");
        }
    }

    const Plan& m_plan;
    const Network& m_network;
    const BufferHolders& m_holders;
    std::vector<std::string>& m_problems;
    std::optional<ValueId> m_streamed;
    std::vector<std::int64_t> m_rowsDone;    // by ValueId
    std::vector<std::int64_t> m_accumulated; // by StageId: input rows
    std::vector<ByteOwners> m_owners;        // by BankId
    std::set<std::string> m_lost;
    std::set<std::size_t> m_reported;
    std::set<std::size_t> m_copied; // ConstantIds
};

} // namespace

void checkEvents(const Plan& plan, const BufferHolders& holders, std::vector<std::string>& problems)
{
    EventChecker(plan, holders, problems).run();
}

} // namespace tidemark

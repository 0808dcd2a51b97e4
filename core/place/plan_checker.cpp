// SPDX-License-Identifier: Apache-2.0
#include "core/place/plan_checker.h"

#include "core/place/byte_owners.h"
#include "core/schedule/kernel_contract.h"

#include <algorithm>
#include <map>
#include <set>

namespace tidemark {

namespace {

/// Everything below restates the definitions of the words (row, event, residency, extent) on its
/// own, so that a mistake in the allocator or in the lifetimes cannot hide here as well.
class Checker {
public:
    explicit Checker(const Plan& plan) : m_plan(plan), m_network(*plan.network) {}

    std::vector<std::string> run()
    {
        if (sizesAgree()) {
            findViews();
            mapBuffers();
            checkPlacements();
            checkOverlaps();
            checkEvents();
            checkFigures();
        }
        return std::move(m_problems);
    }

private:
    void problem(std::string text) { m_problems.push_back(std::move(text)); }

    const Buffer& buffer(std::size_t i) const { return m_plan.buffers[i]; }
    const Bank& bankOf(std::size_t i) const
    {
        return m_plan.board->banks[m_plan.placements[i].bank.index()];
    }

    bool sizesAgree()
    {
        const std::size_t before = m_problems.size();
        if (m_plan.placements.size() != m_plan.buffers.size()) {
            problem("not every buffer has a placement");
        }
        if (m_plan.banks.size() != m_plan.board->banks.size()) {
            problem("not every bank has its figures");
        }
        if (m_plan.schedule.events.empty() && !m_network.stages.empty()) {
            problem("the schedule has no events");
        }
        for (std::size_t i = 0; i < std::min(m_plan.placements.size(), m_plan.buffers.size());
             ++i) {
            const Buffer& b = buffer(i);
            if (m_plan.placements[i].bank.index() >= m_plan.board->banks.size()) {
                problem("'" + b.name + "' lies in a bank that the board does not have");
            }
            if (b.residency.last < b.residency.first || b.bytes < Bytes(0) ||
                b.alignment < Bytes(1) || b.storedRows < 0) {
                problem("'" + b.name + "' has an impossible size, alignment or residency");
            }
        }
        return m_problems.size() == before;
    }

    /// Which buffer holds each value and constant: exactly one, of the right size.
    void mapBuffers()
    {
        std::vector<int> values(m_network.values.size());
        std::vector<int> constants(m_network.constants.size());
        m_valueBuffer.resize(values.size());
        m_constantBuffer.resize(constants.size());
        m_sums.resize(m_network.stages.size(), kNone);
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& b = buffer(i);
            if (b.value) {
                ++values[b.value->index()];
                m_valueBuffer[b.value->index()] = i;
                checkSize(b, m_network[*b.value]);
            } else if (b.accumulates && b.accumulates->index() < m_sums.size()) {
                m_sums[b.accumulates->index()] = i;
                checkSize(b, accumulatorBytes(m_network, m_network[*b.accumulates]));
            } else if (b.constant) {
                ++constants[b.constant->index()];
                m_constantBuffer[b.constant->index()] = i;
                checkSize(b, m_network[*b.constant].bytes());
            }
        }
        for (std::size_t v = 0; v < values.size(); ++v) {
            if (values[v] != (m_network.values[v].storage ? 0 : 1)) {
                problem("value '" + printable(m_network.values[v].name) + "' has " +
                        std::to_string(values[v]) + " buffers instead of one");
            }
        }
        for (std::size_t c = 0; c < constants.size(); ++c) {
            if (constants[c] != 1) {
                problem("constant '" + printable(m_network.constants[c].name) + "' has " +
                        std::to_string(constants[c]) + " buffers instead of one");
            }
        }
    }

    void checkSize(const Buffer& b, const Value& value)
    {
        if (b.storedRows > value.rows || (b.storedRows > 0 && b.rowBytes != value.rowBytes())) {
            problem("'" + b.name + "' has rows that its tensor does not have");
        }
        const bool byRows = b.storedRows > 0;
        if (byRows && b.storedRows < value.rows && m_viewed[b.value->index()]) {
            problem("'" + b.name + "' is a ring, but other tensors are part of it");
        }
        checkSize(b, byRows ? value.rowBytes() * b.storedRows : value.bytes());
    }

    void checkSize(const Buffer& b, Bytes needed)
    {
        if (b.bytes != needed) {
            problem("'" + b.name + "' has " + std::to_string(b.bytes.count()) +
                    " B where its tensor needs " + std::to_string(needed.count()) + " B");
        }
    }

    void checkPlacements()
    {
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Placement& placement = m_plan.placements[i];
            const Buffer& b = buffer(i);
            if (placement.offset < Bytes(0) ||
                placement.offset.count() % b.alignment.count() != 0) {
                problem("'" + b.name + "' starts at " + std::to_string(placement.offset.count()) +
                        ", which is not a multiple of " + std::to_string(b.alignment.count()));
            }
            const bool constant = b.kind == BufferKind::Weight || b.kind == BufferKind::Table;
            if (bankOf(i).readOnlyAtRunTime && !constant) {
                problem("'" + b.name + "' is written at run time, but " + bankOf(i).id + " is not");
            }
        }
    }

    /// Sweeps the events: when a buffer becomes resident, its bytes must be nobody's. Buffers by
    /// rows may share bytes with others; what their rows hold is followed event by event.
    void checkOverlaps()
    {
        std::vector<std::size_t> byStart;
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            if (buffer(i).storedRows == 0) {
                byStart.push_back(i);
            }
        }
        std::sort(byStart.begin(), byStart.end(), [&](std::size_t a, std::size_t b) {
            return buffer(a).residency.first < buffer(b).residency.first;
        });
        using Owners = std::map<std::int64_t, std::size_t>; // offset -> buffer
        std::vector<Owners> owners(m_plan.board->banks.size());
        std::multimap<EventId, std::size_t> leaving;
        for (const std::size_t i : byStart) {
            while (!leaving.empty() && leaving.begin()->first < buffer(i).residency.first) {
                leave(owners, leaving.begin()->second);
                leaving.erase(leaving.begin());
            }
            if (buffer(i).bytes == Bytes(0)) {
                continue;
            }
            Owners& bank = owners[m_plan.placements[i].bank.index()];
            const std::int64_t begin = m_plan.placements[i].offset.count();
            const std::int64_t end = begin + buffer(i).bytes.count();
            auto after = bank.lower_bound(begin);
            if (after != bank.begin()) {
                const std::size_t below = std::prev(after)->second;
                if (endOf(below) > begin) {
                    overlap(below, i);
                }
            }
            for (; after != bank.end() && after->first < end; ++after) {
                overlap(after->second, i);
            }
            if (bank.emplace(begin, i).second) {
                leaving.emplace(buffer(i).residency.last, i);
            }
        }
    }

    std::int64_t endOf(std::size_t i) const
    {
        return m_plan.placements[i].offset.count() + buffer(i).bytes.count();
    }

    void leave(std::vector<std::map<std::int64_t, std::size_t>>& owners, std::size_t i) const
    {
        owners[m_plan.placements[i].bank.index()].erase(m_plan.placements[i].offset.count());
    }

    void overlap(std::size_t a, std::size_t b)
    {
        problem("'" + buffer(a).name + "' and '" + buffer(b).name + "' share bytes of " +
                bankOf(a).id + " while both are live");
    }

    /// Runs the schedule: every row once, every row it reads there before and still intact, every
    /// byte it touches resident, and resident without a gap from the first write to the last read.
    void checkEvents()
    {
        m_owners.resize(m_plan.board->banks.size());
        m_rowsDone.assign(m_network.values.size(), 0);
        m_accumulated.assign(m_network.stages.size(), 0);
        loadConstants();
        const auto& events = m_plan.schedule.events;
        const bool streams = std::any_of(events.begin(), events.end(), [](const Event& e) {
            return e.kind == EventKind::InputRow;
        });
        for (const ValueId input : m_network.inputs) {
            if (streams && input == m_network.inputs.front()) {
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

    void findViews()
    {
        m_viewed.assign(m_network.values.size(), false);
        for (const Value& value : m_network.values) {
            if (value.storage) {
                m_viewed[value.storage->base.index()] = true;
            }
        }
    }

    void loadConstants()
    {
        for (const std::size_t i : m_constantBuffer) {
            claim(i, Bytes(0), buffer(i).bytes, 0);
        }
    }

    std::size_t bufferOf(ValueId id) const
    {
        const auto& storage = m_network[id].storage;
        return m_valueBuffer[(storage ? storage->base : id).index()];
    }

    /// Whether others write the value's bytes: views of it, or the value that it is a view of.
    bool isMadeThroughViews(ValueId id) const
    {
        return m_network[id].storage || m_viewed[id.index()];
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
        const bool ring = rows > 0 && rows < value.rows && !value.storage;
        Bytes begin = value.rowBytes() * (ring ? row % rows : row);
        if (value.storage) {
            begin += elementBytes(value.type) * value.storage->elementOffset;
        }
        return {b, begin, begin + value.rowBytes(), ring ? row : 0};
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
        const ValueId input = m_network.inputs.front();
        if (row != m_rowsDone[input.index()]++ || row >= m_network[input].rows) {
            problem("rows of the input are out of order");
            return;
        }
        mustBeResident(bufferOf(input), event);
        write(input, row, event);
    }

    void checkAccumulation(StageId id, std::int64_t row, EventId event)
    {
        const Stage& stage = m_network[id];
        const std::size_t sums = m_sums[id.index()];
        if (sums == kNone || !canAccumulate(m_network, stage)) {
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

    void touchConstants(const Stage& stage, EventId event)
    {
        for (const ConstantId constant : stage.constants) {
            const std::size_t b = m_constantBuffer[constant.index()];
            mustBeResident(b, event);
            if (!holds({b, Bytes(0), buffer(b).bytes, 0})) {
                lost(stage.name, "'" + buffer(b).name + "'");
            }
        }
    }

    void checkEvent(StageId id, std::int64_t row, EventId event)
    {
        const Stage& stage = m_network[id];
        std::vector<Place> sources;
        if (m_accumulated[id.index()] > 0) {
            const std::size_t sums = m_sums[id.index()];
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
            readRows(stage, i, rows, event);
            for (std::int64_t r = rows.begin; r < rows.end; ++r) {
                sources.push_back(placeOf(stage.inputs[i], r));
                sources.back().mayBeReplaced = r == row && mayReplace(stage, i);
            }
        }
        touchConstants(stage, event);
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

    /// The figures people read must follow from the placements.
    void checkFigures()
    {
        std::vector<Bytes> extent(m_plan.board->banks.size());
        Bytes weights;
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            Bytes& end = extent[m_plan.placements[i].bank.index()];
            end = std::max(end, Bytes(endOf(i)));
            weights += buffer(i).constant ? buffer(i).bytes : Bytes(0);
        }
        Bytes peak;
        for (std::size_t b = 0; b < extent.size(); ++b) {
            const BankUse& use = m_plan.banks[b];
            if (use.planned != extent[b]) {
                problem(m_plan.board->banks[b].id + " is said to hold " +
                        std::to_string(use.planned.count()) + " B but its buffers end at " +
                        std::to_string(extent[b].count()));
            }
            const Bytes taken = use.planned + use.stack + use.server + use.images;
            if (taken > use.capacity) {
                problem(m_plan.board->banks[b].id + " is over its capacity by " +
                        std::to_string((taken - use.capacity).count()) + " B");
            }
            if (!m_plan.board->banks[b].readOnlyAtRunTime) {
                peak += use.planned + use.stack;
            }
        }
        if (peak != m_plan.peakRam) {
            problem("peak RAM is said to be " + std::to_string(m_plan.peakRam.count()) +
                    " B but the banks add up to " + std::to_string(peak.count()));
        }
        if (weights != m_plan.weightBytes) {
            problem("weights are said to be " + std::to_string(m_plan.weightBytes.count()) +
                    " B but add up to " + std::to_string(weights.count()));
        }
    }

    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    const Plan& m_plan;
    const Network& m_network;
    std::vector<std::string> m_problems;
    std::vector<std::size_t> m_valueBuffer;    // by ValueId
    std::vector<std::size_t> m_constantBuffer; // by ConstantId
    std::vector<std::size_t> m_sums;           // by StageId: the accumulator, or kNone
    std::vector<std::int64_t> m_rowsDone;      // by ValueId
    std::vector<std::int64_t> m_accumulated;   // by StageId: input rows
    std::vector<ByteOwners> m_owners;          // by BankId
    std::vector<bool> m_viewed;                // by ValueId: has views
    std::set<std::string> m_lost;
    std::set<std::size_t> m_reported;
};

} // namespace

std::vector<std::string> checkPlan(const Plan& plan)
{
    return Checker(plan).run();
}

} // namespace tidemark

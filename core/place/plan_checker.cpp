// SPDX-License-Identifier: Apache-2.0
#include "core/place/plan_checker.h"

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
                b.alignment < Bytes(1)) {
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
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& b = buffer(i);
            if (b.value) {
                ++values[b.value->index()];
                m_valueBuffer[b.value->index()] = i;
                checkSize(b, m_network[*b.value].bytes());
            } else if (b.constant) {
                ++constants[b.constant->index()];
                m_constantBuffer[b.constant->index()] = i;
                checkSize(b, m_network[*b.constant].bytes());
            }
        }
        for (std::size_t v = 0; v < values.size(); ++v) {
            if (values[v] != 1) {
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

    /// Sweeps the events: when a buffer becomes resident, its bytes must be nobody's.
    void checkOverlaps()
    {
        std::vector<std::size_t> byStart;
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            byStart.push_back(i);
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

    /// Runs the schedule: every row once, every row it reads there before, every byte it touches
    /// resident, and resident without a gap from the first write to the last read.
    void checkEvents()
    {
        m_rowsDone.assign(m_network.values.size(), 0);
        for (const ValueId input : m_network.inputs) {
            m_rowsDone[input.index()] = m_network[input].rows;
            mustBeResident(m_valueBuffer[input.index()], EventId(0));
        }
        std::vector<std::int64_t> done(m_network.stages.size());
        for (std::size_t e = 0; e < m_plan.schedule.events.size(); ++e) {
            const Event& event = m_plan.schedule.events[e];
            if (event.kind != EventKind::Row || event.stage.index() >= done.size()) {
                problem("event " + std::to_string(e) + " is of no stage");
                continue;
            }
            if (event.row != done[event.stage.index()]++) {
                problem("rows of '" + m_network[event.stage].name + "' are out of order");
            }
            checkEvent(m_network[event.stage], event.row, EventId(e));
        }
        for (const ValueId output : m_network.outputs) {
            const std::size_t b = m_valueBuffer[output.index()];
            mustBeComplete(output, "the end");
            if (!m_plan.schedule.events.empty()) {
                mustBeResident(b, EventId(m_plan.schedule.events.size() - 1));
            }
        }
    }

    void checkEvent(const Stage& stage, std::int64_t row, EventId event)
    {
        for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
            const ValueId input = stage.inputs[i];
            const std::int64_t needed = stage.isPlanOnly()
                                            ? m_network[input].rows
                                            : inputRows(m_network, stage, i, row).end;
            if (m_rowsDone[input.index()] < needed) {
                problem("'" + stage.name + "' reads '" + printable(m_network[input].name) +
                        "' before it is made");
            }
            mustBeResident(m_valueBuffer[input.index()], event);
        }
        for (const ConstantId constant : stage.constants) {
            mustBeResident(m_constantBuffer[constant.index()], event);
        }
        for (const ValueId output : stage.outputs) {
            m_rowsDone[output.index()] = stage.isPlanOnly() ? m_network[output].rows : row + 1;
            mustBeResident(m_valueBuffer[output.index()], event);
        }
    }

    void mustBeComplete(ValueId id, const std::string& when)
    {
        if (m_rowsDone[id.index()] != m_network[id].rows) {
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

    const Plan& m_plan;
    const Network& m_network;
    std::vector<std::string> m_problems;
    std::vector<std::size_t> m_valueBuffer;    // by ValueId
    std::vector<std::size_t> m_constantBuffer; // by ConstantId
    std::vector<std::int64_t> m_rowsDone;      // by ValueId
    std::set<std::size_t> m_reported;
};

} // namespace

std::vector<std::string> checkPlan(const Plan& plan)
{
    return Checker(plan).run();
}

} // namespace tidemark

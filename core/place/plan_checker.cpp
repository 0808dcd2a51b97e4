// SPDX-License-Identifier: Apache-2.0
#include "core/place/plan_checker.h"

#include "core/place/event_checker.h"
#include "core/schedule/driver_form.h"
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
            checkEvents(m_plan, m_holders, m_problems);
            if (m_problems.empty()) {
                checkTables();
            }
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
            if (b.hasRowsApart() && !rowsApartAgree(b)) {
                problem("'" + b.name + "' has rows at addresses that cannot be");
            }
            if (b.residency.last < b.residency.first || b.bytes < Bytes(0) ||
                b.alignment < Bytes(1) || b.storedRows < 0) {
                problem("'" + b.name + "' has an impossible size, alignment or residency");
            }
        }
        return m_problems.size() == before;
    }

    /// One address for each row of a tensor, none of which an outside or a view relies on being in
    /// one piece, from the buffer's first byte to its last.
    bool rowsApartAgree(const Buffer& b) const
    {
        if (!b.value || b.value->index() >= m_network.values.size() || b.storedRows < 1 ||
            static_cast<std::int64_t>(b.rowOffsets.size()) != m_network[*b.value].rows) {
            return false;
        }
        const auto is = [&](ValueId id) { return id == *b.value; };
        const bool streamed = m_plan.schedule.streamsInput() && streamedInput(m_network) == b.value;
        if (std::any_of(m_network.outputs.begin(), m_network.outputs.end(), is) ||
            (!streamed && std::any_of(m_network.inputs.begin(), m_network.inputs.end(), is)) ||
            std::any_of(m_network.values.begin(), m_network.values.end(),
                        [&](const Value& v) { return v.storage && v.storage->base == *b.value; })) {
            return false;
        }
        const auto [low, high] = std::minmax_element(b.rowOffsets.begin(), b.rowOffsets.end());
        return *low == Bytes(0) && *high + b.rowBytes == b.bytes &&
               std::all_of(b.rowOffsets.begin(), b.rowOffsets.end(), [&](Bytes offset) {
                   return offset.count() % std::max<std::int64_t>(b.alignment.count(), 1) == 0;
               });
    }

    /// Which buffer holds each value and constant: exactly one, of the right size.
    void mapBuffers()
    {
        std::vector<int> values(m_network.values.size());
        std::vector<int> constants(m_network.constants.size());
        m_holders.values.resize(values.size());
        m_holders.constants.resize(constants.size());
        m_holders.staged.resize(constants.size(), BufferHolders::kNone);
        m_holders.sums.resize(m_network.stages.size(), BufferHolders::kNone);
        m_holders.scratch.resize(m_network.stages.size(), BufferHolders::kNone);
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& b = buffer(i);
            if (b.value) {
                ++values[b.value->index()];
                m_holders.values[b.value->index()] = i;
                checkSize(b, m_network[*b.value]);
            } else if (b.accumulates && b.accumulates->index() < m_holders.sums.size()) {
                m_holders.sums[b.accumulates->index()] = i;
                checkSize(b, accumulatorBytes(m_network, m_network[*b.accumulates]));
            } else if (b.kind == BufferKind::Scratch) {
                checkScratch(i);
            } else if (b.kind == BufferKind::StagedCopy) {
                checkStaged(i);
            } else if (b.constant) {
                ++constants[b.constant->index()];
                m_holders.constants[b.constant->index()] = i;
                checkSize(b, m_network[*b.constant].bytes());
            } else if (b.isDriverTable()) {
                (b.name == kRowTables ? m_rowTables : m_tables) += b.bytes;
            }
        }
        if (m_rowTables != rowTableBytes(m_plan.buffers)) {
            problem(
                "the addresses of rows that lie apart are not what the row tables have room for");
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

    /// A copy is of one constant, which has no other.
    void checkStaged(std::size_t i)
    {
        const Buffer& b = buffer(i);
        if (!b.constant || b.constant->index() >= m_holders.staged.size() || b.storedRows > 0 ||
            m_holders.staged[b.constant->index()] != BufferHolders::kNone) {
            problem("'" + b.name + "' is the copy of no constant, or a second one");
            return;
        }
        m_holders.staged[b.constant->index()] = i;
        checkSize(b, m_network[*b.constant].bytes());
    }

    /// Firmware has a table of the schedule, or its code makes do without.
    void checkTables()
    {
        const auto form = DriverForm::of(m_network, m_plan.schedule);
        const Bytes needed = form ? form->tableBytes() : Bytes(0);
        if (m_tables != needed) {
            problem("tables of the schedule take " + std::to_string(needed.count()) +
                    " B in firmware, but " + std::to_string(m_tables.count()) + " B are planned");
        }
    }

    /// Scratch is of one stage: the one that its access names.
    void checkScratch(std::size_t i)
    {
        const Buffer& b = buffer(i);
        if (b.accesses.size() != 1 || b.accesses[0].stage.index() >= m_network.stages.size() ||
            (b.storedRows > 0 && (b.storedRows > 1 || b.rowBytes != b.bytes))) {
            problem("'" + b.name + "' is scratch of no stage");
            return;
        }
        m_holders.scratch[b.accesses[0].stage.index()] = i;
    }

    void checkSize(const Buffer& b, const Value& value)
    {
        if (b.storedRows > value.rows || (b.storedRows > 0 && b.rowBytes != value.rowBytes())) {
            problem("'" + b.name + "' has rows that its tensor does not have");
        }
        const bool byRows = b.storedRows > 0;
        if (byRows && b.storedRows < value.rows && m_holders.viewed[b.value->index()]) {
            problem("'" + b.name + "' is a ring, but other tensors are part of it");
        }
        if (!b.hasRowsApart()) { // else it ends with its highest row
            checkSize(b, byRows ? value.rowBytes() * b.storedRows : value.bytes());
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
            const bool written =
                !constant || !bankOf(i).readOnlyAtRunTime; // constants: by start-up
            if (bankOf(i).cpu == Reach::None || (written && bankOf(i).cpu == Reach::Read)) {
                problem("the core cannot use '" + b.name + "' in " + bankOf(i).id);
            }
            if (b.kind == BufferKind::Input && m_plan.board->inputByDma &&
                bankOf(i).dma != Reach::ReadWrite) {
                problem("the DMA cannot write '" + b.name + "' in " + bankOf(i).id);
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

    void findViews()
    {
        m_holders.viewed.assign(m_network.values.size(), false);
        for (const Value& value : m_network.values) {
            if (value.storage) {
                m_holders.viewed[value.storage->base.index()] = true;
            }
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
            const bool counts = buffer(i).constant && buffer(i).kind != BufferKind::StagedCopy;
            weights += counts ? buffer(i).bytes : Bytes(0);
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
    BufferHolders m_holders;
    Bytes m_tables;    ///< of the driver
    Bytes m_rowTables; ///< of the addresses of rows
};

} // namespace

std::vector<std::string> checkPlan(const Plan& plan)
{
    return Checker(plan).run();
}

} // namespace tidemark

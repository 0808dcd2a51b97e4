// SPDX-License-Identifier: Apache-2.0
#include "core/place/rung_planner.h"

#include "core/bundle/server_bytes.h"
#include "core/model/format.h"
#include "core/place/bank_choice.h"
#include "core/place/layout.h"
#include "core/place/offsets.h"
#include "core/place/reach.h"
#include "core/place/row_pieces.h"
#include "core/schedule/driver_form.h"
#include "core/schedule/staging.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace tidemark {

namespace {

/// A rung's plan while it is made.
class RungPlanner {
public:
    RungPlanner(std::shared_ptr<const Network> network, std::shared_ptr<const Board> board,
                const Constraints& constraints, Technique rung, RowPlan rows,
                const std::vector<Bytes>& near)
        : m_network(*network), m_board(*board), m_near(near), m_rows(std::move(rows))
    {
        m_plan.network = std::move(network);
        m_plan.board = std::move(board);
        m_plan.constraints = constraints;
        m_plan.techniqueApplied = rung;
    }

    Result<Plan> run(const SearchLimits& limits)
    {
        findRowsApart();
        m_live = live();
        findLiveBound();
        const Constraints wish = withPinnedCopies();
        if (m_plan.techniqueApplied <= Technique::Fused) {
            keepEverythingResident();
        }
        auto pins = resolvePins(m_rows.buffers, m_board, wish);
        if (!pins) {
            return pins.error();
        }
        if (auto capacities = readCapacities(); !capacities) {
            return capacities.error();
        }
        m_pins = std::move(*pins);
        if (auto status = choosePlaces(limits); !status) {
            return status.error();
        }
        if (addCopyEvents(m_network, m_rows)) {
            m_live = live();
        }
        m_plan.schedule = std::move(m_rows.schedule);
        m_plan.buffers = std::move(m_rows.buffers);
        m_plan.replacements = std::move(m_rows.replacements);
        measure();
        return std::move(m_plan);
    }

private:
    /// Rows may lie apart if the user wants it; what is planned again has them so already or not.
    void findRowsApart()
    {
        bool apart = m_near.empty();
        for (std::size_t i = 0; i < m_rows.buffers.size(); ++i) {
            Buffer& buffer = m_rows.buffers[i];
            if (!buffer.hasRowsApart()) {
                continue;
            }
            for (std::size_t row = 0; row < buffer.rowOffsets.size() && !m_near.empty(); ++row) {
                m_nearRows[i].push_back(m_near[i] + buffer.rowOffsets[row]);
            }
            apart = true;
        }
        setRowsInWindows();
        if (apart && m_plan.constraints.rings == RingForm::Rows &&
            m_plan.techniqueApplied >= Technique::Rows) {
            m_apart = rowsMayLieApart(m_network, m_rows);
            keepPinnedWindows();
        }
        if (!m_apart.empty()) {
            addRowTables(m_rows);
        }
    }

    /// A pin with an offset is of a tensor in one piece.
    void keepPinnedWindows()
    {
        for (const Pin& pin : m_plan.constraints.pins) {
            for (std::size_t i = 0; i < m_apart.size(); ++i) {
                m_apart[i] = m_apart[i] && !(pin.offset && m_rows.buffers[i].name == pin.buffer);
            }
        }
        if (std::find(m_apart.begin(), m_apart.end(), true) == m_apart.end()) {
            m_apart.clear();
        }
    }

    std::vector<Block> blocksOfArena() const
    {
        std::vector<Block> blocks;
        for (const Buffer& buffer : m_rows.buffers) {
            if (buffer.isArena()) {
                blocks.push_back({buffer.bytes, buffer.alignment, buffer.residency, std::nullopt});
            }
        }
        return blocks;
    }

    /// Adds the copies that pins ask for; gives the constraints with pins that name them: those
    /// of a constant to RAM, too, under Staging::Around.
    Constraints withPinnedCopies()
    {
        Constraints wish = m_plan.constraints;
        for (Pin& pin : wish.pins) {
            const auto bank = m_board.findBank(pin.bank);
            const bool around =
                wish.staging == Staging::Around && bank && !m_board[*bank].readOnlyAtRunTime;
            const auto named = constantOfStaged(pin.buffer);
            const auto home = std::find_if(
                m_rows.buffers.begin(), m_rows.buffers.end(), [&](const Buffer& buffer) {
                    return buffer.isConstant() && buffer.constant &&
                           (named ? buffer.name == *named : around && buffer.name == pin.buffer);
                });
            if (home == m_rows.buffers.end() || wish.staging == Staging::None) {
                continue;
            }
            const auto life = stagedLife(*home, m_rows.schedule);
            if (life && !stagedConstants(m_rows.buffers).contains(*home->constant)) {
                m_rows.buffers.push_back(stagedCopy(*home, *life));
                m_hasPinnedCopies = true;
                pin.buffer = m_rows.buffers.back().name;
            }
        }
        return wish;
    }

    void keepEverythingResident()
    {
        for (Buffer& buffer : m_rows.buffers) {
            buffer.residency = m_rows.schedule.whole();
        }
    }

    Status readCapacities()
    {
        m_plan.banks.resize(m_board.banks.size());
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            m_plan.banks[b].capacity = m_board.banks[b].capacity;
        }
        for (const Budget& budget : m_plan.constraints.budgets) {
            const auto bank = m_board.findBank(budget.bank);
            if (!bank) {
                return Diagnostic{ErrorKind::Usage,
                                  "no bank '" + printable(budget.bank) + "' to budget on " +
                                      m_board.id,
                                  "--budget " + printable(budget.bank),
                                  "`tidemark boards " + m_board.id + "` lists its banks"};
            }
            Bytes& capacity = m_plan.banks[bank->index()].capacity;
            capacity = std::min(capacity, budget.limit);
        }
        constexpr Bytes kMostStack{std::int64_t{1} << 32}; // addresses have 32 bits
        if (stackBytes() < Bytes(0) || stackBytes() > kMostStack) {
            return Diagnostic{ErrorKind::Usage,
                              "a stack of " + std::to_string(stackBytes().count()) + " bytes",
                              "--stack", "give it a number from 0 to 4294967296"};
        }
        return Done{};
    }

    Status choosePlaces(const SearchLimits& limits)
    {
        const Staging staging = m_plan.constraints.staging;
        if (m_plan.constraints.objective == Objective::Ram) {
            if (staging == Staging::Resident &&
                placeByCost(readOnlyReads(m_board, m_rows.buffers), true, limits)) {
                return Done{};
            }
            placeWhereItFits(limits);
            if (!m_plan.fits) {
                placeByCost(displacedBytes(m_board, m_rows.buffers), false, limits);
            }
            if (m_plan.fits && staging == Staging::Around) {
                fillSpareRam(limits);
            }
            return Done{};
        }
        auto costs =
            bankCosts(m_network, m_board, m_rows.buffers, m_plan.constraints, m_plan.banks);
        if (!costs) {
            return costs.error();
        }
        if (!placeByCost(*costs, true, limits)) {
            placeWhereItFits(limits);
        }
        return Done{};
    }

    /// With room for the server's copy of the input, else without; what is there stays where no
    /// choice of banks fits.
    bool placeByCost(const BankCosts& costs, bool mayBeWhole, const SearchLimits& limits)
    {
        setRowsInWindows();
        const Staging staging = m_plan.constraints.staging;
        const bool mayCopy =
            staging == Staging::Resident ||
            (staging == Staging::Auto && m_plan.constraints.objective != Objective::Ram);
        // A glance, as during a drag, has no time for what nobody asked for by name.
        constexpr std::int64_t kGlance = 1'000;
        const bool isGlance = limits.effort.searchNodes <= kGlance;
        const bool mayCopyAround =
            !costs.around.empty() &&
            (staging == Staging::Around || (staging == Staging::Auto && mayCopy && !isGlance));
        for (const bool keepsInput : {true, false}) {
            const BankQuestion question{m_rows,     m_board,
                                        m_pins,     m_plan.techniqueApplied,
                                        costs,      room(keepsInput),
                                        mayBeWhole, m_plan.constraints.objective != Objective::Ram,
                                        mayCopy,    mayCopyAround};
            BankChoice choice = chooseBanks(question, limits.effort, limits.stop);
            if (choice.found) {
                take(std::move(choice), limits);
                return true;
            }
        }
        return false;
    }

    /// Copies around stages into what the arena leaves free while they live: the peak stays.
    void fillSpareRam(const SearchLimits& limits)
    {
        const BankCosts costs = readOnlyTraffic(m_network, m_board, m_rows.buffers);
        const BankQuestion question{m_rows, m_board,
                                    m_pins, m_plan.techniqueApplied,
                                    costs,  room(m_plan.serverKeepsInput),
                                    true,   false,
                                    false,  true};
        const PlacedBuffers arena{m_plan.placements, m_searchStopped, m_provenExtent};
        BankChoice choice = chooseCopies(question, arena, limits.effort, limits.stop);
        if (choice.found) {
            take(std::move(choice), limits);
        }
    }

    void take(BankChoice choice, const SearchLimits& limits)
    {
        m_rows.buffers.insert(m_rows.buffers.end(), choice.copies.begin(), choice.copies.end());
        take(std::move(choice.placed), limits);
        m_plan.assignment = std::move(choice.proof);
    }

    /// What is left of each bank for buffers and start-up images.
    std::vector<Bytes> room(bool serverKeepsInput) const
    {
        std::vector<Bytes> room;
        for (const BankUse& use : m_plan.banks) {
            room.push_back(use.capacity);
        }
        room[m_board.defaultRam.index()] -= stackBytes() + serverBytes(m_network, serverKeepsInput);
        return room;
    }

    Bytes stackBytes() const { return m_plan.constraints.stack.value_or(m_board.stackReserve); }

    /// The default RAM and the read-only bank; another bank only where that is too small.
    void placeWhereItFits(const SearchLimits& limits)
    {
        const std::vector<BankId> arenas = candidates(m_board.defaultRam, false);
        const std::vector<BankId> homes = candidates(m_board.defaultConstants, true);
        BankId home = homes.front();
        Bytes constants;
        for (const Buffer& buffer : m_rows.buffers) {
            constants += buffer.isConstant() ? buffer.bytes : Bytes(0);
        }
        for (const BankId bank : homes) {
            if (constants <= m_plan.banks[bank.index()].capacity) {
                home = bank;
                break;
            }
        }
        for (const BankId arena : arenas) {
            place(arena, home, limits);
            if (m_plan.fits) {
                return;
            }
        }
        place(arenas.front(), home, limits);
    }

    std::vector<BankId> candidates(BankId first, bool readOnly) const
    {
        std::vector<BankId> banks{first};
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            const Bank& bank = m_board.banks[b];
            const bool may = readOnly ? bank.mayHoldConstants() : bank.mayHoldArena();
            if (BankId(b) != first && bank.readOnlyAtRunTime == readOnly && may) {
                banks.emplace_back(b);
            }
        }
        return banks;
    }

    void place(BankId arena, BankId home, const SearchLimits& limits)
    {
        if (m_apart.empty()) {
            take(
                placeBuffers(m_rows, m_board, m_pins, m_plan.techniqueApplied, arena, home, limits),
                limits);
        } else {
            placeApart(arena, home, limits);
        }
    }

    void placeApart(BankId arena, BankId home, const SearchLimits& limits)
    {
        std::vector<BankId> banks;
        for (const Buffer& buffer : m_rows.buffers) {
            banks.push_back(buffer.isConstant() ? home : arena);
        }
        PlacedBuffers placed = placeRowsApart(m_rows, banks, m_board.banks.size(), m_pins,
                                              m_plan.techniqueApplied, limits, m_apart, m_nearRows);
        for (const auto& [b, addresses] : placed.rowAddresses) {
            m_rows.buffers[b].setRowsApart(addresses);
        }
        sizeRowTables();
        stackConstants(m_rows, banks, m_board.banks.size(), m_pins, placed);
        take(std::move(placed), limits);
    }

    void setRowsInWindows()
    {
        for (Buffer& buffer : m_rows.buffers) {
            if (buffer.hasRowsApart()) {
                buffer.setRowsInWindow();
            }
        }
        sizeRowTables();
    }

    void sizeRowTables()
    {
        const auto tables =
            std::find_if(m_rows.buffers.begin(), m_rows.buffers.end(),
                         [](const Buffer& buffer) { return buffer.name == kRowTables; });
        if (tables != m_rows.buffers.end()) {
            tables->bytes = rowTableBytes(m_rows.buffers);
        }
    }

    void take(PlacedBuffers placed, const SearchLimits& limits)
    {
        m_plan.placements = std::move(placed.placements);
        m_plan.stopped = limits.stop.stop_requested();
        m_searchStopped = placed.stopped;
        m_provenExtent = m_hasPinnedCopies ? std::nullopt : placed.provenExtent;
        fillBanks();
        m_plan.fits = std::all_of(m_plan.banks.begin(), m_plan.banks.end(),
                                  [](const BankUse& use) { return use.fits(); });
        for (std::size_t i = 0; i < m_rows.buffers.size(); ++i) {
            m_plan.fits =
                m_plan.fits && mayLie(m_board, m_plan.placements[i].bank, m_rows.buffers[i]);
        }
    }

    void fillBanks()
    {
        for (BankUse& use : m_plan.banks) {
            use = {Bytes(0), Bytes(0), Bytes(0), use.capacity, Bytes(0), Bytes(0)};
        }
        m_plan.weightBytes = Bytes(0);
        for (std::size_t i = 0; i < m_rows.buffers.size(); ++i) {
            const Buffer& buffer = m_rows.buffers[i];
            const Placement& placement = m_plan.placements[i];
            BankUse& use = m_plan.banks[placement.bank.index()];
            use.planned = std::max(use.planned, placement.offset + buffer.bytes);
            if (buffer.isConstant()) {
                m_plan.weightBytes += buffer.isDriverTable() ? Bytes(0) : buffer.bytes;
                if (!m_board[placement.bank].readOnlyAtRunTime) {
                    m_plan.banks[m_board.codeBank.index()].images += buffer.bytes;
                }
            }
        }
        BankUse& ram = m_plan.banks[m_board.defaultRam.index()];
        ram.stack = stackBytes();
        ram.server = serverBytes(m_network, true);
        m_plan.serverKeepsInput = ram.fits();
        if (!m_plan.serverKeepsInput) {
            ram.server = serverBytes(m_network, false);
        }
        m_plan.serverBytes = ram.server;
    }

    void measure()
    {
        for (const BankUse& use : m_plan.banks) {
            if (!m_board.banks[static_cast<std::size_t>(&use - m_plan.banks.data())]
                     .readOnlyAtRunTime) {
                m_plan.peakRam += use.used() - use.images;
            }
        }
        std::vector<Bytes> extents(m_plan.banks.size());
        std::vector<Bytes> scratchEnds(m_plan.banks.size());
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& buffer = m_plan.buffers[i];
            const bool isScratch = buffer.kind == BufferKind::Scratch;
            if (isScratch) {
                m_plan.scratchBytes = std::max(m_plan.scratchBytes, buffer.bytes);
            }
            if (buffer.isArena() && buffer.kind != BufferKind::StagedCopy) {
                auto& ends = isScratch ? scratchEnds : extents;
                Bytes& end = ends[m_plan.placements[i].bank.index()];
                end = std::max(end, m_plan.placements[i].offset + buffer.bytes);
            }
        }
        for (std::size_t b = 0; b < extents.size(); ++b) {
            m_plan.activationBytes += extents[b];
            m_arenaBytes += std::max(extents[b], scratchEnds[b]);
        }
        measureLiveBytes();
        proveBound();
    }

    void measureLiveBytes()
    {
        const std::size_t events = m_plan.schedule.events.size();
        std::vector<std::vector<Bytes>> banks(m_plan.banks.size(), std::vector<Bytes>(events + 1));
        std::vector<Bytes> arena(events + 1); // first differences, then sums
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& buffer = m_plan.buffers[i];
            auto& bank = banks[m_plan.placements[i].bank.index()];
            const auto add = [&](const EventRange& life, Bytes bytes) {
                const std::size_t after = std::min(life.last.index() + 1, events);
                for (auto* curve : {&bank, buffer.isArena() ? &arena : nullptr}) {
                    if (curve != nullptr) {
                        (*curve)[life.first.index()] += bytes;
                        (*curve)[after] -= bytes;
                    }
                }
            };
            if (buffer.storedRows == 0) {
                add(buffer.residency, buffer.bytes);
            }
            for (const RowLife& row : buffer.rowLives) {
                add(row.life, row.end - row.begin);
            }
        }
        m_plan.stages.resize(m_network.stages.size());
        for (std::size_t b = 0; b < banks.size(); ++b) {
            std::partial_sum(banks[b].begin(), banks[b].end(), banks[b].begin());
            m_plan.banks[b].liveMax = *std::max_element(banks[b].begin(), banks[b].end());
        }
        std::partial_sum(arena.begin(), arena.end(), arena.begin());
        for (std::size_t e = 0; e < events; ++e) {
            Bytes& stage = m_plan.stages[m_plan.schedule.events[e].stage.index()].liveBytes;
            // A row that replaces another is there twice in the sums.
            const bool byRows = m_plan.techniqueApplied >= Technique::Overlap;
            stage = std::max(stage, byRows ? m_live[e] : arena[e]);
        }
        for (std::size_t s = 0; s < m_network.stages.size(); ++s) {
            m_plan.stages[s].macs = m_network.stages[s].macs;
        }
    }

    /// By event; rows that may lie apart each for itself.
    std::vector<Bytes> live() const
    {
        return m_apart.empty() ? liveBytes(m_rows) : liveBytesApart(m_rows, m_apart);
    }

    /// The most that must live at one event, and the first such event; no copy must.
    void findLiveBound()
    {
        const auto most = std::max_element(m_live.begin(), m_live.end());
        m_liveBound =
            m_plan.techniqueApplied < Technique::Overlap
                ? liveBound(blocksOfArena()) // padded to the step of the offsets
                : LiveBound{*most, EventId(static_cast<std::size_t>(most - m_live.begin()))};
        if (!m_rows.schedule.events.empty()) {
            m_boundStage = m_rows.schedule[m_liveBound.event].stage;
        }
    }

    void proveBound()
    {
        Bound& bound = m_plan.lowerBound;
        bound.bytes = m_liveBound.bytes;
        bound.argument = m_plan.schedule.events.empty()
                             ? "nothing runs"
                             : "at " + m_network[m_boundStage].name + " " +
                                   formatBytes(m_liveBound.bytes) + " must exist together";
        if (m_provenExtent && *m_provenExtent > bound.bytes) {
            bound.bytes = *m_provenExtent;
            bound.argument = "an exhausted search found no smaller packing of these lifetimes";
        }
        bound.status = m_arenaBytes == bound.bytes ? ProofStatus::Optimal
                       : m_searchStopped           ? ProofStatus::Stopped
                                                   : ProofStatus::Gap;
    }

    const Network& m_network;
    const Board& m_board;
    const std::vector<Bytes>& m_near; // see SearchLimits
    RowPlan m_rows;
    Plan m_plan;
    ResolvedPins m_pins;
    std::vector<bool> m_apart; // by BufferId: rows may; beyond its end, or empty: none
    std::map<std::size_t, std::vector<Bytes>> m_nearRows; // near which addresses, by BufferId
    std::vector<Bytes> m_live;                            // by event
    LiveBound m_liveBound; // of the lifetimes that the schedule gives, without copies
    StageId m_boundStage;  // where that is
    bool m_hasPinnedCopies = false;
    Bytes m_arenaBytes; // extents with scratch
    std::optional<Bytes> m_provenExtent;
    bool m_searchStopped = false;
};

} // namespace

Result<Plan> placeRung(std::shared_ptr<const Network> network, std::shared_ptr<const Board> board,
                       const Constraints& constraints, Technique rung, RowPlan rows, Effort effort,
                       const std::stop_token& stop, const std::vector<Bytes>& near)
{
    return RungPlanner(std::move(network), std::move(board), constraints, rung, std::move(rows),
                       near)
        .run({effort, stop, near});
}

} // namespace tidemark

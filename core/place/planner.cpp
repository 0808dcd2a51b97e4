// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/server_bytes.h"
#include "core/lower/kernel_tables.h"
#include "core/lower/lower.h"
#include "core/model/format.h"
#include "core/place/bounds.h"
#include "core/place/conflicts.h"
#include "core/place/layout.h"
#include "core/place/offsets.h"
#include "core/place/plan.h"
#include "core/place/plan_checker.h"
#include "core/schedule/lifetimes.h"

#include <algorithm>
#include <chrono>

namespace tidemark {

namespace {

/// A rung's plan while it is made.
class RungPlanner {
public:
    RungPlanner(std::shared_ptr<const Network> network, std::shared_ptr<const Board> board,
                const Constraints& constraints, Technique rung)
        : m_network(*network), m_board(*board)
    {
        m_plan.network = std::move(network);
        m_plan.board = std::move(board);
        m_plan.constraints = constraints;
        m_plan.techniqueApplied = rung;
    }

    Result<Plan> run(Effort effort, const std::stop_token& stop)
    {
        m_plan.schedule = stageByStage(m_network);
        m_plan.buffers = fullBuffers(m_network, m_plan.schedule);
        m_natural = blocksOfArena();
        if (m_plan.techniqueApplied <= Technique::Fused) {
            keepEverythingResident();
        }
        auto pins = resolvePins(m_plan.buffers, m_board, m_plan.constraints);
        if (!pins) {
            return pins.error();
        }
        if (auto capacities = readCapacities(); !capacities) {
            return capacities.error();
        }
        m_pins = std::move(*pins);
        placeWhereItFits(effort, stop);
        measure();
        return std::move(m_plan);
    }

private:
    std::vector<Block> blocksOfArena() const
    {
        std::vector<Block> blocks;
        for (const Buffer& buffer : m_plan.buffers) {
            if (buffer.isArena()) {
                blocks.push_back({buffer.bytes, buffer.alignment, buffer.residency, std::nullopt});
            }
        }
        return blocks;
    }

    void keepEverythingResident()
    {
        for (Buffer& buffer : m_plan.buffers) {
            buffer.residency = m_plan.schedule.whole();
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
        return Done{};
    }

    /// The default RAM and the read-only bank; another bank only where that is too small.
    void placeWhereItFits(Effort effort, const std::stop_token& stop)
    {
        const std::vector<BankId> arenas = candidates(m_board.defaultRam, false);
        const std::vector<BankId> homes = candidates(m_board.defaultConstants, true);
        BankId home = homes.front();
        Bytes constants;
        for (const Constant& constant : m_network.constants) {
            constants += constant.bytes();
        }
        for (const BankId bank : homes) {
            if (constants <= m_plan.banks[bank.index()].capacity) {
                home = bank;
                break;
            }
        }
        for (const BankId arena : arenas) {
            place(arena, home, effort, stop);
            if (m_plan.fits) {
                return;
            }
        }
        place(arenas.front(), home, effort, stop);
    }

    std::vector<BankId> candidates(BankId first, bool readOnly) const
    {
        std::vector<BankId> banks{first};
        for (std::size_t b = 0; b < m_board.banks.size(); ++b) {
            if (BankId(b) != first && m_board.banks[b].readOnlyAtRunTime == readOnly) {
                banks.emplace_back(b);
            }
        }
        return banks;
    }

    void place(BankId arena, BankId home, Effort effort, const std::stop_token& stop)
    {
        PlacedBuffers placed = placeBuffers(m_plan.buffers, m_board, m_pins,
                                            m_plan.techniqueApplied, arena, home, effort, stop);
        m_plan.placements = std::move(placed.placements);
        m_plan.stopped = stop.stop_requested();
        m_searchStopped = placed.stopped;
        m_provenExtent = placed.provenExtent;
        fillBanks();
        m_plan.fits = std::all_of(m_plan.banks.begin(), m_plan.banks.end(),
                                  [](const BankUse& use) { return use.fits(); });
    }

    void fillBanks()
    {
        for (BankUse& use : m_plan.banks) {
            use = {Bytes(0), Bytes(0), Bytes(0), use.capacity, Bytes(0), Bytes(0)};
        }
        m_plan.weightBytes = Bytes(0);
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& buffer = m_plan.buffers[i];
            const Placement& placement = m_plan.placements[i];
            BankUse& use = m_plan.banks[placement.bank.index()];
            use.planned = std::max(use.planned, placement.offset + buffer.bytes);
            if (buffer.isConstant()) {
                m_plan.weightBytes += buffer.bytes;
                if (!m_board[placement.bank].readOnlyAtRunTime) {
                    m_plan.banks[m_board.codeBank.index()].images += buffer.bytes;
                }
            }
        }
        BankUse& ram = m_plan.banks[m_board.defaultRam.index()];
        ram.stack = m_plan.constraints.stack.value_or(m_board.stackReserve);
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
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& buffer = m_plan.buffers[i];
            if (buffer.kind == BufferKind::Scratch) {
                m_plan.scratchBytes = std::max(m_plan.scratchBytes, buffer.bytes);
            } else if (buffer.isArena()) {
                Bytes& extent = extents[m_plan.placements[i].bank.index()];
                extent = std::max(extent, m_plan.placements[i].offset + buffer.bytes);
            }
        }
        for (const Bytes extent : extents) {
            m_plan.activationBytes += extent;
        }
        measureLiveBytes();
        proveBound();
    }

    void measureLiveBytes()
    {
        const std::size_t events = m_plan.schedule.events.size();
        std::vector<Bytes> arena(events + 1); // first differences, then sums
        std::vector<std::vector<Bytes>> banks(m_plan.banks.size(), arena);
        for (std::size_t i = 0; i < m_plan.buffers.size(); ++i) {
            const Buffer& buffer = m_plan.buffers[i];
            const std::size_t first = buffer.residency.first.index();
            const std::size_t after = std::min(buffer.residency.last.index() + 1, events);
            auto& bank = banks[m_plan.placements[i].bank.index()];
            bank[first] += buffer.bytes;
            bank[after] -= buffer.bytes;
            if (buffer.isArena()) {
                arena[first] += buffer.bytes;
                arena[after] -= buffer.bytes;
            }
        }
        m_plan.stages.resize(m_network.stages.size());
        std::vector<Bytes> live(banks.size());
        Bytes arenaLive;
        for (std::size_t e = 0; e < events; ++e) {
            for (std::size_t b = 0; b < banks.size(); ++b) {
                live[b] += banks[b][e];
                m_plan.banks[b].liveMax = std::max(m_plan.banks[b].liveMax, live[b]);
            }
            arenaLive += arena[e];
            Bytes& stage = m_plan.stages[m_plan.schedule.events[e].stage.index()].liveBytes;
            stage = std::max(stage, arenaLive);
        }
        for (std::size_t s = 0; s < m_network.stages.size(); ++s) {
            m_plan.stages[s].macs = m_network.stages[s].macs;
        }
    }

    void proveBound()
    {
        const LiveBound live = liveBound(m_natural);
        Bound& bound = m_plan.lowerBound;
        bound.bytes = live.bytes;
        bound.argument = m_plan.schedule.events.empty()
                             ? "nothing runs"
                             : "at " + m_network[m_plan.schedule[live.event].stage].name + " " +
                                   formatBytes(live.bytes) + " must exist together";
        if (m_provenExtent && *m_provenExtent > bound.bytes) {
            bound.bytes = *m_provenExtent;
            bound.argument = "an exhausted search found no smaller packing of these lifetimes";
        }
        bound.status = m_plan.activationBytes == bound.bytes ? ProofStatus::Optimal
                       : m_searchStopped                     ? ProofStatus::Stopped
                                                             : ProofStatus::Gap;
    }

    const Network& m_network;
    const Board& m_board;
    Plan m_plan;
    ResolvedPins m_pins;
    std::vector<Block> m_natural; // arena buffers with the lifetimes the schedule gives them
    std::optional<Bytes> m_provenExtent;
    bool m_searchStopped = false;
};

void setScheduleBound(Plan& plan, const Network& fused)
{
    plan.scheduleLowerBound = rowScheduleBound(fused);
    if (plan.activationBytes == plan.scheduleLowerBound.bytes) {
        plan.scheduleLowerBound.status = ProofStatus::Optimal;
    }
}

/// No plan counts as valid before the checker, which knows nothing of the planner, agrees.
void verify(Plan& plan)
{
    const std::vector<std::string> problems = checkPlan(plan);
    plan.conflicts = findConflicts(plan);
    plan.fits = problems.empty() && plan.conflicts.empty();
    if (plan.conflicts.empty()) {
        for (const std::string& text : problems) {
            plan.conflicts.push_back({text, std::nullopt, Bytes(0), std::nullopt, {}});
        }
    }
}

bool isBetter(const Plan& a, const Plan& b)
{
    return a.fits != b.fits ? a.fits : a.peakRam < b.peakRam;
}

} // namespace

Result<PlanPtr> plan(const std::shared_ptr<const Network>& network,
                     const std::shared_ptr<const Board>& board, const Constraints& constraints,
                     Effort effort, const std::stop_token& stop)
{
    const auto start = std::chrono::steady_clock::now();
    const auto plain = std::make_shared<const Network>(withKernelTables(*network));
    const auto fused = std::make_shared<const Network>(withKernelTables(fusePools(*network)));
    std::optional<Plan> best;
    // From the rung asked for downwards: a lower rung can only win where this one is not proven.
    for (auto rung = allTechniques().rbegin(); rung != allTechniques().rend(); ++rung) {
        if (*rung > constraints.technique) {
            continue;
        }
        const auto& form = *rung == Technique::Unshared ? plain : fused;
        Result<Plan> candidate = RungPlanner(form, board, constraints, *rung).run(effort, stop);
        if (!candidate) {
            if (*rung == constraints.technique) {
                return candidate.error();
            }
            continue; // a pin names a buffer that only the higher rungs have
        }
        if (!best || isBetter(*candidate, *best)) {
            best = std::move(*candidate);
        }
        if (best->fits && best->lowerBound.status == ProofStatus::Optimal) {
            break;
        }
    }
    setScheduleBound(*best, *fused);
    verify(*best);
    best->planMilliseconds =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return PlanPtr(std::make_shared<const Plan>(std::move(*best)));
}

std::optional<BufferId> Plan::findBuffer(const std::string& name) const
{
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        if (buffers[i].name == name) {
            return BufferId(i);
        }
    }
    return std::nullopt;
}

std::string_view toString(ProofStatus status)
{
    switch (status) {
    case ProofStatus::Optimal:
        return "optimal";
    case ProofStatus::Gap:
        return "gap";
    case ProofStatus::Stopped:
        return "stopped";
    }
    return "";
}

} // namespace tidemark

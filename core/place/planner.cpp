// SPDX-License-Identifier: Apache-2.0
#include "core/cost/cost_model.h"
#include "core/cost/provenance.h"
#include "core/model/format.h"
#include "core/place/conflicts.h"
#include "core/place/plan_basis.h"
#include "core/place/plan_checker.h"
#include "core/place/planning_session.h"
#include "core/place/rung_planner.h"
#include "core/schedule/driver_form.h"
#include "core/schedule/lifetimes.h"
#include "core/schedule/staging.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace tidemark {

namespace {

using Clock = std::chrono::steady_clock;

/// No plan counts as valid before the checker, which knows nothing of the planner, agrees.
void verify(Plan& plan)
{
    const std::vector<std::string> problems = checkPlan(plan);
    plan.conflicts = findConflicts(plan);
    plan.fits = problems.empty() && plan.conflicts.empty();
    if (plan.conflicts.empty()) {
        for (const std::string& text : problems) {
            plan.conflicts.push_back({text, std::nullopt, Bytes(0), std::nullopt, {}, {}});
        }
    }
}

void addCost(Plan& plan)
{
    std::vector<BankId> banks;
    for (const Placement& placement : plan.placements) {
        banks.push_back(placement.bank);
    }
    plan.cost = costOf(*plan.network, *plan.board, plan.schedule, plan.buffers, banks);
}

/// A plan that is complete but for its proof of validity and its time.
PlanPtr finished(Plan plan, Clock::time_point start)
{
    verify(plan);
    addCost(plan);
    plan.planMilliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    return std::make_shared<const Plan>(std::move(plan));
}

/// Whether the fewest bytes are not all that is asked for.
bool isByCost(const Constraints& constraints)
{
    return constraints.objective != Objective::Ram || constraints.staging == Staging::Resident;
}

RowPlan fullTensors(const Network& network, Schedule schedule)
{
    std::vector<Buffer> buffers = fullBuffers(network, schedule);
    return {std::move(schedule), std::move(buffers), {}};
}

void restoreLives(const Network& network, RowPlan& rows)
{
    const std::vector<EventRange> lives = valueLifetimes(network, rows.schedule);
    for (Buffer& buffer : rows.buffers) {
        if (buffer.value) {
            buffer.residency = lives[buffer.value->index()];
        } else if (buffer.kind == BufferKind::Scratch) {
            buffer.residency = rows.schedule[buffer.accesses.front().stage];
        }
    }
}

/// Takes away the row tables, which placing adds again; `kept` are the buffers that are left.
std::vector<std::size_t> withoutTables(std::vector<std::size_t> kept, RowPlan& rows)
{
    const auto tables = std::ranges::find(rows.buffers, kRowTables, &Buffer::name);
    if (tables != rows.buffers.end()) {
        kept.erase(kept.begin() + (tables - rows.buffers.begin()));
        rows.buffers.erase(tables);
    }
    return kept;
}

/// What a plan was placed from: without the copies and tables that placing adds.
struct PlacedFrom {
    explicit PlacedFrom(const Plan& plan) : rows{plan.schedule, plan.buffers, plan.replacements}
    {
        kept = withoutTables(removeCopies(*plan.network, rows), rows);
        if (plan.techniqueApplied <= Technique::Fused) { // there everything is resident for ever
            restoreLives(*plan.network, rows);
        }
    }
    RowPlan rows;
    std::vector<std::size_t> kept; ///< by buffer of `rows`: which it is in the plan
};

/// The rungs for one board and one set of constraints. Every rung may use all below it; each is
/// climbed at most once.
class Ladder {
public:
    Ladder(const PlanBasis& basis, std::shared_ptr<const Board> board,
           const Constraints& constraints, std::stop_token stop)
        : m_basis(basis), m_board(std::move(board)), m_constraints(constraints),
          m_stop(std::move(stop))
    {
    }

    /// The best plan of a rung and all below it. Their errors count only at the rung asked for: it
    /// must know the buffers that pins name, the others may not.
    Result<Plan> upTo(Technique asked)
    {
        return placesScratch() ? withScratch(asked) : bestUpTo(asked);
    }

private:
    Result<Plan> bestUpTo(Technique asked)
    {
        if (asked == Technique::Stream && !m_basis.canStream()) {
            return withTechnique(upTo(Technique::Rows), asked);
        }
        m_constraints.technique = asked;
        if (asked >= Technique::Liveness) {
            m_order = m_basis.order(m_stop);
        }
        const Plan* best = nullptr;
        for (auto rung = allTechniques().rbegin(); rung != allTechniques().rend(); ++rung) {
            if (*rung > asked ||
                (best != nullptr && best->activationBytes <= least(*rung, *best))) {
                continue;
            }
            const Climbed& climbed = climb(*rung);
            if (climbed.best && (best == nullptr || isBetter(*climbed.best, *best))) {
                best = &*climbed.best;
            }
            if (best == nullptr && climbed.error) {
                return *climbed.error;
            }
        }
        Plan plan = *best;
        plan.constraints.technique = asked;
        proveOrder(plan);
        proveSchedule(plan);
        return plan;
    }

    /// Where bytes are all that counts and scratch finds dead ones in the plan without it, that is
    /// the plan; else every rung is climbed with it.
    Result<Plan> withScratch(Technique asked)
    {
        if (isByCost(m_constraints)) {
            return bestUpTo(asked);
        }
        if (!m_bare) {
            Constraints constraints = m_constraints;
            constraints.scratch = ScratchPolicy::Exclude;
            m_bare = std::make_unique<Ladder>(m_basis, m_board, constraints, m_stop);
        }
        Result<Plan> bare = m_bare->upTo(asked);
        if (bare && bare->fits) {
            Result<Plan> same = addedScratch(*bare, asked);
            if (same && same->fits && same->peakRam == bare->peakRam) {
                return same;
            }
        }
        Result<Plan> plan = bestUpTo(asked);
        if (bare && plan) {
            plan->activationBytes = bare->activationBytes;
        }
        return plan;
    }

    Result<Plan> addedScratch(const Plan& bare, Technique asked)
    {
        RowPlan rows = PlacedFrom(bare).rows;
        const Technique rung = bare.techniqueApplied;
        addScratch(*bare.network, m_basis.scratchOf(), rung >= Technique::Overlap, rows);
        m_constraints.technique = asked;
        Result<Plan> made = placeRung(bare.network, m_board, m_constraints, rung, std::move(rows),
                                      m_basis.effort(), m_stop);
        if (made) {
            made->orderProof = bare.orderProof;
            made->orderArgument = bare.orderArgument;
            made->lowerBound = bare.lowerBound; // what is alive without scratch is with it
            made->scheduleLowerBound = bare.scheduleLowerBound;
        }
        return made;
    }

    struct Climbed {
        std::optional<Plan> best;
        std::optional<Diagnostic> error;
    };

    bool placesScratch() const
    {
        return m_basis.asksForScratch() && m_constraints.scratch == ScratchPolicy::Place;
    }

    /// The bound is of a schedule: two ways to run have different ones.
    static bool provesMore(const Plan& a, const Plan& b)
    {
        return a.lowerBound.status == ProofStatus::Optimal &&
               b.lowerBound.status != ProofStatus::Optimal;
    }

    static Result<Plan> withTechnique(Result<Plan> plan, Technique asked)
    {
        if (plan) {
            plan->constraints.technique = asked;
        }
        return plan;
    }

    /// No plan of a rung needs fewer bytes; nothing is known beside a plan that does not fit.
    Bytes least(Technique rung, const Plan& best) const
    {
        if (!best.fits || placesScratch() || isByCost(m_constraints)) {
            return Bytes(-1);
        }
        switch (rung) {
        case Technique::Unshared:
        case Technique::Fused:
        case Technique::PingPong:
            return m_order ? m_order->given : Bytes(-1);
        case Technique::Liveness:
            return m_order->best;
        case Technique::Overlap:
            return Bytes(-1);
        case Technique::Rows:
        case Technique::Stream:
            break;
        }
        const bool streams = rung == Technique::Stream;
        const Bytes quick = m_basis.quickBound(streams).bytes;
        return quick >= best.activationBytes
                   ? quick
                   : std::max(quick, m_basis.rows(streams, m_stop)->bound().value_or(quick));
    }

    const Climbed& climb(Technique rung)
    {
        std::optional<Climbed>& climbed = m_climbed[static_cast<std::size_t>(rung)];
        if (climbed) {
            return *climbed;
        }
        climbed.emplace();
        const auto& base = m_basis.base();
        const auto& fused = m_basis.fused();
        switch (rung) {
        case Technique::Unshared:
            attempt(rung, base, fullTensors(*base, stageByStage(*base)));
            break;
        case Technique::Fused:
        case Technique::PingPong:
            attempt(rung, fused, fullTensors(*fused, stageByStage(*fused)));
            break;
        case Technique::Liveness:
            attempt(rung, fused, fullTensors(*fused, stageByStage(*fused, m_order->order)));
            if (m_order->best < m_order->given) {
                attempt(rung, fused, fullTensors(*fused, stageByStage(*fused)));
            }
            break;
        case Technique::Overlap:
            climbOverlap();
            break;
        case Technique::Rows:
        case Technique::Stream:
            climbRows(rung);
            break;
        }
        return *climbed;
    }

    static constexpr Bytes kNoPlan{INT64_MAX};

    static Bytes worth(const Climbed& climbed)
    {
        return climbed.best && climbed.best->fits ? climbed.best->activationBytes : kNoPlan;
    }

    void climbOverlap()
    {
        const Climbed& climbed = *m_climbed[static_cast<std::size_t>(Technique::Overlap)];
        const auto candidates = m_basis.overlaps(m_stop);
        for (const Candidate& candidate : *candidates) {
            if (!climbed.best || placesScratch() || candidate.live < worth(climbed)) {
                attempt(Technique::Overlap, candidate.network, candidate.rows);
            }
        }
    }

    void climbRows(Technique rung)
    {
        climbRows(rung, RingForm::Windows);
        const Climbed& climbed = *m_climbed[static_cast<std::size_t>(rung)];
        if (m_constraints.rings == RingForm::Rows && !isByCost(m_constraints) &&
            m_basis.rows(rung == Technique::Stream, m_stop)->bound() != worth(climbed)) {
            const Bytes windows = worth(climbed);
            climbRows(rung, RingForm::Rows);
            std::optional<Plan>& best = m_climbed[static_cast<std::size_t>(rung)]->best;
            if (best && best->rowTableBytes() > Bytes(0) && windows < kNoPlan) {
                best->windowBytes = windows;
            }
        }
    }

    void climbRows(Technique rung, RingForm rings)
    {
        constexpr std::int64_t kFirstLook = 100; // a fraction of the effort for each candidate
        constexpr std::int64_t kLongLook = 4;    // and for the best of them
        const Climbed& climbed = *m_climbed[static_cast<std::size_t>(rung)];
        const auto candidates = m_basis.rows(rung == Technique::Stream, m_stop);
        const std::int64_t nodes = m_basis.effort().searchNodes;
        const Candidate* chosen = nullptr;
        candidates->visit(
            [&] { return worth(climbed); },
            [&](const Candidate& candidate) {
                if (attempt(rung, candidate.network, candidate.rows, {nodes / kFirstLook}, rings)) {
                    chosen = &candidate;
                }
                return candidates->bound() != worth(climbed);
            },
            m_stop);
        if (chosen != nullptr && climbed.best->lowerBound.status != ProofStatus::Optimal &&
            nodes >= kLongLook) {
            attempt(rung, chosen->network, chosen->rows, {nodes / kLongLook}, rings);
        }
    }

    void attempt(Technique rung, const std::shared_ptr<const Network>& network, RowPlan rows)
    {
        attempt(rung, network, std::move(rows), m_basis.effort());
    }

    /// Whether it became the best of its rung.
    bool attempt(Technique rung, const std::shared_ptr<const Network>& network, RowPlan rows,
                 Effort effort, RingForm rings = RingForm::Windows)
    {
        Climbed& climbed = *m_climbed[static_cast<std::size_t>(rung)];
        if (placesScratch()) {
            addScratch(*network, m_basis.scratchOf(), rung >= Technique::Overlap, rows);
        }
        addScheduleTable(*network, rows);
        Constraints constraints = m_constraints;
        constraints.rings = rings;
        Result<Plan> made =
            placeRung(network, m_board, constraints, rung, std::move(rows), effort, m_stop);
        if (!made) {
            if (!climbed.error) {
                climbed.error = made.error();
            }
            return false;
        }
        made->constraints.rings = m_constraints.rings;
        const bool better = !climbed.best || isBetter(*made, *climbed.best);
        const bool asGood = rings == RingForm::Windows; // rows apart cost flash
        if (better ||
            (asGood && !isBetter(*climbed.best, *made) && provesMore(*made, *climbed.best))) {
            climbed.best = std::move(*made);
        }
        return better;
    }

    void proveOrder(Plan& plan) const
    {
        if (!m_order) {
            plan.orderArgument = "stages run in the order of the file";
            return;
        }
        plan.orderProof = m_order->proven ? ProofStatus::Optimal : ProofStatus::Stopped;
        const std::string proof = m_order->proven ? ", and none needs less" : "";
        plan.orderArgument = m_order->best < m_order->given
                                 ? "another order of stages than the file's needs " +
                                       formatBytes(m_order->best) + " instead of " +
                                       formatBytes(m_order->given) + proof
                                 : "no better order of stages than the file's was found" +
                                       std::string(m_order->proven ? ": it is optimal" : "");
    }

    void proveSchedule(Plan& plan) const
    {
        const bool streams = plan.techniqueApplied == Technique::Stream;
        Bound& bound = plan.scheduleLowerBound;
        bound = m_basis.quickBound(streams);
        bool stopped = false;
        if (plan.activationBytes > bound.bytes) {
            const RowScheduleBound rows = boundOfRows(streams);
            stopped = rows.stopped;
            if (rows.bytes && *rows.bytes > bound.bytes) {
                bound = {*rows.bytes, ProofStatus::Gap,
                         "a search of all row schedules found none with fewer live bytes"};
            }
        }
        bound.status = plan.activationBytes == bound.bytes ? ProofStatus::Optimal
                       : stopped                           ? ProofStatus::Stopped
                                                           : ProofStatus::Gap;
    }

    /// Below the rungs that have row schedules it says how much lower these could go: at a glance.
    RowScheduleBound boundOfRows(bool streams) const
    {
        if (m_constraints.technique < Technique::Rows) {
            return m_basis.rowBound(streams, m_stop);
        }
        const auto rows = m_basis.rows(streams, m_stop);
        return {rows->bound(), rows->isStopped()};
    }

    const PlanBasis& m_basis;
    std::shared_ptr<const Board> m_board;
    Constraints m_constraints;
    std::stop_token m_stop;
    std::shared_ptr<const OrderChoice> m_order;
    std::array<std::optional<Climbed>, 7> m_climbed; ///< by rung
    std::unique_ptr<Ladder> m_bare;                  ///< without scratch
};

} // namespace

bool isBetter(const Plan& a, const Plan& b)
{
    if (a.fits != b.fits) {
        return a.fits;
    }
    return a.fits && isByCost(a.constraints) && a.assignment.cost != b.assignment.cost
               ? a.assignment.cost < b.assignment.cost
               : a.peakRam < b.peakRam;
}

PlanningSession::PlanningSession(std::shared_ptr<const Network> network, Effort effort,
                                 ScratchOf scratchOf)
    : m_network(std::move(network)),
      m_basis(std::make_shared<const PlanBasis>(*m_network, effort, std::move(scratchOf)))
{
}

Result<PlanPtr> PlanningSession::plan(const std::shared_ptr<const Board>& board,
                                      const Constraints& constraints,
                                      const std::stop_token& stop) const
{
    const auto start = Clock::now();
    Result<Plan> best = Ladder(*m_basis, board, constraints, stop).upTo(constraints.technique);
    if (!best) {
        return best.error();
    }
    return finished(std::move(*best), start);
}

Result<PlanPtr> PlanningSession::improve(const PlanPtr& shown, const std::stop_token& stop) const
{
    Result<PlanPtr> found = plan(shown->board, shown->constraints, stop);
    const bool keep = found && (isBetter(*shown, **found) || (*found)->stopped);
    return keep ? Result<PlanPtr>(shown) : found;
}

void PlanningSession::planRungs(const std::shared_ptr<const Board>& board,
                                const Constraints& constraints,
                                const std::function<void(Technique, const PlanPtr&)>& take,
                                const std::stop_token& stop) const
{
    Ladder ladder(*m_basis, board, constraints, stop);
    for (const Technique technique : allTechniques()) {
        const auto start = Clock::now();
        Result<Plan> made = ladder.upTo(technique);
        if (stop.stop_requested()) {
            return;
        }
        if (made) {
            take(technique, finished(std::move(*made), start));
        }
    }
}

Result<PlanPtr> plan(const std::shared_ptr<const Network>& network,
                     const std::shared_ptr<const Board>& board, const Constraints& constraints,
                     Effort effort, const std::stop_token& stop, const ScratchOf& scratchOf)
{
    const auto start = Clock::now();
    const PlanBasis basis(*network, effort, scratchOf);
    Result<Plan> best = Ladder(basis, board, constraints, stop).upTo(constraints.technique);
    if (!best) {
        return best.error();
    }
    return finished(std::move(*best), start);
}

namespace {

/// What is placed: buffers, and rows that lie apart.
std::size_t countPieces(const Plan& plan)
{
    std::size_t pieces = 0;
    for (const Buffer& buffer : plan.buffers) {
        pieces += std::max<std::size_t>(buffer.rowOffsets.size(), 1);
    }
    return pieces;
}

} // namespace

Result<PlanPtr> preview(const Plan& current, const Constraints& constraints)
{
    constexpr std::size_t kFew = 200;
    constexpr Effort kGlance{1'000};
    const auto start = Clock::now();
    const Technique rung = current.techniqueApplied;
    PlacedFrom before(current);
    std::vector<Bytes> near;
    for (const std::size_t buffer : before.kept) {
        near.push_back(current.placements[buffer].offset);
    }
    const Effort effort = countPieces(current) <= kFew ? kGlance : Effort{0};
    Result<Plan> made = placeRung(current.network, current.board, constraints, rung,
                                  std::move(before.rows), effort, {}, near);
    if (!made) {
        return made.error();
    }
    made->orderArgument = current.orderArgument;
    made->orderProof = current.orderProof;
    Bound& bound = made->scheduleLowerBound = current.scheduleLowerBound;
    if (made->activationBytes == bound.bytes) {
        bound.status = ProofStatus::Optimal;
    } else if (bound.status == ProofStatus::Optimal) {
        bound.status = ProofStatus::Gap;
    }
    return finished(std::move(*made), start);
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

Bytes startupCopyBytes(const Plan& plan)
{
    Bytes sum;
    for (const BankUse& use : plan.banks) {
        sum += use.images;
    }
    return sum;
}

Bytes stagedCopyBytes(const Plan& plan)
{
    Bytes sum;
    for (const Buffer& buffer : plan.buffers) {
        sum += buffer.kind == BufferKind::StagedCopy ? buffer.bytes : Bytes(0);
    }
    return sum;
}

std::optional<Provenance> assignmentProvenance(const Plan& plan)
{
    const Constraints& wish = plan.constraints;
    const bool weighted = wish.objective == Objective::Weighted;
    std::optional<Provenance> all;
    const auto add = [&](const Estimate& figure) {
        all = all ? weakest(*all, figure.provenance) : figure.provenance;
    };
    if (wish.objective == Objective::Latency || (weighted && wish.latencyWeight > 0)) {
        add(plan.cost.latency);
    }
    if (wish.objective == Objective::Energy || (weighted && wish.energyWeight > 0)) {
        add(plan.cost.energy);
    }
    return plan.assignment.argument.empty() ? std::nullopt : all;
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

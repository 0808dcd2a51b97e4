// SPDX-License-Identifier: Apache-2.0
#include "core/lower/kernel_tables.h"
#include "core/lower/lower.h"
#include "core/model/format.h"
#include "core/place/bounds.h"
#include "core/place/conflicts.h"
#include "core/place/plan.h"
#include "core/place/plan_checker.h"
#include "core/place/row_candidates.h"
#include "core/place/rung_planner.h"
#include "core/schedule/lifetimes.h"

#include <algorithm>
#include <chrono>

namespace tidemark {

namespace {

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

bool isBetter(const Plan& a, const Plan& b)
{
    if (a.fits != b.fits) {
        return a.fits;
    }
    const bool byCost = a.fits && (a.constraints.objective != Objective::Ram ||
                                   a.constraints.staging == Staging::Resident);
    return byCost && a.assignment.cost != b.assignment.cost ? a.assignment.cost < b.assignment.cost
                                                            : a.peakRam < b.peakRam;
}

/// Climbs down from the rung asked for: every rung may use all below it.
class Ladder {
public:
    Ladder(const std::shared_ptr<const Network>& network, std::shared_ptr<const Board> board,
           const Constraints& constraints, Effort effort, std::stop_token stop)
        : m_base(std::make_shared<const Network>(withKernelTables(*network))),
          m_fused(std::make_shared<const Network>(withKernelTables(fuseEpilogues(*network)))),
          m_board(std::move(board)), m_constraints(constraints), m_effort(effort),
          m_stop(std::move(stop))
    {
        m_forms = {m_fused};
        if (m_fused->stages.size() != m_base->stages.size()) {
            m_forms.push_back(m_base);
        }
    }

    Result<Plan> run()
    {
        if (m_constraints.technique >= Technique::Liveness) {
            m_order = chooseOrder(*m_fused, m_effort, m_stop);
        }
        for (auto rung = allTechniques().rbegin(); rung != allTechniques().rend(); ++rung) {
            if (*rung <= m_constraints.technique && !isSettled()) {
                climb(*rung);
            }
        }
        if (!m_best) {
            return *m_error;
        }
        m_best->orderArgument = orderArgument();
        setScheduleBound();
        return std::move(*m_best);
    }

private:
    void climb(Technique rung)
    {
        switch (rung) {
        case Technique::Unshared:
            attempt(rung, m_base, fullTensors(*m_base, stageByStage(*m_base)));
            break;
        case Technique::Fused:
        case Technique::PingPong:
            attempt(rung, m_fused, fullTensors(*m_fused, stageByStage(*m_fused)));
            break;
        case Technique::Liveness:
            attempt(rung, m_fused, fullTensors(*m_fused, stageByStage(*m_fused, m_order->order)));
            if (m_order->best < m_order->given) {
                attempt(rung, m_fused, fullTensors(*m_fused, stageByStage(*m_fused)));
            }
            break;
        case Technique::Overlap: {
            const Candidate candidate = overlapCandidate(m_fused, m_order->order);
            attempt(rung, m_fused, candidate.rows);
            break;
        }
        case Technique::Rows:
            climbRows(rung, resident());
            break;
        case Technique::Stream:
            if (canStream()) {
                climbRows(rung, streamed());
            }
            break;
        }
    }

    static RowPlan fullTensors(const Network& network, Schedule schedule)
    {
        std::vector<Buffer> buffers = fullBuffers(network, schedule);
        return {std::move(schedule), std::move(buffers), {}};
    }

    /// A model of one picture that arrives row by row.
    bool canStream() const
    {
        return m_fused->inputs.size() == 1 && (*m_fused)[m_fused->inputs.front()].rows > 1 &&
               !(*m_fused)[m_fused->inputs.front()].storage;
    }

    RowCandidates& resident() { return candidates(m_resident, false); }
    RowCandidates& streamed() { return candidates(m_streamed, true); }
    RowCandidates& candidates(std::optional<RowCandidates>& made, bool streams)
    {
        if (!made) {
            made.emplace(m_forms, streams, m_effort, m_stop);
        }
        return *made;
    }

    void climbRows(Technique rung, RowCandidates& candidates)
    {
        constexpr std::int64_t kFirstLook = 100; // a fraction of the effort for each candidate
        constexpr std::int64_t kLongLook = 10;   // and for the best of them
        const Effort quick{m_effort.searchNodes / kFirstLook};
        std::optional<Candidate> chosen;
        const auto worth = [&] {
            return m_best && m_best->fits ? m_best->activationBytes : Bytes(INT64_MAX);
        };
        candidates.visit(worth, [&](Candidate candidate) {
            if (attempt(rung, candidate.network, candidate.rows, quick)) {
                chosen = std::move(candidate);
            }
            return !(m_best && m_best->fits && candidates.bound() == m_best->activationBytes);
        });
        const Effort longer{m_effort.searchNodes / kLongLook};
        if (chosen && m_best->lowerBound.status != ProofStatus::Optimal && longer.searchNodes > 0) {
            attempt(rung, chosen->network, std::move(chosen->rows), longer);
        }
    }

    bool attempt(Technique rung, const std::shared_ptr<const Network>& network, RowPlan rows)
    {
        return attempt(rung, network, std::move(rows), m_effort);
    }

    /// Whether it became the best. A rung asked for by name must know the buffers that pins name;
    /// the lower ones may not.
    bool attempt(Technique rung, const std::shared_ptr<const Network>& network, RowPlan rows,
                 Effort effort)
    {
        Result<Plan> made =
            placeRung(network, m_board, m_constraints, rung, std::move(rows), effort, m_stop);
        if (!made) {
            if (!m_error) {
                m_error = made.error();
            }
            return false;
        }
        if (m_best && !isBetter(*made, *m_best)) {
            return false;
        }
        m_best = std::move(*made);
        return true;
    }

    /// Whether nothing below can be better: proven for all schedules, or for the one that all the
    /// rungs below have as well.
    bool isSettled()
    {
        if (!m_best || !m_best->fits) {
            return m_error && !m_best; // what was asked for cannot be done
        }
        if (m_best->techniqueApplied > Technique::Liveness) {
            return false;
        }
        return m_best->lowerBound.status == ProofStatus::Optimal &&
               (!m_order || m_order->best == m_order->given);
    }

    std::string orderArgument() const
    {
        if (!m_order) {
            return "stages run in the order of the file";
        }
        const std::string proof = m_order->proven ? ", and none needs less" : "";
        return m_order->best < m_order->given
                   ? "another order of stages than the file's needs " + formatBytes(m_order->best) +
                         " instead of " + formatBytes(m_order->given) + proof
                   : "no better order of stages than the file's was found" +
                         std::string(m_order->proven ? ": it is optimal" : "");
    }

    void setScheduleBound()
    {
        Bound& bound = m_best->scheduleLowerBound;
        const bool streams = m_best->techniqueApplied == Technique::Stream;
        if (!streams) {
            bound = rowScheduleBound(*m_fused);
        }
        RowCandidates& all = streams ? streamed() : resident();
        if (const auto searched = all.bound(); searched && *searched > bound.bytes) {
            bound = {*searched, ProofStatus::Gap,
                     "a search of all row schedules found none with fewer live bytes"};
        }
        bound.status = m_best->activationBytes == bound.bytes ? ProofStatus::Optimal
                       : all.isStopped()                      ? ProofStatus::Stopped
                                                              : ProofStatus::Gap;
    }

    std::shared_ptr<const Network> m_base, m_fused;
    std::vector<std::shared_ptr<const Network>> m_forms;
    std::shared_ptr<const Board> m_board;
    const Constraints& m_constraints;
    Effort m_effort;
    std::stop_token m_stop;
    std::optional<OrderChoice> m_order;
    std::optional<RowCandidates> m_resident, m_streamed;
    std::optional<Plan> m_best;
    std::optional<Diagnostic> m_error; ///< of the highest rung
};

} // namespace

Result<PlanPtr> plan(const std::shared_ptr<const Network>& network,
                     const std::shared_ptr<const Board>& board, const Constraints& constraints,
                     Effort effort, const std::stop_token& stop)
{
    const auto start = std::chrono::steady_clock::now();
    Result<Plan> best = Ladder(network, board, constraints, effort, stop).run();
    if (!best) {
        return best.error();
    }
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

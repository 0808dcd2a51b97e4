// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/problems.h"

#include "app/studio/theme/format.h"
#include "app/studio/theme/rung_text.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr std::size_t kMostRemedies = 3; ///< of a plan that could not be made

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted, 300));
}

Remedy unpin(const Constraints& wish, const std::string& buffer)
{
    Remedy remedy{QStringLiteral("Unpin ") + text(buffer), wish};
    std::erase_if(remedy.constraints.pins, [&](const Pin& pin) { return pin.buffer == buffer; });
    return remedy;
}

/// The planner's own, in the words of the studio.
QString remedyName(const Fix& fix)
{
    switch (fix.kind) {
    case Fix::Kind::MovePin:
        return QStringLiteral("Pin %1 to %2").arg(text(fix.buffer), text(fix.bank));
    case Fix::Kind::DropPin:
        return QStringLiteral("Unpin ") + text(fix.buffer);
    case Fix::Kind::DropBudget:
        return QStringLiteral("Lift the budget of ") + text(fix.bank);
    case Fix::Kind::DropStack:
        return QStringLiteral("Reserve the board's own stack");
    case Fix::Kind::UseTechnique:
        return QStringLiteral("Use ") + rungName(fix.rung.value_or(Technique::Liveness));
    }
    return {};
}

Problem problemOf(const Conflict& conflict, const Constraints& wish)
{
    Problem problem{text(conflict.text), true, conflict.buffers, {}};
    for (const Fix& fix : conflict.fixes) {
        problem.remedies.push_back({remedyName(fix), applied(fix, wish)});
    }
    return problem;
}

Problem refused(const Plan& plan, const Constraints& wish, const Diagnostic& reason)
{
    Problem problem{text(reason.text()), true, {}, {}};
    for (const Pin& pin : wish.pins) {
        const bool known = plan.findBuffer(pin.buffer) && plan.board->findBank(pin.bank);
        const bool named = reason.text().find(pin.buffer) != std::string::npos;
        if (problem.remedies.size() < kMostRemedies && (!known || named)) {
            problem.remedies.push_back(unpin(wish, pin.buffer));
        }
    }
    for (const Budget& budget : wish.budgets) {
        if (!plan.board->findBank(budget.bank)) {
            const Fix lift{Fix::Kind::DropBudget, {}, budget.bank, {}, {}};
            problem.remedies.push_back({remedyName(lift), applied(lift, wish)});
        }
    }
    return problem;
}

} // namespace

std::vector<Problem> findProblems(const Plan& plan, const Constraints& wish,
                                  const std::optional<Diagnostic>& refusal)
{
    std::vector<Problem> problems;
    if (refusal) {
        problems.push_back(refused(plan, wish, *refusal));
    }
    for (const Conflict& conflict : plan.conflicts) {
        problems.push_back(problemOf(conflict, wish));
    }
    if (plan.stopped || plan.lowerBound.status == ProofStatus::Stopped) {
        problems.push_back({QStringLiteral("The search ended before it was exhausted: the plan is "
                                           "valid, but a smaller one may exist."),
                            false,
                            {},
                            {}});
    }
    if (plan.fits && !plan.serverKeepsInput) {
        problems.push_back(
            {QStringLiteral("No room for the command server's copy of the input: a measurement "
                            "runs once per input."),
             false,
             {},
             {}});
    }
    return problems;
}

} // namespace tidemark::studio

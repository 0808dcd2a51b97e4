// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/problems.h"

#include "app/studio/theme/format.h"
#include "app/studio/theme/rung_text.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr std::size_t kMostFixes = 3;

QString text(const std::string& untrusted)
{
    return QString::fromStdString(printable(untrusted, 300));
}

Fix unpin(const Constraints& wish, const std::string& buffer)
{
    Fix fix{QStringLiteral("Unpin ") + text(buffer), wish};
    std::erase_if(fix.constraints.pins, [&](const Pin& pin) { return pin.buffer == buffer; });
    return fix;
}

bool isPinned(const Constraints& wish, const std::string& buffer)
{
    return std::ranges::find(wish.pins, buffer, &Pin::buffer) != wish.pins.end();
}

/// The rung that is used unless the user says otherwise, or the next one from there on.
std::optional<Technique> higherRung(Technique rung)
{
    if (rung < Constraints{}.technique) {
        return Constraints{}.technique;
    }
    const auto& all = allTechniques();
    const auto next = std::ranges::upper_bound(all, rung);
    return next == all.end() ? std::nullopt : std::optional(*next);
}

/// What of a conflict the user fixed and can let go: pins first, then budgets, then the rung.
std::vector<Fix> fixesOf(const Plan& plan, const Conflict& conflict, const Constraints& wish)
{
    std::vector<Fix> fixes;
    for (const BufferId id : conflict.buffers) {
        const std::string& name = plan[id].name;
        if (fixes.size() < kMostFixes && isPinned(wish, name)) {
            fixes.push_back(unpin(wish, name));
        }
    }
    if (!conflict.bank) {
        return fixes;
    }
    const std::string& bank = (*plan.board)[*conflict.bank].id;
    if (std::ranges::find(wish.budgets, bank, &Budget::bank) != wish.budgets.end()) {
        Fix fix{QStringLiteral("Lift the budget of ") + text(bank), wish};
        std::erase_if(fix.constraints.budgets, [&](const Budget& b) { return b.bank == bank; });
        fixes.push_back(std::move(fix));
    }
    if (const auto rung = higherRung(wish.technique); rung && fixes.empty()) {
        Fix fix{QStringLiteral("Use ") + rungName(*rung), wish};
        fix.constraints.technique = *rung;
        fixes.push_back(std::move(fix));
    }
    return fixes;
}

Problem refused(const Plan& plan, const Constraints& wish, const Diagnostic& reason)
{
    Problem problem{text(reason.text()), true, std::nullopt, {}};
    for (const Pin& pin : wish.pins) {
        const bool known = plan.findBuffer(pin.buffer) && plan.board->findBank(pin.bank);
        const bool named = reason.text().find(pin.buffer) != std::string::npos;
        if (problem.fixes.size() < kMostFixes && (!known || named)) {
            problem.fixes.push_back(unpin(wish, pin.buffer));
        }
    }
    for (const Budget& budget : wish.budgets) {
        if (!plan.board->findBank(budget.bank)) {
            Fix fix{QStringLiteral("Lift the budget of ") + text(budget.bank), wish};
            std::erase_if(fix.constraints.budgets,
                          [&](const Budget& b) { return b.bank == budget.bank; });
            problem.fixes.push_back(std::move(fix));
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
        Problem problem{text(conflict.text), true, std::nullopt, fixesOf(plan, conflict, wish)};
        if (!conflict.buffers.empty()) {
            problem.buffer = conflict.buffers.front();
        }
        problems.push_back(std::move(problem));
    }
    if (plan.stopped || plan.lowerBound.status == ProofStatus::Stopped) {
        problems.push_back({QStringLiteral("The search ended before it was exhausted: the plan is "
                                           "valid, but a smaller one may exist."),
                            false,
                            std::nullopt,
                            {}});
    }
    if (plan.fits && !plan.serverKeepsInput) {
        problems.push_back(
            {QStringLiteral("No room for the command server's copy of the input: a measurement "
                            "runs once per input."),
             false,
             std::nullopt,
             {}});
    }
    return problems;
}

} // namespace tidemark::studio

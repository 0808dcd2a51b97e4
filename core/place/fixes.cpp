// SPDX-License-Identifier: Apache-2.0
#include "core/place/fixes.h"

#include "core/io/near_names.h"
#include "core/place/reach.h"
#include "core/schedule/staging.h"

#include <algorithm>
#include <array>

namespace tidemark {

namespace {

constexpr std::size_t kMostFixes = 4;
constexpr std::array<std::string_view, 5> kKinds{"move_pin", "drop_pin", "drop_budget",
                                                 "drop_stack", "use_technique"};

/// Another bank with room for a buffer above what is there: what it may use, the emptiest first.
std::optional<BankId> bankWithRoom(const Plan& plan, BufferId id)
{
    const Buffer& buffer = plan[id];
    std::optional<BankId> best;
    Bytes most;
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        const BankUse& use = plan.banks[b];
        const Bytes room = use.capacity - use.used() - use.server;
        const bool may = BankId(b) != plan.placement(id).bank &&
                         mayLie(*plan.board, BankId(b), buffer) &&
                         (*plan.board)[BankId(b)].readOnlyAtRunTime == buffer.isConstant();
        if (may && room >= buffer.bytes + buffer.alignment && room > most) {
            best = BankId(b);
            most = room;
        }
    }
    return best;
}

void addPinFixes(const Plan& plan, const Conflict& conflict, std::vector<Fix>& fixes)
{
    for (const BufferId id : conflict.buffers) {
        const std::string& name = plan[id].name;
        if (!plan.placement(id).pinned || fixes.size() + 2 > kMostFixes) {
            continue;
        }
        if (const auto bank = bankWithRoom(plan, id)) {
            const std::string& to = (*plan.board)[*bank].id;
            fixes.push_back({Fix::Kind::MovePin, name, to, {}, "pin `" + name + "` to " + to});
        }
        fixes.push_back({Fix::Kind::DropPin, name, "", {}, "unpin `" + name + "`"});
    }
}

void addLimitFixes(const Plan& plan, const Conflict& conflict, std::vector<Fix>& fixes)
{
    const Bank& bank = (*plan.board)[*conflict.bank];
    const BankUse& use = plan.banks[conflict.bank->index()];
    if (use.fits()) {
        return;
    }
    const auto& budgets = plan.constraints.budgets;
    const bool hasBudget = std::any_of(budgets.begin(), budgets.end(), [&](const Budget& budget) {
        return plan.board->findBank(budget.bank) == conflict.bank;
    });
    if (hasBudget && bank.capacity - use.capacity >= conflict.over) {
        fixes.push_back({Fix::Kind::DropBudget, "", bank.id, {}, "lift the budget of " + bank.id});
    }
    if (use.stack > plan.board->stackReserve &&
        use.stack - plan.board->stackReserve >= conflict.over) {
        fixes.push_back(
            {Fix::Kind::DropStack, "", "", {}, "reserve the stack that the board asks for"});
    }
}

/// The rung that is used unless the user says otherwise, or the next one from there on.
std::optional<Technique> higherRung(Technique rung)
{
    const Technique usual = Constraints{}.technique;
    const auto& all = allTechniques();
    const auto next = std::upper_bound(all.begin(), all.end(), rung);
    return rung < usual        ? std::optional(usual)
           : next == all.end() ? std::nullopt
                               : std::optional(*next);
}

/// A staged copy may be pinned by the name of its constant.
bool isPinOf(const Pin& pin, const std::string& buffer)
{
    return pin.buffer == buffer || stagedName(pin.buffer) == buffer;
}

} // namespace

std::string_view toString(Fix::Kind kind)
{
    return kKinds[static_cast<std::size_t>(kind)];
}

Constraints applied(const Fix& fix, Constraints constraints)
{
    switch (fix.kind) {
    case Fix::Kind::MovePin:
        for (Pin& pin : constraints.pins) {
            pin = isPinOf(pin, fix.buffer) ? Pin{fix.buffer, fix.bank, std::nullopt} : pin;
        }
        break;
    case Fix::Kind::DropPin:
        std::erase_if(constraints.pins, [&](const Pin& pin) { return isPinOf(pin, fix.buffer); });
        break;
    case Fix::Kind::DropBudget:
        std::erase_if(constraints.budgets, [&](const Budget& budget) {
            return equalIgnoringCase(budget.bank, fix.bank);
        });
        break;
    case Fix::Kind::DropStack:
        constraints.stack.reset();
        break;
    case Fix::Kind::UseTechnique:
        constraints.technique = fix.rung.value_or(constraints.technique);
        break;
    }
    return constraints;
}

std::vector<Fix> fixesFor(const Plan& plan, const Conflict& conflict)
{
    std::vector<Fix> fixes;
    addPinFixes(plan, conflict, fixes);
    if (conflict.bank) {
        addLimitFixes(plan, conflict, fixes);
    }
    const auto rung = higherRung(plan.constraints.technique);
    if (fixes.empty() && rung) {
        fixes.push_back({Fix::Kind::UseTechnique, "", "", rung,
                         "use --technique " + std::string(toString(*rung))});
    }
    return fixes;
}

} // namespace tidemark

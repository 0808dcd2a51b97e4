// SPDX-License-Identifier: Apache-2.0
#include "core/place/conflicts.h"

#include "core/model/format.h"
#include "core/place/bank_assignment.h"
#include "core/place/fixes.h"
#include "core/place/reach.h"

#include <algorithm>

namespace tidemark {

namespace {

std::vector<BufferId> liveAt(const Plan& plan, BankId bank, EventId event)
{
    std::vector<BufferId> live;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (plan.placements[i].bank == bank && plan.buffers[i].residency.contains(event)) {
            live.emplace_back(i);
        }
    }
    std::stable_sort(live.begin(), live.end(),
                     [&](BufferId a, BufferId b) { return plan[a].bytes > plan[b].bytes; });
    return live;
}

/// The event at which the bank's placed buffers reach highest.
EventId highestEvent(const Plan& plan, BankId bank)
{
    EventId event(0);
    Bytes highest;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Bytes end = plan.placements[i].offset + plan.buffers[i].bytes;
        if (plan.placements[i].bank == bank && end > highest) {
            highest = end;
            event = plan.buffers[i].residency.first;
        }
    }
    return event;
}

std::string quotedNames(const Plan& plan, const std::vector<BufferId>& ids)
{
    constexpr std::size_t kMost = 4;
    std::string names;
    for (std::size_t i = 0; i < std::min(ids.size(), kMost); ++i) {
        names += (i == 0 ? "`" : ", `") + plan[ids[i]].name + "`";
    }
    return ids.size() > kMost ? names + " and " + std::to_string(ids.size() - kMost) + " more"
                              : names;
}

bool isPinned(const Plan& plan, BufferId id)
{
    return plan.placement(id).pinned;
}

/// What no choice of banks can place together, nothing in it to spare; empty where that is not
/// known: lives of rows are not whole, and large plans would take too long.
std::vector<BufferId> smallestConflict(const Plan& plan)
{
    constexpr std::size_t kFewBuffers = 150;
    constexpr std::int64_t kNodes = 2'000;
    if (plan.techniqueApplied > Technique::Liveness || plan.buffers.size() > kFewBuffers) {
        return {};
    }
    AssignmentProblem problem;
    for (const BankUse& use : plan.banks) {
        problem.banks.push_back({std::max(Bytes(0), use.capacity - use.stack - use.server)});
        if (!(*plan.board)[BankId(problem.banks.size() - 1)].readOnlyAtRunTime) {
            problem.banks.back().imagesIn = plan.board->codeBank.index();
        }
    }
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        AssignmentBlock block{buffer.bytes, buffer.alignment, buffer.residency, {}};
        block.hasImage = buffer.isConstant();
        for (std::size_t b = 0; b < plan.banks.size(); ++b) {
            const bool home = (*plan.board)[BankId(b)].readOnlyAtRunTime == buffer.isConstant() &&
                              mayLie(*plan.board, BankId(b), buffer);
            const bool may =
                isPinned(plan, BufferId(i)) ? plan.placements[i].bank == BankId(b) : home;
            block.costs.push_back(may ? std::optional(0.0) : std::nullopt);
        }
        problem.blocks.push_back(std::move(block));
    }
    const BankAssignment answer = assignBanks(problem, kNodes);
    return {answer.conflict.begin(), answer.conflict.end()};
}

/// The event at which most of these are alive.
EventId meetingOf(const Plan& plan, const std::vector<BufferId>& ids)
{
    const auto liveAt = [&](EventId event) {
        Bytes live;
        for (const BufferId id : ids) {
            live += plan[id].residency.contains(event) ? plan[id].bytes : Bytes(0);
        }
        return live;
    };
    EventId most = plan[ids.front()].residency.first;
    for (const BufferId id : ids) {
        const EventId event = plan[id].residency.first;
        most = liveAt(event) > liveAt(most) ? event : most;
    }
    return most;
}

/// The pinned among the buffers to blame, or all of them where none is.
std::string because(const Plan& plan, const std::vector<BufferId>& buffers)
{
    std::vector<BufferId> pinned = buffers;
    std::erase_if(pinned, [&](BufferId id) { return !isPinned(plan, id); });
    return pinned.empty() ? "of " + quotedNames(plan, buffers)
                          : "pinned " + quotedNames(plan, pinned);
}

Conflict overCapacity(const Plan& plan, BankId bank, const std::vector<BufferId>& irreducible)
{
    const BankUse& use = plan.banks[bank.index()];
    Conflict conflict;
    conflict.bank = bank;
    conflict.over = use.used() + use.server - use.capacity;
    conflict.text = (*plan.board)[bank].id + " is over by " + formatBytes(conflict.over);
    if (!plan.schedule.events.empty()) {
        std::vector<BufferId> blamed = irreducible;
        std::erase_if(blamed, [&](BufferId id) { return plan.placement(id).bank != bank; });
        const EventId event = blamed.empty() ? highestEvent(plan, bank) : meetingOf(plan, blamed);
        conflict.stage = plan.schedule[event].stage;
        conflict.buffers = blamed.empty() ? liveAt(plan, bank, event) : blamed;
        std::stable_sort(conflict.buffers.begin(), conflict.buffers.end(),
                         [&](BufferId a, BufferId b) { return plan[a].bytes > plan[b].bytes; });
        conflict.text += " at " + (*plan.network)[*conflict.stage].name + " because " +
                         because(plan, conflict.buffers);
    }
    conflict.text += " (" + formatBytes(use.planned) + " planned";
    for (const auto& [bytes, what] :
         {std::pair(use.stack, "stack"), std::pair(use.server, "server"),
          std::pair(use.images, "start-up images")}) {
        if (bytes > Bytes(0)) {
            conflict.text += " + " + formatBytes(bytes) + " " + what;
        }
    }
    conflict.text += " in " + formatBytes(use.capacity) + ")";
    conflict.fixes = fixesFor(plan, conflict);
    return conflict;
}

/// Buffers that the user wants at the same bytes at the same time.
std::vector<Conflict> overlappingPins(const Plan& plan)
{
    std::vector<BufferId> fixed; // whole, at an offset that the user gave
    for (const Pin& pin : plan.constraints.pins) {
        const auto id = plan.findBuffer(pin.buffer);
        if (id && pin.offset && plan[*id].storedRows == 0) {
            fixed.push_back(*id);
        }
    }
    std::vector<Conflict> conflicts;
    for (std::size_t i = 0; i < fixed.size(); ++i) {
        for (std::size_t j = i + 1; j < fixed.size(); ++j) {
            const Buffer &a = plan[fixed[i]], &b = plan[fixed[j]];
            const Placement &at = plan.placement(fixed[i]), &bt = plan.placement(fixed[j]);
            const Bytes shared =
                std::min(at.offset + a.bytes, bt.offset + b.bytes) - std::max(at.offset, bt.offset);
            if (at.bank == bt.bank && shared > Bytes(0) && a.residency.intersects(b.residency)) {
                Conflict conflict{"pinned `" + a.name + "` and `" + b.name + "` share " +
                                      formatBytes(shared) + " of " + (*plan.board)[at.bank].id +
                                      " while both are alive",
                                  at.bank,
                                  shared,
                                  std::nullopt,
                                  {fixed[i], fixed[j]},
                                  {}};
                conflict.fixes = fixesFor(plan, conflict);
                conflicts.push_back(std::move(conflict));
            }
        }
    }
    return conflicts;
}

/// Why a buffer cannot lie where it does.
std::string whyNot(const Plan& plan, BufferId id)
{
    const Bank& bank = (*plan.board)[plan.placement(id).bank];
    const std::string name = "`" + plan[id].name + "`";
    if (bank.cpu == Reach::None) {
        return name + " is read by the core, which does not reach " + bank.id;
    }
    if (plan[id].isConstant()) {
        return name + " is copied by start-up, and the core cannot write " + bank.id;
    }
    if (bank.readOnlyAtRunTime) {
        return name + " is written at run time and " + bank.id + " is not";
    }
    return bank.cpu == Reach::Read ? name + " is written by the core, which cannot write " + bank.id
                                   : name + " is written by a DMA, which cannot write " + bank.id;
}

} // namespace

std::vector<Conflict> findConflicts(const Plan& plan)
{
    std::vector<Conflict> conflicts = overlappingPins(plan);
    const bool fits = std::all_of(plan.banks.begin(), plan.banks.end(),
                                  [](const BankUse& use) { return use.fits(); });
    const std::vector<BufferId> irreducible =
        fits ? std::vector<BufferId>() : smallestConflict(plan);
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        if (!plan.banks[b].fits()) {
            conflicts.push_back(overCapacity(plan, BankId(b), irreducible));
        }
    }
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (!mayLie(*plan.board, plan.placements[i].bank, plan.buffers[i])) {
            conflicts.push_back({whyNot(plan, BufferId(i)) + ": pin it to another bank",
                                 plan.placements[i].bank,
                                 plan.buffers[i].bytes,
                                 std::nullopt,
                                 {BufferId(i)},
                                 {}});
            conflicts.back().fixes = fixesFor(plan, conflicts.back());
        }
    }
    return conflicts;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/conflicts.h"

#include "core/model/format.h"

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

Conflict overCapacity(const Plan& plan, BankId bank)
{
    const BankUse& use = plan.banks[bank.index()];
    Conflict conflict;
    conflict.bank = bank;
    conflict.over = use.used() + use.server - use.capacity;
    conflict.text = (*plan.board)[bank].id + " is over by " + formatBytes(conflict.over);
    if (!plan.schedule.events.empty()) {
        const EventId event = highestEvent(plan, bank);
        conflict.stage = plan.schedule[event].stage;
        conflict.buffers = liveAt(plan, bank, event);
        std::vector<BufferId> pinned = conflict.buffers;
        std::erase_if(pinned, [&](BufferId id) { return !plan.placement(id).pinned; });
        const auto& blamed = pinned.empty() ? conflict.buffers : pinned;
        conflict.text += " at " + (*plan.network)[*conflict.stage].name + " because " +
                         (pinned.empty() ? "of " : "pinned ") + quotedNames(plan, blamed);
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
    return conflict;
}

} // namespace

std::vector<Conflict> findConflicts(const Plan& plan)
{
    std::vector<Conflict> conflicts;
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        if (!plan.banks[b].fits()) {
            conflicts.push_back(overCapacity(plan, BankId(b)));
        }
    }
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Bank& bank = (*plan.board)[plan.placements[i].bank];
        if (bank.readOnlyAtRunTime && plan.buffers[i].isArena()) {
            conflicts.push_back({"`" + plan.buffers[i].name + "` is written at run time and " +
                                     bank.id + " is not: pin it to another bank",
                                 plan.placements[i].bank,
                                 plan.buffers[i].bytes,
                                 std::nullopt,
                                 {BufferId(i)}});
        }
    }
    return conflicts;
}

} // namespace tidemark

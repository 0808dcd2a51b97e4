// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/staging.h"

#include <algorithm>
#include <functional>

namespace tidemark {

namespace {

constexpr std::string_view kSuffix = ".staged";

/// Whether a buffer has its bytes before anything runs.
bool isThereFromTheStart(const Network& network, const Schedule& schedule, const Buffer& buffer)
{
    const auto holds = [&](ValueId input) {
        const auto& storage = network[input].storage;
        return buffer.value == (storage ? storage->base : input);
    };
    return buffer.isConstant() || buffer.residency == schedule.whole() ||
           std::any_of(network.inputs.begin(), network.inputs.end(), holds);
}

using Moved = std::function<EventId(EventId)>;

void moveLife(EventRange& life, const Moved& moved, bool fromTheStart)
{
    life.first = fromTheStart && life.first == EventId(0) ? life.first : moved(life.first);
    life.last = moved(life.last);
}

/// Of everything in a plan but its schedule.
void moveLives(RowPlan& plan, const Moved& moved,
               const std::function<bool(const Buffer&)>& fromTheStart)
{
    for (Buffer& buffer : plan.buffers) {
        const bool there = fromTheStart(buffer);
        moveLife(buffer.residency, moved, there);
        for (RowLife& row : buffer.rowLives) {
            moveLife(row.life, moved, there);
        }
    }
    for (Replacement& replacement : plan.replacements) {
        replacement.event = moved(replacement.event);
    }
}

Buffer& homeOf(RowPlan& plan, ConstantId constant)
{
    return *std::find_if(plan.buffers.begin(), plan.buffers.end(), [&](const Buffer& buffer) {
        return buffer.isConstant() && buffer.constant == constant;
    });
}

} // namespace

std::string stagedName(const std::string& constant)
{
    return constant + std::string(kSuffix);
}

std::optional<std::string> constantOfStaged(std::string_view name)
{
    return name.ends_with(kSuffix) && name.size() > kSuffix.size()
               ? std::optional(std::string(name.substr(0, name.size() - kSuffix.size())))
               : std::nullopt;
}

std::optional<EventRange> stagedLife(const Buffer& constant, const Schedule& schedule)
{
    std::optional<EventRange> life;
    for (const Access& access : constant.accesses) {
        const EventRange& stage = schedule[access.stage];
        life =
            life ? EventRange{std::min(life->first, stage.first), std::max(life->last, stage.last)}
                 : stage;
    }
    return life;
}

Buffer stagedCopy(const Buffer& constant, EventRange life)
{
    Buffer copy = constant;
    copy.name = stagedName(constant.name);
    copy.kind = BufferKind::StagedCopy;
    copy.residency = life;
    copy.accesses.front().written = constant.bytes;
    return copy;
}

std::set<ConstantId> stagedConstants(const std::vector<Buffer>& buffers)
{
    std::set<ConstantId> staged;
    for (const Buffer& buffer : buffers) {
        if (buffer.kind == BufferKind::StagedCopy && buffer.constant) {
            staged.insert(*buffer.constant);
        }
    }
    return staged;
}

bool addCopyEvents(const Network& network, RowPlan& plan)
{
    struct Copy {
        EventId before;
        std::size_t buffer;
    };
    std::vector<Copy> copies;
    for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
        if (plan.buffers[b].kind == BufferKind::StagedCopy) {
            const StageId reader = plan.buffers[b].accesses.front().stage;
            copies.push_back({plan.schedule[reader].first, b});
        }
    }
    if (copies.empty()) {
        return false;
    }
    std::stable_sort(copies.begin(), copies.end(),
                     [](const Copy& a, const Copy& b) { return a.before < b.before; });
    std::vector<Event> events;
    std::vector<EventId> moved;
    auto next = copies.begin();
    for (std::size_t e = 0; e < plan.schedule.events.size(); ++e) {
        for (; next != copies.end() && next->before == EventId(e); ++next) {
            const Buffer& copy = plan.buffers[next->buffer];
            next->before = EventId(events.size()); // from here on: its own event
            events.push_back({EventKind::Copy, copy.accesses.front().stage, 0, *copy.constant});
        }
        moved.emplace_back(events.size());
        events.push_back(plan.schedule.events[e]);
    }
    moveLives(
        plan, [&](EventId event) { return moved[event.index()]; },
        [&](const Buffer& b) { return isThereFromTheStart(network, plan.schedule, b); });
    for (const Copy& copy : copies) {
        Buffer& made = plan.buffers[copy.buffer];
        made.residency.first = std::min(made.residency.first, copy.before);
        homeOf(plan, *made.constant).accesses = {
            {made.accesses.front().stage, made.bytes, Bytes(0)}};
    }
    plan.schedule = scheduleOf(network, std::move(events));
    return true;
}

std::vector<std::size_t> removeCopies(const Network& network, RowPlan& plan)
{
    const std::size_t count = plan.buffers.size();
    std::vector<std::size_t> kept;
    std::vector<Buffer> buffers;
    for (const Buffer& buffer : plan.buffers) {
        if (buffer.kind == BufferKind::StagedCopy) {
            Buffer& home = homeOf(plan, *buffer.constant);
            home.accesses = buffer.accesses;
            home.accesses.front().written = Bytes(0);
        }
    }
    for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
        if (plan.buffers[b].kind != BufferKind::StagedCopy) {
            kept.push_back(b);
            buffers.push_back(std::move(plan.buffers[b]));
        }
    }
    plan.buffers = std::move(buffers);
    if (kept.size() == count) {
        return kept; // no copies
    }
    std::vector<Event> events;
    std::vector<EventId> moved; // a copy: to the event behind it
    for (const Event& event : plan.schedule.events) {
        moved.emplace_back(events.size());
        if (event.kind != EventKind::Copy) {
            events.push_back(event);
        }
    }
    moveLives(
        plan, [&](EventId event) { return moved[event.index()]; },
        [](const Buffer&) { return false; });
    plan.schedule = scheduleOf(network, std::move(events));
    return kept;
}

} // namespace tidemark

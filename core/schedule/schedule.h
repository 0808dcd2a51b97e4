// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/ids.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace tidemark {

enum class EventKind {
    Row,        ///< one kernel call: output row `row` of `stage`
    InputRow,   ///< row `row` of the streamed network input (see streamedInput()) arrives
    Accumulate, ///< one kernel call: input row `row` of `stage` goes into its accumulator
    Copy,       ///< `constant` is copied from its home to where `stage` and others read it
};

struct Event {
    EventKind kind = EventKind::Row;
    StageId stage; ///< InputRow: the first stage that reads the input; Copy: the constant
    std::int64_t row = 0;
    ConstantId constant = {}; ///< Copy alone

    /// Work of the stage's own, not something that is made ready for it.
    bool isOfStage() const { return kind == EventKind::Row || kind == EventKind::Accumulate; }

    bool operator==(const Event&) const = default;
};

/// Closed range of events.
struct EventRange {
    EventId first, last;

    bool contains(EventId e) const { return first <= e && e <= last; }
    bool intersects(const EventRange& o) const { return first <= o.last && o.first <= last; }
    bool operator==(const EventRange&) const = default;
};

/// The static list of kernel calls, known at export: what the planner simulates is what runs.
struct Schedule {
    std::vector<Event> events;
    std::vector<StageId> order;          ///< stages by their first event
    std::vector<EventRange> stageEvents; ///< indexed by StageId: first to last event of the stage

    const Event& operator[](EventId id) const { return events[id.index()]; }
    const EventRange& operator[](StageId id) const { return stageEvents[id.index()]; }
    /// Whether an input comes row by row (see streamedInput()).
    bool streamsInput() const
    {
        return std::ranges::any_of(
            events, [](const Event& event) { return event.kind == EventKind::InputRow; });
    }
    /// A network without stages has one moment all the same.
    EventRange whole() const
    {
        return {EventId(0), EventId(std::max<std::size_t>(events.size(), 1) - 1)};
    }
};

/// Events as a schedule: its `order` and `stageEvents` follow from them.
Schedule scheduleOf(const Network& network, std::vector<Event> events);

/// The network input whose rows may arrive as events: the first of several rows that is no view.
std::optional<ValueId> streamedInput(const Network& network);

/// Stage after stage in the network's order, or another that its stages allow, each row by row.
Schedule stageByStage(const Network& network);
Schedule stageByStage(const Network& network, const std::vector<StageId>& order);

} // namespace tidemark

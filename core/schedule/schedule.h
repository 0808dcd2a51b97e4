// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/ids.h"

#include <vector>

namespace tidemark {

enum class EventKind {
    Row,      ///< one kernel call: output row `row` of `stage`
    InputRow, ///< row `row` of the streamed network input arrives
};

struct Event {
    EventKind kind = EventKind::Row;
    StageId stage; ///< valid for Row
    std::int64_t row = 0;
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
    EventRange whole() const { return {EventId(0), EventId(events.size() - 1)}; }
};

/// Stage after stage in the network's order, each row by row.
Schedule stageByStage(const Network& network);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/schedule.h"

namespace tidemark {

namespace {

/// Kernel calls of a stage: one per output row. What has no row kernel runs in one piece.
std::int64_t rowEvents(const Network& network, const Stage& stage)
{
    return stage.isPlanOnly() ? 1 : network[stage.outputs.front()].rows;
}

} // namespace

Schedule scheduleOf(const Network& network, std::vector<Event> events)
{
    Schedule schedule;
    schedule.events = std::move(events);
    schedule.stageEvents.resize(network.stages.size());
    for (std::size_t e = 0; e < schedule.events.size(); ++e) {
        const Event& event = schedule.events[e];
        if (!event.isOfStage()) {
            continue; // the network's own work only
        }
        EventRange& range = schedule.stageEvents[event.stage.index()];
        if (!range.first.isValid()) {
            range.first = EventId(e);
            schedule.order.push_back(event.stage);
        }
        range.last = EventId(e);
    }
    return schedule;
}

std::optional<ValueId> streamedInput(const Network& network)
{
    for (const ValueId input : network.inputs) {
        if (network[input].rows > 1 && !network[input].storage) {
            return input;
        }
    }
    return std::nullopt;
}

Schedule stageByStage(const Network& network, const std::vector<StageId>& order)
{
    std::vector<Event> events;
    for (const StageId stage : order) {
        const std::int64_t rows = rowEvents(network, network[stage]);
        for (std::int64_t row = 0; row < rows; ++row) {
            events.push_back({EventKind::Row, stage, row});
        }
    }
    return scheduleOf(network, std::move(events));
}

Schedule stageByStage(const Network& network)
{
    std::vector<StageId> order;
    for (std::size_t i = 0; i < network.stages.size(); ++i) {
        order.emplace_back(i);
    }
    return stageByStage(network, order);
}

} // namespace tidemark

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

Schedule stageByStage(const Network& network)
{
    Schedule schedule;
    schedule.stageEvents.resize(network.stages.size());
    for (std::size_t i = 0; i < network.stages.size(); ++i) {
        const StageId stage(i);
        const std::int64_t rows = rowEvents(network, network[stage]);
        const EventId first(schedule.events.size());
        for (std::int64_t row = 0; row < rows; ++row) {
            schedule.events.push_back({EventKind::Row, stage, row});
        }
        schedule.order.push_back(stage);
        schedule.stageEvents[i] = {first, EventId(schedule.events.size() - 1)};
    }
    return schedule;
}

} // namespace tidemark

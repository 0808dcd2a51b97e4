// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/scratch.h"

namespace tidemark {

namespace {

constexpr Bytes kScratchAlignment{8}; // LDRD, VLDRW

/// When a stage runs: runs of events of its own.
std::vector<EventRange> runsOf(const Schedule& schedule, StageId stage)
{
    std::vector<EventRange> runs;
    const EventRange all = schedule[stage];
    for (std::size_t e = all.first.index(); e <= all.last.index(); ++e) {
        const Event& event = schedule.events[e];
        if (event.stage != stage || !event.isOfStage()) {
            continue;
        }
        if (!runs.empty() && runs.back().last.index() + 1 == e) {
            runs.back().last = EventId(e);
        } else {
            runs.push_back({EventId(e), EventId(e)});
        }
    }
    return runs;
}

} // namespace

void addScratch(const Network& network, const ScratchOf& scratchOf, bool byRows, RowPlan& plan)
{
    for (const StageId id : plan.schedule.order) {
        const Stage& stage = network[id];
        const Bytes bytes = scratchOf(network, stage);
        if (bytes <= Bytes(0)) {
            continue;
        }
        Buffer buffer;
        buffer.name = stage.name + ".scratch";
        buffer.kind = BufferKind::Scratch;
        buffer.bytes = bytes;
        buffer.alignment = kScratchAlignment;
        buffer.residency = plan.schedule[id];
        buffer.accesses = {{id, bytes, bytes}};
        if (byRows) {
            buffer.storedRows = 1;
            buffer.rowBytes = bytes;
            for (const EventRange& run : runsOf(plan.schedule, id)) {
                buffer.rowLives.push_back({Bytes(0), bytes, run});
            }
        }
        plan.buffers.push_back(std::move(buffer));
    }
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/driver_form.h"

#include <algorithm>

namespace tidemark {

namespace {

/// Of the code that reads a table; of the address of a stage.
constexpr Bytes kReaderCode{210};
constexpr Bytes kStageAddress{4};
constexpr Bytes kWord{4};
constexpr std::size_t kMost16 = 0xffff;

/// Whether every track's steps are 0, 1, 2, ... so that counting tells them.
bool isCounted(const std::vector<Step>& steps, std::size_t tracks)
{
    std::vector<std::int64_t> next(tracks);
    return std::all_of(steps.begin(), steps.end(),
                       [&](const Step& step) { return step.row == next[step.track]++; });
}

/// The loops with Step's numbers for tracks.
TurnLoops renumbered(TurnLoops loops, std::size_t stages)
{
    for (TurnLoops::Loop& loop : loops.loops) {
        for (std::uint16_t& track : loop.body) {
            const TurnLoops::Track& known = loops.tracks[track];
            track = static_cast<std::uint16_t>(known.arrives ? stages : known.stage.index());
        }
    }
    return loops;
}

bool fits(const TurnLoops& loops)
{
    return loops.loops.size() <= kMost16 &&
           std::all_of(loops.loops.begin(), loops.loops.end(),
                       [](const TurnLoops::Loop& loop) { return loop.body.size() <= kMost16; });
}

} // namespace

Result<DriverForm> DriverForm::of(const Network& network, const Schedule& schedule)
{
    const std::size_t stages = network.stages.size();
    const std::vector<Step> steps = stepsOf(network, schedule);
    DriverForm form;
    form.rows.resize(stages + 1);
    for (const Step& step : steps) {
        ++form.rows[step.track];
    }
    form.streams = form.rows.back() > 0;
    TurnLoops loops = renumbered(turnLoops(schedule), stages);
    if (isCounted(steps, stages + 1) && fits(loops)) {
        form.countsFar = *std::max_element(form.rows.begin(), form.rows.end()) >
                         static_cast<std::int64_t>(kMost16);
        form.table = std::move(loops);
    } else if (form.streams) {
        return Diagnostic{ErrorKind::DoesNotFit, "rows of a streamed plan do not come in order",
                          printable(network.modelName), "plan the model again"};
    }
    if (!form.streams) {
        form.calls = callLoops(steps);
    }
    return form;
}

Bytes DriverForm::tableFlash() const
{
    const auto stages = static_cast<std::int64_t>(rows.size()) - 1;
    return table->bytes() + kReaderCode + kStageAddress * stages;
}

Bytes DriverForm::tableBytes() const
{
    if (!usesTable()) {
        return Bytes(0);
    }
    const auto stages = static_cast<std::int64_t>(rows.size()) - 1;
    return alignUp(kStageAddress * stages + table->bytes(), kWord);
}

namespace {

Buffer tableBuffer(std::string_view name, Bytes bytes, const RowPlan& plan)
{
    Buffer table;
    table.name = name;
    table.kind = BufferKind::Table;
    table.bytes = bytes;
    table.alignment = kWord;
    for (const Buffer& buffer : plan.buffers) { // any of them may be what a section ends with
        table.alignment =
            std::max(table.alignment, buffer.isConstant() ? buffer.alignment : Bytes(1));
    }
    table.residency = plan.schedule.whole();
    return table;
}

} // namespace

void addScheduleTable(const Network& network, RowPlan& plan)
{
    const auto form = DriverForm::of(network, plan.schedule);
    if (!form || !form->usesTable()) {
        return;
    }
    plan.buffers.push_back(tableBuffer(kScheduleTable, form->tableBytes(), plan));
}

Bytes rowTableBytes(const std::vector<Buffer>& buffers)
{
    Bytes bytes;
    for (const Buffer& buffer : buffers) {
        bytes += buffer.rowTableBytes();
    }
    return alignUp(bytes, kWord);
}

void addRowTables(RowPlan& plan)
{
    plan.buffers.push_back(tableBuffer(kRowTables, Bytes(0), plan));
}

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/view_model/staircase.h"

#include <algorithm>
#include <limits>

namespace tidemark::studio {

namespace {

/// Closed life of every row of one value.
struct RowLives {
    std::vector<std::size_t> born, died;
};

bool contains(const std::vector<ValueId>& ids, ValueId id)
{
    return std::ranges::find(ids, id) != ids.end();
}

RowLives rowLives(const Plan& plan, ValueId value, EventRange residency)
{
    const Network& network = *plan.network;
    const auto rows = static_cast<std::size_t>(network[value].rows);
    RowLives lives{std::vector(rows, residency.first.index()),
                   std::vector(rows, residency.first.index())};
    if (contains(network.outputs, value)) {
        lives.died.assign(rows, residency.last.index());
    }
    for (std::size_t e = residency.first.index(); e <= residency.last.index(); ++e) {
        const Event& event = plan.schedule.events[e];
        if (event.kind != EventKind::Row) {
            continue;
        }
        const Stage& stage = network[event.stage];
        const auto row = static_cast<std::size_t>(event.row);
        if (contains(stage.outputs, value) && row < rows) {
            lives.born[row] = e;
            lives.died[row] = std::max(lives.died[row], e);
        }
        for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
            if (stage.inputs[i] != value) {
                continue;
            }
            const RowRange read = inputRows(network, stage, i, event.row);
            const auto end = std::min<std::int64_t>(read.end, static_cast<std::int64_t>(rows));
            for (std::int64_t r = std::max<std::int64_t>(0, read.begin); r < end; ++r) {
                lives.died[static_cast<std::size_t>(r)] = e;
            }
        }
    }
    return lives;
}

/// Of a buffer planned by rows: a step for each row, one for neighbours that live together.
std::vector<StairStep> rowSteps(const Buffer& buffer)
{
    std::vector<StairStep> steps;
    for (const RowLife& row : buffer.rowLives) {
        const StairStep step{row.life.first.index(), row.life.last.index() + 1, row.begin, row.end};
        StairStep* last = steps.empty() ? nullptr : &steps.back();
        if (last && last->firstEvent == step.firstEvent && last->endEvent == step.endEvent &&
            last->high == step.low) {
            last->high = step.high;
        } else {
            steps.push_back(step);
        }
    }
    return steps;
}

} // namespace

std::vector<StairStep> staircase(const Plan& plan, const Buffer& buffer)
{
    if (buffer.storedRows > 0) {
        return rowSteps(buffer);
    }
    const bool wholeTensor = buffer.kind == BufferKind::Activation ||
                             buffer.kind == BufferKind::Input || buffer.kind == BufferKind::Output;
    if (!buffer.value || !wholeTensor) {
        return {};
    }
    const Value& value = (*plan.network)[*buffer.value];
    // Padded rows are the buffer's bytes shared evenly: the picture stays inside its rectangle.
    const Bytes rowBytes(buffer.bytes.count() / std::max<std::int64_t>(1, value.rows));
    if (value.rows < 2 || rowBytes < value.rowBytes()) {
        return {};
    }
    const RowLives lives = rowLives(plan, *buffer.value, buffer.residency);

    // Events at which the set of live rows can change, then one step between each two of them.
    std::vector<std::size_t> edges{buffer.residency.first.index(),
                                   buffer.residency.last.index() + 1};
    for (std::size_t r = 0; r < lives.born.size(); ++r) {
        edges.push_back(lives.born[r]);
        edges.push_back(lives.died[r] + 1);
    }
    std::ranges::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());

    std::vector<StairStep> steps;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        const std::size_t event = edges[i];
        std::size_t low = lives.born.size(), high = 0;
        for (std::size_t r = 0; r < lives.born.size(); ++r) {
            if (lives.born[r] <= event && event <= lives.died[r]) {
                low = std::min(low, r);
                high = r + 1;
            }
        }
        if (low < high) {
            steps.push_back({event, edges[i + 1], rowBytes * static_cast<std::int64_t>(low),
                             rowBytes * static_cast<std::int64_t>(high)});
        }
    }
    return steps;
}

} // namespace tidemark::studio

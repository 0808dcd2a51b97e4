// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/view_model/live_bytes.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace tidemark::studio {

namespace {

/// A row and where it lies.
struct PlacedRow {
    std::size_t bank = 0;
    Bytes address;
    EventRange life;
    Bytes bytes;
    std::size_t kind = 0;
};

std::vector<PlacedRow> placedRows(const Plan& plan)
{
    std::vector<PlacedRow> rows;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        const Placement& placement = plan.placements[i];
        for (const RowLife& row : buffer.rowLives) {
            if (buffer.isArena()) {
                rows.push_back({placement.bank.index(), placement.offset + row.begin, row.life,
                                row.end - row.begin, static_cast<std::size_t>(buffer.kind)});
            }
        }
    }
    std::ranges::sort(rows, {}, [](const PlacedRow& row) {
        return std::tuple(row.bank, row.address, row.life.first.index());
    });
    return rows;
}

} // namespace

std::vector<KindBytes> liveBytes(const Plan& plan)
{
    const std::size_t events = plan.schedule.events.size();
    std::vector<KindBytes> live(events + 1, KindBytes{}); // first differences, then sums
    const auto add = [&](EventRange life, std::size_t kind, std::int64_t bytes) {
        live[life.first.index()][kind] += bytes;
        live[std::min(life.last.index() + 1, events)][kind] -= bytes;
    };
    for (const Buffer& buffer : plan.buffers) {
        if (buffer.isArena()) {
            forEachLife(buffer, [&](Bytes begin, Bytes end, EventRange life) {
                add(life, static_cast<std::size_t>(buffer.kind), (end - begin).count());
            });
        }
    }
    const std::vector<PlacedRow> rows = placedRows(plan);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        const PlacedRow &before = rows[i - 1], &row = rows[i];
        if (before.bank == row.bank && before.address == row.address &&
            before.life.last == row.life.first) {
            add({row.life.first, row.life.first}, row.kind,
                -std::min(before.bytes, row.bytes).count());
        }
    }
    live.pop_back();
    for (std::size_t e = 1; e < events; ++e) {
        for (std::size_t kind = 0; kind < kBufferKinds; ++kind) {
            live[e][kind] += live[e - 1][kind];
        }
    }
    return live;
}

std::int64_t sumOf(const KindBytes& bytes)
{
    return std::accumulate(bytes.begin(), bytes.end(), std::int64_t{0});
}

} // namespace tidemark::studio

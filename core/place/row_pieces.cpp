// SPDX-License-Identifier: Apache-2.0
#include "core/place/row_pieces.h"

#include "core/schedule/kernel_contract.h"

#include <algorithm>

namespace tidemark {

namespace {

/// By ValueId: activations and the streamed input, not viewed, and read by rows alone.
std::vector<bool> valuesByRow(const Network& network, const Schedule& schedule)
{
    std::vector<bool> accumulates(network.stages.size());
    for (const Event& event : schedule.events) {
        if (event.kind == EventKind::Accumulate) {
            accumulates[event.stage.index()] = true;
        }
    }
    std::vector<bool> byRow(network.values.size(), true);
    const auto forbid = [&](ValueId id) {
        const auto& storage = network[id].storage;
        byRow[(storage ? storage->base : id).index()] = false;
    };
    for (std::size_t v = 0; v < network.values.size(); ++v) {
        if (network.values[v].storage) {
            forbid(ValueId(v));
        }
    }
    const auto streamed = schedule.streamsInput() ? streamedInput(network) : std::nullopt;
    for (const ValueId input : network.inputs) {
        if (input != streamed) {
            forbid(input);
        }
    }
    for (const ValueId output : network.outputs) {
        forbid(output);
    }
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        const Stage& stage = network.stages[s];
        for (const ValueId output : stage.isPlanOnly() ? stage.outputs : std::vector<ValueId>()) {
            forbid(output);
        }
        for (const ValueId input :
             takesRows(stage, accumulates[s]) ? std::vector<ValueId>() : stage.inputs) {
            forbid(input);
        }
    }
    return byRow;
}

/// A row as a buffer of its own.
Buffer rowOf(const Buffer& whole, std::size_t row)
{
    Buffer piece;
    piece.kind = whole.kind;
    piece.bytes = piece.rowBytes = whole.rowBytes;
    piece.alignment = whole.alignment;
    piece.residency = whole.rowLives[row].life;
    piece.storedRows = 1;
    piece.rowLives = {{Bytes(0), whole.rowBytes, piece.residency}};
    return piece;
}

} // namespace

std::vector<bool> rowsMayLieApart(const Network& network, const RowPlan& rows)
{
    const std::vector<bool> byRow = valuesByRow(network, rows.schedule);
    std::vector<bool> apart;
    for (const Buffer& buffer : rows.buffers) {
        apart.push_back(buffer.value && buffer.storedRows > 0 && byRow[buffer.value->index()] &&
                        buffer.rowLives.size() > 1 &&
                        static_cast<std::int64_t>(buffer.rowLives.size()) ==
                            network[*buffer.value].rows);
    }
    return apart;
}

RowPieces piecesOf(const RowPlan& rows, const std::vector<std::size_t>& chosen,
                   const std::vector<bool>& apart)
{
    RowPieces pieces;
    const auto isApart = [&](std::size_t b) { return b < apart.size() && apart[b]; };
    std::vector<int> first(rows.buffers.size(), -1); // piece
    for (const std::size_t b : chosen) {
        const Buffer& whole = rows.buffers[b];
        first[b] = static_cast<int>(pieces.buffers.size());
        const std::size_t count = isApart(b) ? whole.rowLives.size() : 1;
        for (std::size_t row = 0; row < count; ++row) {
            pieces.buffers.push_back(isApart(b) ? &pieces.rows.emplace_back(rowOf(whole, row))
                                                : &whole);
            pieces.of.push_back(b);
            pieces.row.push_back(isApart(b) ? static_cast<int>(row) : RowPieces::kWhole);
        }
    }
    for (const Replacement& r : rows.replacements) {
        const auto from = static_cast<std::size_t>(r.from);
        const auto to = static_cast<std::size_t>(r.to);
        if (first[from] < 0 || first[to] < 0 || isApart(from) != isApart(to)) {
            continue;
        }
        const int row = isApart(to) ? static_cast<int>(r.row) : 0;
        pieces.replacements.push_back({first[from] + row, first[to] + row, r.event,
                                       isApart(to) ? std::optional(Bytes(0)) : r.offset, r.row});
    }
    return pieces;
}

std::vector<Bytes> liveBytesApart(const RowPlan& rows, const std::vector<bool>& apart)
{
    std::vector<std::size_t> all;
    for (std::size_t b = 0; b < rows.buffers.size(); ++b) {
        all.push_back(b);
    }
    const RowPieces pieces = piecesOf(rows, all, apart);
    return liveBytes(rows.schedule, pieces.buffers, pieces.replacements);
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/place/offsets.h"
#include "core/schedule/row_plan.h"

#include <cstddef>
#include <deque>
#include <vector>

namespace tidemark {

/// By buffer: whether its rows may have addresses of their own, each an activation of which every
/// stage is given its rows by pointers. The whole of an input or output has one address, and so has
/// what other tensors are views of.
std::vector<bool> rowsMayLieApart(const Network& network, const RowPlan& rows);

/// What is placed where some buffers' rows lie apart: those rows, each as a buffer of one row, and
/// the other buffers as they are.
struct RowPieces {
    static constexpr int kWhole = -1;

    std::vector<const Buffer*> buffers;
    std::vector<std::size_t> of; ///< the buffer each is of, as an index into those given
    std::vector<int> row;        ///< of it, or kWhole
    std::vector<Replacement> replacements;
    std::deque<Buffer> rows; ///< those of `buffers` that are rows
};

/// `chosen`: the buffers of `rows` to place; replacements between two of them count. `apart`: by
/// BufferId; buffers beyond its end are not.
RowPieces piecesOf(const RowPlan& rows, const std::vector<std::size_t>& chosen,
                   const std::vector<bool>& apart);

/// Live bytes of the arena at each event if rows lie apart (see liveBytes()): what replaces what
/// does not depend on where windows would have them.
std::vector<Bytes> liveBytesApart(const RowPlan& rows, const std::vector<bool>& apart);

} // namespace tidemark

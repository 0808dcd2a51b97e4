// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"
#include "core/schedule/row_plan.h"

#include <map>

namespace tidemark {

/// A pin resolved against a plan's buffers and board.
struct ResolvedPin {
    BankId bank;
    std::optional<Bytes> offset;
};
using ResolvedPins = std::vector<std::optional<ResolvedPin>>; ///< indexed by BufferId

/// Gives the pins of `constraints` to the buffers they name. Usage error for a bank that the
/// board, or a buffer that the plan does not have, with the names there are.
Result<ResolvedPins> resolvePins(const std::vector<Buffer>& buffers, const Board& board,
                                 const Constraints& constraints);

/// How far a placement is searched, and where from.
struct SearchLimits {
    Effort effort;
    std::stop_token stop;
    const std::vector<Bytes>& near; ///< offsets by buffer to stay near to, or empty
};

/// A bank and an offset for every buffer.
struct PlacedBuffers {
    std::vector<Placement> placements; ///< indexed by BufferId
    bool stopped = false;              ///< some search was cut off
    std::optional<Bytes> provenExtent; ///< the arenas cannot be smaller in these banks
    /// Of buffers whose rows lie apart, by BufferId: the address of every row. Their placement's
    /// offset is the lowest.
    std::map<std::size_t, std::vector<Bytes>> rowAddresses = {};
};

/// Places the buffers by the rules of one rung: arena buffers that are not pinned into `arenaBank`,
/// constants into `constantBank`; within a bank the arena at the bottom, constants above it.
PlacedBuffers placeBuffers(const RowPlan& rows, const Board& board, const ResolvedPins& pins,
                           Technique rung, BankId arenaBank, BankId constantBank,
                           const SearchLimits& limits);

/// The same with a bank for every buffer.
PlacedBuffers placeBuffers(const RowPlan& rows, const std::vector<BankId>& banks,
                           std::size_t bankCount, const ResolvedPins& pins, Technique rung,
                           const SearchLimits& limits);

/// The same once more, now with an address for every row of the buffers that are `apart`, which
/// the user gave no offset. `near`: such addresses to stay near to, by BufferId, or empty.
PlacedBuffers placeRowsApart(const RowPlan& rows, const std::vector<BankId>& banks,
                             std::size_t bankCount, const ResolvedPins& pins, Technique rung,
                             const SearchLimits& limits, const std::vector<bool>& apart,
                             const std::map<std::size_t, std::vector<Bytes>>& near);

/// Places only the constants anew, in these banks, above what else is placed there.
void stackConstants(const RowPlan& rows, const std::vector<BankId>& banks, std::size_t bankCount,
                    const ResolvedPins& pins, PlacedBuffers& placed);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/bank_costs.h"
#include "core/place/layout.h"

namespace tidemark {

/// A rung's buffers that look for banks.
struct BankQuestion {
    const RowPlan& rows;
    const Board& board;
    const ResolvedPins& pins;
    Technique rung;
    const BankCosts& costs;
    std::vector<Bytes> room;     ///< by bank: for buffers and start-up images
    bool mayBeWhole = true;      ///< no: it was tried, no bank holds all of the arena
    bool mayDivide = true;       ///< no: only where no bank holds all of the arena
    bool mayCopyWeights = false; ///< constants may live in RAM, filled at start-up
};

struct BankChoice {
    bool found = false;
    PlacedBuffers placed;
    AssignmentProof proof;
    bool impossible = false; ///< proven: with whole lives, buffer by buffer, no banks have room
};

/// The cheapest banks for all buffers, with real offsets. The arena as one block, as the packers of
/// the rung lay it out; at rung liveness and below also buffer by buffer, and at the others where
/// no bank holds all of it. Constants one by one. Of equal costs the board's default banks. Where
/// a choice turns out not to pack, its bank is made smaller by what was too much, and the question
/// asked again.
BankChoice chooseBanks(const BankQuestion& question, Effort effort, const std::stop_token& stop);

} // namespace tidemark

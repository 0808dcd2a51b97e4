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
    bool mayCopyAround = false;  ///< constants may be staged around their stages
};

struct BankChoice {
    bool found = false;
    PlacedBuffers placed; ///< of the buffers, then of the copies
    AssignmentProof proof;
    bool impossible = false;    ///< proven: with whole lives, buffer by buffer, no banks have room
    std::vector<Buffer> copies; ///< constants staged around their stages, without copy events
};

/// The cheapest banks for all buffers, with real offsets. The arena as one block, as the packers of
/// the rung lay it out; at rung liveness and below also buffer by buffer, and at the others where
/// no bank holds all of it. Constants one by one. Of equal costs the board's default banks. Where
/// a choice turns out not to pack, its bank is made smaller by what was too much, and the question
/// asked again.
///
/// Copies around stages use what the arena leaves free while they live, below its end or above,
/// under the constants that stay in RAM. They are chosen together with all other banks, above rung
/// fused, and only where it is not cheapest already that all is resident.
BankChoice chooseBanks(const BankQuestion& question, Effort effort, const std::stop_token& stop);

/// The arena stays as it is placed, and each bank as large: only copies are chosen, into the bytes
/// of the arena that are free while they live.
BankChoice chooseCopies(const BankQuestion& question, const PlacedBuffers& arena, Effort effort,
                        const std::stop_token& stop);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offsets.h"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace tidemark {

/// A buffer that looks for a bank.
struct AssignmentBlock {
    Bytes size;
    Bytes alignment{1};
    EventRange life;
    std::vector<std::optional<double>> costs;  ///< by bank, >= 0; nothing = may not go there
    std::optional<Bytes> fixed = std::nullopt; ///< an offset the user fixed, in whatever bank
    bool hasImage = false;                     ///< see AssignmentBank::imagesIn
    std::vector<double> waits = {};            ///< by bank, see AssignmentBank::leakage; or empty
    /// Bytes it has already, wherever it goes: rectangles that never meet, and never move. They
    /// count instead of `size` over `life`, which hold all of them.
    std::vector<Block> parts = {};
    /// Another way to lie in a bank, for a while: made anew then from an image that stays.
    std::optional<EventRange> copyLife = std::nullopt;
    std::vector<std::optional<double>> copyCosts = {}; ///< by bank, as `costs`; or empty
    std::vector<double> copyWaits = {};                ///< by bank, as `waits`; or empty
    /// The bank of that image, which stays; it costs nothing to switch on.
    std::optional<std::size_t> copyImageIn = std::nullopt;
};

struct AssignmentBank {
    Bytes capacity;
    double switchOn = 0; ///< cost, >= 0, as soon as one block is in it or in a bank of its group
    /// Start-up fills blocks with an image here from their images there, which stay: they take as
    /// many bytes of that bank, for ever. It costs nothing to switch on.
    std::optional<std::size_t> imagesIn = std::nullopt;
    /// Banks of equal groups are on together; nothing: a group of its own.
    std::optional<std::size_t> group = std::nullopt;
    double leakage = 0; ///< while it is on, of every unit that any block waits; >= 0
};

struct AssignmentProblem {
    std::vector<AssignmentBlock> blocks;
    std::vector<AssignmentBank> banks; ///< at most 64
    bool findConflict = true;          ///< where impossible, say why
};

struct BankAssignment {
    bool found = false;             ///< banks and offsets are set
    std::vector<std::size_t> banks; ///< indexed by block
    std::vector<Bytes> offsets;     ///< within the bank
    std::vector<bool> copied;       ///< indexed by block: there for its copyLife alone
    double cost = 0;                ///< of blocks, of banks switched on, and of their leakage
    double bound = 0;               ///< no assignment costs less
    bool optimal = false;           ///< cost equals the bound, up to rounding
    bool impossible = false;        ///< proven: no assignment exists
    bool stopped = false;           ///< ended by effort or by the stop token
    /// Where impossible: blocks that cannot be placed together, none of which can be left out.
    std::vector<std::size_t> conflict;
};

/// Puts every block into one bank at the smallest cost: blocks alive together fit into each bank's
/// capacity, with real offsets. Depth-first branch and bound for every set of groups switched on
/// (of the first twelve; others stay off, and the bound says nothing);
/// where one bank at most can be short of bytes, first the exact answer but for offsets
/// (solveShortBank). The bound is Lagrangian, with one multiplier per bank and moment (Fisher,
/// 1981). Packings of the
/// leaves are found by packOffsets; one that fails is never tried again. Deterministic for a given
/// number of nodes. A limit reached is never reported as impossible.
BankAssignment assignBanks(const AssignmentProblem& problem, std::int64_t searchNodes,
                           const std::stop_token& stop = {});

} // namespace tidemark

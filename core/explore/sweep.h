// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark {

/// A network to plan and what tells it from the others: "fp32", "int8".
struct SweepNetwork {
    std::shared_ptr<const Network> network;
    std::string label;
};

/// The choices of a sweep, one list an axis; every combination is planned. An empty list leaves
/// its axis at what `base` says.
struct SweepSpace {
    std::vector<SweepNetwork> networks;
    std::vector<std::shared_ptr<const Board>> boards;
    std::vector<Technique> techniques;
    std::vector<Objective> objectives;
    std::vector<Staging> stagings;
    /// Banks that all constants (all of the arena) are pinned to; "" lets the planner choose. A
    /// bank that a board does not have leaves that combination out. Constants that are staged
    /// around their stages are pinned by their copies.
    std::vector<std::string> weightBanks, activationBanks;
    std::vector<std::vector<Budget>> budgets;
    Constraints base; ///< its pins win over pins to banks
    Effort effort;
    ScratchOf scratchOf = {}; ///< what kernels ask for
};

/// One combination. Plan it with these constraints, and the same plan comes out.
struct SweepSettings {
    std::size_t network = 0, board = 0; ///< into the space's lists
    std::string weightBank, activationBank;
    Constraints constraints;
};

struct SweepPoint {
    SweepSettings settings;
    Technique techniqueApplied = Technique::Liveness;
    Bytes ram;   ///< Plan::peakRam
    Bytes flash; ///< planned and copied bytes of all banks that are read-only at run time
    Estimate instructions, latency, energy;
    std::vector<Traffic> banks; ///< of one inference, by BankId
    bool fits = false;
    bool onFront = false;
    /// The point of the front that is no worse in any figure and better in one.
    std::optional<std::size_t> dominatedBy;
    /// Why it is not on the front, in words: what the dominating point saves, or why it does not
    /// fit.
    std::string reason;
};

struct SweepResult {
    std::vector<SweepPoint> points; ///< in the order of the axes, networks first, budgets last
    std::vector<std::size_t> front; ///< by RAM, then by index
    bool stopped = false;           ///< then only the points that were done
};

/// Called by one thread at a time, not always the same one.
using SweepProgress = std::function<void(std::size_t done, std::size_t total)>;

/// Most combinations one sweep may have.
constexpr std::size_t kMostSweepPoints = 20'000;

/// Combinations of a space; none for a list that fits no board.
std::size_t sweepSize(const SweepSpace& space);

/// Plans every combination, on all processors, and finds the front over RAM, flash, latency and
/// energy. The result does not depend on the number of threads (0: as many as there are). A figure
/// that is unknown for two points counts as equal; instructions stand in for latency on one board.
/// Usage error: no network or board, a bank that no board has, more than kMostSweepPoints, bad
/// constraints of `base`.
Result<SweepResult> sweep(const SweepSpace& space, const SweepProgress& progress = {},
                          const std::stop_token& stop = {}, unsigned threads = 0);

/// "rows, int8, weights MRAM, activations TCM": what tells a point from the others of its sweep.
std::string sweepLabel(const SweepSpace& space, const SweepSettings& settings);

} // namespace tidemark

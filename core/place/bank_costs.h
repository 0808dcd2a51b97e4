// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <string>
#include <vector>

namespace tidemark {

/// What it costs in one inference where buffers live, in the unit of an objective:
///   base + sum of buffers + switchOn of every group in use + its leakage x sum of waits
///   + ramByte x peak RAM
struct BankCosts {
    std::vector<std::vector<double>> buffers; ///< by BufferId and BankId: of all its accesses
    std::vector<std::vector<double>> waits;   ///< the same: us that they prolong the inference
    /// By BufferId of a constant and BankId of its copy, where it is staged around its stage: of
    /// copying it from the default bank of constants and of all accesses to the copy. Infinite
    /// where that is not known; empty for buffers that are no constants, or where nothing is known
    /// of copying.
    std::vector<std::vector<double>> around, aroundWaits;
    std::vector<double> switchOn;   ///< by BankId: of having it on; 0: it always is
    std::vector<double> leakage;    ///< by BankId: of a us more while it is on; 0 as well
    std::vector<std::size_t> group; ///< by BankId: the first bank of its power group
    double ramByte = 0;             ///< of every byte of peak RAM
    double base = 0;                ///< of all that no choice of banks changes
    std::string unit;               ///< "us", "uJ", "" for a weighted sum
};

/// Of no buffer in any bank: costs nothing.
BankCosts noBankCosts(std::size_t buffers, std::size_t banks);

/// The costs of an objective other than RAM, by the cost model: of a finished plan they add up to
/// Plan::cost's latency or energy. Usage error where the model has no number for what the objective
/// needs, saying what is missing. Banks of no capacity need none.
Result<BankCosts> bankCosts(const Network& network, const Board& board,
                            const std::vector<Buffer>& buffers, const Constraints& constraints,
                            const std::vector<BankUse>& banks);

/// Costs that keep all in the board's default banks but constants, which leave those that are
/// read-only for RAM, the most read bytes first: what counts is what is read there.
BankCosts readOnlyReads(const Board& board, const std::vector<Buffer>& buffers);

/// Costs of staging around stages where nothing but read-only banks counts: bytes that kernels, and
/// copying, read there.
BankCosts readOnlyTraffic(const Network& network, const Board& board,
                          const std::vector<Buffer>& buffers);

/// Costs that keep buffers in the board's default banks: every byte elsewhere costs 1.
BankCosts displacedBytes(const Board& board, const std::vector<Buffer>& buffers);

} // namespace tidemark

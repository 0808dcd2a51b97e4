// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <string>
#include <vector>

namespace tidemark {

/// What it costs in one inference where buffers live, in the unit of an objective.
struct BankCosts {
    std::vector<std::vector<double>> buffers; ///< by BufferId and BankId: of all its accesses
    std::vector<double> switchOn;             ///< by BankId: of having it on
    double ramByte = 0;                       ///< of every byte of peak RAM
    std::string unit;                         ///< "us", "uJ", "" for a weighted sum
};

/// The costs of an objective other than RAM. Usage error where the board has no number for what
/// the objective needs, with the bank and the parameter. Banks of no capacity need none.
Result<BankCosts> bankCosts(const Board& board, const std::vector<Buffer>& buffers,
                            const Constraints& constraints, const std::vector<BankUse>& banks);

/// Costs that keep all in the board's default banks but constants, which leave those that are
/// read-only for RAM, the most read bytes first: what counts is what is read there.
BankCosts readOnlyReads(const Board& board, const std::vector<Buffer>& buffers);

/// Costs that keep buffers in the board's default banks: every byte elsewhere costs 1.
BankCosts displacedBytes(const Board& board, const std::vector<Buffer>& buffers);

} // namespace tidemark

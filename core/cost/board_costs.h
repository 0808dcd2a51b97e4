// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/cost/cost_model.h"
#include "core/cost/provenance.h"

namespace tidemark {

/// What a board's parameters make of cycles and accesses. Each figure takes what it needs from
/// `from`, which then knows what is missing.
class BoardCosts {
public:
    explicit BoardCosts(const Board& board) : m_board(board) {}

    double cycles(double instructions, Ingredients& from) const;
    double waitCycles(const BufferWork& work, BankId bank, Ingredients& from) const;
    double microseconds(double cycles, Ingredients& from) const;
    double activeMicrojoules(double cycles, Ingredients& from) const;
    double accessMicrojoules(const BufferWork& work, BankId bank, Ingredients& from) const;
    double leakedMicrojoules(BankId bank, double microseconds, Ingredients& from) const;

private:
    std::string nameOf(BankId bank, const char* parameter) const
    {
        return m_board[bank].id + " " + parameter;
    }

    const Board& m_board;
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/schedule/buffer.h"

namespace tidemark {

/// Whether all that reads and writes a buffer at run time can do so in a bank.
inline bool mayLie(const Board& board, BankId bank, const Buffer& buffer)
{
    const bool delivered = board.inputByDma && buffer.kind == BufferKind::Input;
    return (buffer.isConstant() ? board[bank].mayHoldConstants() : board[bank].mayHoldArena()) &&
           (!delivered || board[bank].dma == Reach::ReadWrite);
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/io/json_reader.h"

namespace tidemark {

/// What a board file may say beyond the types of its keys: names that are safe in linker scripts,
/// makefiles and argument lists, banks that lie apart in 32 bits, roles that make sense.
/// Reports the first breach.
void checkBoard(const Board& board, JsonProblem& problem);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/model/result.h"

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace tidemark {

/// Reads and validates a board description (resources/schemas/board.schema.json). Untrusted.
Result<Board> readBoardFile(const std::filesystem::path& path);
Result<Board> parseBoard(const std::string& json, const std::string& where);

/// Boards of `directory` (*.json), by id. A broken file is an error that names it.
Result<std::vector<Board>> readBoards(const std::filesystem::path& directory);

/// `idOrFile`: a built-in board's id (any case), or a path to a board file. Unknown: a usage error
/// that lists near names.
Result<Board> findBoard(const std::string& idOrFile, const std::filesystem::path& directory);

/// The board as its file would have it: parseBoard(boardToJson(b)) gives b again.
nlohmann::json boardToJson(const Board& board);

} // namespace tidemark

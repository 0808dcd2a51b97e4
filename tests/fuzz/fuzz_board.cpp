// SPDX-License-Identifier: Apache-2.0
// Any text as a board file: an error in words, or a board that survives a round trip.
#include "core/board/board_file.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tidemark;
    const Result<Board> board =
        parseBoard(std::string(reinterpret_cast<const char*>(data), size), "fuzz");
    if (board && !parseBoard(boardToJson(*board).dump(), "again")) {
        std::abort();
    }
    return 0;
}

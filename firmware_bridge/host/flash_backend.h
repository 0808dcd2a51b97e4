// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/model/result.h"
#include "firmware_bridge/host/child_process.h"

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark::bridge {

/// Puts a firmware onto a real board with the command of the board's file: an argv in which {elf},
/// {bin} and {hex} stand for the firmware's forms. Never a shell.
class FlashBackend {
public:
    /// `compiler` names the tool family that makes {bin} and {hex} ("arm-none-eabi-gcc" ->
    /// "arm-none-eabi-objcopy").
    FlashBackend(const Board& board, const std::string& compiler);

    /// The argv for `elf`. Errors: no command (Usage, names the virtual twin), an unknown
    /// placeholder (BadInput).
    Result<std::vector<std::string>> command(const std::filesystem::path& elf) const;

    /// Flashes. Errors: those of command(); a program missing, failing (with its last line), or
    /// longer than `limit`; cancelled (the programs are killed).
    Status flash(const std::filesystem::path& elf, const LineSink& log,
                 const std::stop_token& stop = {},
                 std::chrono::milliseconds limit = std::chrono::minutes(3)) const;

private:
    Status run(const std::vector<std::string>& argv, const LineSink& log,
               const std::stop_token& stop, std::chrono::milliseconds limit) const;
    Status makeForms(const std::filesystem::path& elf, const LineSink& log,
                     const std::stop_token& stop) const;
    bool uses(const std::string& placeholder) const;

    std::string m_board, m_twin, m_objcopy;
    std::vector<std::string> m_command;
};

} // namespace tidemark::bridge

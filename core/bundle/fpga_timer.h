// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"

#include <cstdint>
#include <optional>

namespace tidemark {

/// The 32-bit up counter of the FPGAIO block that Arm's MPS2 and MPS3 images have.
struct FpgaTimer {
    std::uint64_t base;
    std::uint32_t hz;
};

/// The block that goes with a board's port, told by the port's address: every such image has its
/// own memory map (Arm application notes AN385, AN386, AN500, AN505, AN547).
std::optional<FpgaTimer> fpgaTimer(const Toolchain& toolchain);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/fpga_timer.h"

namespace tidemark {

std::optional<FpgaTimer> fpgaTimer(const Toolchain& toolchain)
{
    if (toolchain.uart != "cmsdk") {
        return std::nullopt;
    }
    switch (toolchain.uartBase) {
    case 0x40004000: // AN385, AN386, AN500
        return FpgaTimer{0x40028000, 25'000'000};
    case 0x50200000: // AN505
        return FpgaTimer{0x50302000, 20'000'000};
    case 0x59303000: // AN547
        return FpgaTimer{0x59302000, 20'000'000};
    default:
        return std::nullopt;
    }
}

} // namespace tidemark

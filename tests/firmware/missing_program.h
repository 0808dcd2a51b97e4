// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware_bridge/host/child_process.h"

#include <string>

namespace tidemark::bridge::testing {

/// The first program that is not installed of those that build for the virtual boards and run them;
/// empty when all are there.
inline std::string missingProgram()
{
    for (const char* program : {"make", "arm-none-eabi-gcc", "riscv64-unknown-elf-gcc",
                                "qemu-system-arm", "qemu-system-riscv32"}) {
        if (!findProgram(program)) {
            return program;
        }
    }
    return {};
}

} // namespace tidemark::bridge::testing

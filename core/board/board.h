// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/ids.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Where a number comes from. Unknown stays unknown: its value is absent.
enum class Provenance { Unknown, Measured, Datasheet, User, Illustrative };

std::string_view toString(Provenance provenance); ///< as board files write it

/// A cost parameter with its unit and origin.
struct Parameter {
    std::optional<double> value;
    std::string unit;
    Provenance provenance = Provenance::Unknown;
    std::string source; ///< where to check it, one sentence
};

enum class BankKind { Tcm, Sram, Ssram, Psram, Mram, Flash };

/// What a bus master can do in a bank.
enum class Reach { None, Read, ReadWrite };

/// A memory of a board.
struct Bank {
    std::string id;   ///< "TCM": unique on the board, what `--pin` and JSON name
    std::string name; ///< for people
    BankKind kind = BankKind::Sram;
    std::uint64_t base = 0;
    Bytes capacity;
    Bytes alignment{8};             ///< of the first planned byte
    bool readOnlyAtRunTime = false; ///< MRAM, flash: written when flashed only
    bool verified = true;           ///< false: the source of base or size is not a public document
    std::string note;
    Parameter readCycles; ///< cycles for a 32-bit load, beyond the instruction
    Parameter writeCycles;
    Parameter readEnergy; ///< pJ per byte
    Parameter writeEnergy;
    Parameter leakage; ///< uW while powered
    /// Banks with the same name are switched together, and off while none of them holds anything.
    /// Empty: always on.
    std::string powerGroup;
    Reach cpu = Reach::ReadWrite; ///< of the core that kernels run on, and start-up
    Reach dma = Reach::ReadWrite; ///< of what delivers the input, where Board::inputByDma

    /// Filled when flashed, or by start-up.
    bool mayHoldConstants() const
    {
        return cpu == Reach::ReadWrite || (readOnlyAtRunTime && cpu == Reach::Read);
    }
    bool mayHoldArena() const { return cpu == Reach::ReadWrite && !readOnlyAtRunTime; }
};

struct Core {
    std::string name; ///< "Cortex-M4F"
    std::string isa;  ///< "armv7e-m", "rv32imac"
    bool fpu = false, dsp = false, mve = false;
};

/// How the board is reached. Exactly one of `machine` (a QEMU board) or `flashCommand` is set.
struct Transport {
    std::string qemuProgram; ///< "qemu-system-arm"
    std::string machine;     ///< "mps2-an386"
    std::vector<std::string> qemuArguments;
    std::vector<std::string> flashCommand; ///< argv with {elf} {bin} {hex} placeholders, no shell
    int baud = 115200;
    std::vector<std::string> usbIds; ///< "0403:6010"
};

/// What the bundle needs to build and start on the board.
struct Toolchain {
    std::string prefix;                ///< "arm-none-eabi-"
    std::vector<std::string> cpuFlags; ///< "-mcpu=cortex-m4", ...
    std::string startup;               ///< "cortex-m", "riscv"
    std::string uart;                  ///< driver: "cmsdk", "sifive", ...; empty = none here
    std::uint64_t uartBase = 0;
    std::uint32_t uartClockHz = 0;
};

/// core + banks + clocks + how to flash and talk to it.
struct Board {
    std::string id;
    std::string name;
    std::string description; ///< one or two sentences for the chooser
    Core core;
    bool isVirtual = false;
    std::string virtualTwin; ///< id of the virtual board with the same core, when there is one
    std::vector<Parameter> clocksMhz;
    Parameter activePower; ///< uA/MHz or pJ/cycle, see unit
    std::vector<Bank> banks;
    BankId codeBank;         ///< where code and vectors go
    BankId defaultRam;       ///< where activations go unless something better is known
    BankId defaultConstants; ///< the bank that is read-only at run time, for weights
    Bytes stackReserve;      ///< in defaultRam; `--stack` overrides it
    std::optional<Transport> transport;
    std::optional<Toolchain> toolchain;
    std::vector<std::string> sources;
    Parameter cyclesPerInstruction; ///< on average, without waiting for banks
    Parameter supplyVoltage;        ///< V, where activePower is in uA/MHz
    bool inputByDma = false;        ///< the input is written by a DMA: only where that can write

    const Bank& operator[](BankId bank) const { return banks[bank.index()]; }
    std::optional<BankId> findBank(const std::string& bankId) const; ///< exact id, else any case
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// tm_board.h, link.ld and main.c: what depends on the board.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/fpga_timer.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

std::string number(Bytes bytes)
{
    return std::to_string(bytes.count());
}

std::string define(const std::string& name, const std::string& value)
{
    return "#define " + name + " " + value + "\n";
}

/// The core's clock. A virtual RISC-V core's mcycle counts nanoseconds of virtual time; QEMU's
/// other timers tick at the rates its machines were built for.
std::uint32_t coreHz(const Board& board)
{
    if (board.isVirtual && board.toolchain->startup == "riscv") {
        return 1'000'000'000;
    }
    for (const Parameter& clock : board.clocksMhz) {
        if (clock.value && *clock.value > 0 && *clock.value < 4000) {
            return static_cast<std::uint32_t>(std::lround(*clock.value * 1e6));
        }
    }
    return std::max(1'000'000U, board.toolchain->uartClockHz);
}

/// The FE310's mtime runs off its 32,768 Hz crystal; QEMU's off 10 MHz.
std::uint32_t mtimeHz(const Board& board)
{
    return board.isVirtual ? 10'000'000 : 32'768;
}

/// Sections of a bank's planned region. `load`: where a writable bank's constants are kept.
std::string plannedSections(const BundleContent& content, BankId bank)
{
    const bool readOnly = content.board()[bank].readOnlyAtRunTime;
    std::string text;
    for (const PlannedSection* section : content.layout.inBank(bank)) {
        const bool arena = section->kind == PlannedSection::Kind::Arena;
        const bool copied = !arena && !readOnly && bank != content.board().codeBank;
        text += "    " + section->name() + (arena ? " (NOLOAD)" : "") + " : ALIGN(" +
                number(section->alignment) + ") {\n        KEEP(*(" + section->name() +
                "))\n    } > BANK_" + section->bankName +
                (copied ? " AT> BANK_" + content.board()[content.board().codeBank].id : "") +
                "\n    ASSERT(SIZEOF(" + section->name() + ") == " + number(section->bytes()) +
                ", \"" + section->name() + " is not what was planned\")\n";
    }
    return text;
}

/// Rows of the table of what start-up copies.
std::string copyTable(const BundleContent& content)
{
    std::string text = "        tm_copy_begin = .;\n";
    const auto row = [&](const std::string& section) {
        text += "        LONG(ADDR(" + section + ")) LONG(LOADADDR(" + section + ")) LONG(SIZEOF(" +
                section + "))\n";
    };
    row(".data");
    for (const PlannedSection& section : content.layout.sections()) {
        const bool readOnly = content.board()[section.bank].readOnlyAtRunTime;
        if (section.kind == PlannedSection::Kind::Weights && !readOnly &&
            section.bank != content.board().codeBank) {
            row(section.name());
        }
    }
    return text + "        tm_copy_end = .;\n";
}

/// Writable banks that the plan uses, the default RAM always: their unused bytes can be painted.
std::vector<BankId> paintedBanks(const BundleContent& content)
{
    const Board& board = content.board();
    std::vector<BankId> banks;
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        const bool used =
            BankId(b) == board.defaultRam || !content.layout.inBank(BankId(b)).empty();
        if (used && !board.banks[b].readOnlyAtRunTime && BankId(b) != board.codeBank) {
            banks.emplace_back(b);
        }
    }
    return banks;
}

std::string unusedSymbol(const BundleContent& content, BankId bank, const char* end)
{
    return "tm_unused_" + content.board()[bank].id + "_" + end;
}

std::string regionTable(const std::string& type, const std::string& name,
                        const std::vector<std::string>& rows)
{
    if (rows.empty()) { // C has no empty arrays
        return define(name, "NULL");
    }
    std::string text = "static const " + type + " " + name + "[] = {\n";
    for (const std::string& row : rows) {
        text += "    {" + row + "},\n";
    }
    return text + "};\n";
}

} // namespace

std::string boardHeader(const BundleContent& content)
{
    const Board& board = content.board();
    const Toolchain& tools = *board.toolchain;
    std::string text = fileHead(content, "Addresses and clocks of the board");
    text += "#ifndef TM_BOARD_H\n#define TM_BOARD_H\n\n";
    text += define("TM_UART_BASE", hexConstant(tools.uartBase));
    text += define("TM_UART_CLOCK_HZ", std::to_string(tools.uartClockHz));
    text += define("TM_BAUD", std::to_string(board.transport ? board.transport->baud : 115200));
    text += define("TM_CORE_HZ", std::to_string(coreHz(board)));
    if (tools.startup == "riscv") {
        text += define("TM_MTIME_HZ", std::to_string(mtimeHz(board)));
    } else if (const auto timer = fpgaTimer(tools)) {
        text += define("TM_FPGAIO_BASE", hexConstant(timer->base));
        text += define("TM_FPGAIO_HZ", std::to_string(timer->hz));
    }
    return text + "\n#endif\n";
}

std::string linkerScript(const BundleContent& content)
{
    const Board& board = content.board();
    const Plan& plan = content.plan;
    const std::string code = board[board.codeBank].id;
    const std::string ram = board[board.defaultRam].id;
    const BankUse& use = plan.banks[board.defaultRam.index()];
    std::string text = fileHead(content, "Memory map") + "ENTRY(tm_reset)\n\nMEMORY\n{\n";
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        text += "    BANK_" + board.banks[b].id +
                " : ORIGIN = " + hexConstant(board.banks[b].base) +
                ", LENGTH = " + number(plan.banks[b].capacity) + "\n";
    }
    text += "}\n\nSECTIONS\n{\n    .text : {\n        KEEP(*(.tm_vectors))\n"
            "        *(.text .text.*)\n        *(.rodata .rodata.* .srodata .srodata.*)\n"
            "        . = ALIGN(4);\n" +
            copyTable(content) + "    } > BANK_" + code +
            "\n    .ARM.exidx : { *(.ARM.exidx .ARM.exidx.* .ARM.extab .ARM.extab.*) } > BANK_" +
            code + "\n\n";
    text += plannedSections(content, board.codeBank);
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        if (BankId(b) != board.codeBank) {
            text += plannedSections(content, BankId(b));
        }
    }
    // Where the planned bytes of the default RAM end: what follows is the server's.
    text += "\n    .data : ALIGN(4) {\n        *(.data .data.* .sdata .sdata.*)\n"
            "        . = ALIGN(4);\n    } > BANK_" +
            ram + " AT> BANK_" + code +
            "\n    __global_pointer$ = ADDR(.data) + 0x800;\n"
            "    .bss (NOLOAD) : ALIGN(4) {\n        tm_bss_begin = .;\n"
            "        *(.bss .bss.* .sbss .sbss.* COMMON)\n        . = ALIGN(4);\n"
            "        tm_bss_end = .;\n    } > BANK_" +
            ram + "\n\n    tm_stack_top = ORIGIN(BANK_" + ram + ") + LENGTH(BANK_" + ram +
            ") / 8 * 8;\n    tm_stack_limit = tm_stack_top - " +
            number(alignUp(use.stack, Bytes(8))) +
            ";\n    ASSERT(tm_bss_end <= tm_stack_limit, \"no room for the stack\")\n"
            "    ASSERT(tm_bss_end - ORIGIN(BANK_" +
            ram + ") <= " + number(use.planned + use.server) +
            ", \"the command server is larger than planned\")\n";
    for (const BankId bank : paintedBanks(content)) {
        const std::string name = content.board()[bank].id;
        const bool isRam = bank == board.defaultRam;
        text +=
            "    " + unusedSymbol(content, bank, "begin") + " = " +
            (isRam ? "tm_bss_end"
                   : "ORIGIN(BANK_" + name + ") + " + number(plan.banks[bank.index()].planned)) +
            ";\n    " + unusedSymbol(content, bank, "end") + " = " +
            (isRam ? "tm_stack_limit" : "ORIGIN(BANK_" + name + ") + LENGTH(BANK_" + name + ")") +
            ";\n";
    }
    return text + "\n    /DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) }\n}\n";
}

std::string mainSource(const BundleContent& content)
{
    std::vector<std::string> arenas;
    std::vector<std::string> constants;
    for (const PlannedSection& section : content.layout.sections()) {
        if (section.kind == PlannedSection::Kind::Arena) {
            arenas.push_back("\"" + section.bankName + "\", " + section.symbol() + ", " +
                             section.symbol() + " + " + number(section.bytes()));
        } else {
            const std::string bytes = "(const uint8_t*)&" + section.symbol();
            constants.push_back("\"" + section.name() + "\", " + bytes + ", " + bytes + " + " +
                                number(section.bytes()));
        }
    }
    std::vector<std::string> unused;
    std::string symbols;
    for (const BankId bank : paintedBanks(content)) {
        const std::string begin = unusedSymbol(content, bank, "begin");
        const std::string end = unusedSymbol(content, bank, "end");
        symbols += "extern uint8_t " + begin + "[];\nextern uint8_t " + end + "[];\n";
        unused.push_back("\"" + content.board()[bank].id + "\", " + begin + ", " + end);
    }
    const bool keeps = content.plan.serverKeepsInput;
    return fileHead(content, "The command server's tables") +
           "#include \"bundle_hash.h\"\n#include \"model.h\"\n#include \"selftest.h\"\n"
           "#include \"tm_serve.h\"\n#include \"tm_startup.h\"\n#include \"weights.h\"\n\n"
           "/* From the linker script: RAM that nobody owns. */\n" +
           symbols + "\n" + regionTable("tm_region", "arenas", arenas) + "\n" +
           regionTable("tm_region", "unused", unused) + "\n" +
           regionTable("tm_section", "constants", constants) +
           (keeps ? "\n/* Restored before every run: a run overwrites its input. */\n"
                    "static uint32_t input_copy[(TM_INPUT_BYTES + 3) / 4];\n"
                  : "\n/* No room for a copy of the input: a run uses it up. */\n") +
           "static uint64_t stage_ticks[TM_STAGES];\n\n"
           "static float result(uint32_t index)\n{\n    return tm_model_output()[index];\n}\n\n"
           "static const tm_server_model model = {\n"
           "    .name = \"" +
           content.modelName +
           "\",\n"
           "    .hash = TM_BUNDLE_HASH,\n"
           "    .input = " +
           content.addressOf(content.network().inputs.front()) +
           ",\n    .input_bytes = TM_INPUT_BYTES,\n    .output = " +
           content.addressOf(content.network().outputs.front()) +
           ",\n    .output_bytes = TM_OUTPUT_BYTES,\n"
           "    .results = TM_OUTPUT_ELEMENTS,\n"
           "    .result = result,\n"
           "    .stages = TM_STAGES,\n"
           "    .run = tm_model_run,\n"
           "    .run_hooked = tm_model_run_hooked,\n"
           "    .selftest = tm_selftest,\n"
           "    .arenas = arenas,\n"
           "    .arena_count = " +
           std::to_string(arenas.size()) +
           ",\n    .unused = unused,\n    .unused_count = " + std::to_string(unused.size()) +
           ",\n    .constants = constants,\n    .constant_count = " +
           std::to_string(constants.size()) +
           ",\n};\n\n"
           "static const tm_server_memory memory = {\n    .input_copy = " +
           (keeps ? "(uint8_t*)input_copy" : "NULL") +
           ",\n    .stage_ticks = stage_ticks,\n};\n\n"
           "int main(void)\n{\n    tm_serve(&model, &memory);\n    return 0;\n}\n";
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// tm_board.h, link.ld and main.c: what depends on the board.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/fpga_timer.h"
#include "core/lower/fixed_point.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

namespace {

std::string number(Bytes bytes)
{
    return std::to_string(bytes.count());
}

std::string define(std::string_view name, const std::string& value)
{
    return filled("#define @name@ @value@\n", {{"name", std::string(name)}, {"value", value}});
}

/// Constants and tables in a writable bank: start-up copies them there from the code bank.
bool isCopied(const BundleContent& content, const PlannedSection& section)
{
    return section.kind != PlannedSection::Kind::Arena &&
           !content.board()[section.bank].readOnlyAtRunTime &&
           section.bank != content.board().codeBank;
}

const std::string& codeBankId(const BundleContent& content)
{
    return content.board()[content.board().codeBank].id;
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

/// Output sections of a bank's planned region.
std::string plannedSections(const BundleContent& content, BankId bank)
{
    std::string text;
    for (const PlannedSection* section : content.layout.inBank(bank)) {
        const bool arena = section->kind == PlannedSection::Kind::Arena;
        text += filled(R"(    @section@@noload@ : ALIGN(@alignment@) {
        KEEP(*(@section@))
@last@    } > BANK_@bank@@load@
    ASSERT(SIZEOF(@section@) == @bytes@, "@section@ is not what was planned")
)",
                       {{"section", section->name()},
                        {"last", section->last ? "        KEEP(*(" + section->lastName() + "))\n"
                                               : std::string()},
                        {"noload", arena ? " (NOLOAD)" : ""},
                        {"alignment", number(section->alignment)},
                        {"bank", section->bankName},
                        {"load", isCopied(content, *section) ? " AT> BANK_" + codeBankId(content)
                                                             : std::string()},
                        {"bytes", number(section->bytes())}});
    }
    return text;
}

/// Rows of the table of what start-up copies.
std::string copyTable(const BundleContent& content)
{
    std::vector<std::string> sections{".data"};
    for (const PlannedSection& section : content.layout.sections()) {
        if (isCopied(content, section)) {
            sections.push_back(section.name());
        }
    }
    std::string text;
    for (const std::string& section : sections) {
        text += filled("        LONG(ADDR(@name@)) LONG(LOADADDR(@name@)) LONG(SIZEOF(@name@))\n",
                       {{"name", section}});
    }
    return text;
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

/// First byte of a bank that nobody owns, and the end of those bytes.
std::string unusedSymbols(const BundleContent& content)
{
    std::string text;
    for (const BankId bank : paintedBanks(content)) {
        const bool isRam = bank == content.board().defaultRam;
        text += filled(isRam ? "    tm_unused_@bank@_begin = tm_bss_end;\n"
                               "    tm_unused_@bank@_end = tm_stack_limit;\n"
                             : "    tm_unused_@bank@_begin = ORIGIN(BANK_@bank@) + @planned@;\n"
                               "    tm_unused_@bank@_end = ORIGIN(BANK_@bank@) + "
                               "LENGTH(BANK_@bank@);\n",
                       {{"bank", content.board()[bank].id},
                        {"planned", number(content.plan.banks[bank.index()].planned)}});
    }
    return text;
}

/// A table of C structs, or the macro NULL in its place: C has no empty arrays.
std::string table(const std::string& type, const std::string& name,
                  const std::vector<std::string>& rows)
{
    if (rows.empty()) {
        return define(name, "NULL"); // so no field of a struct may have that name
    }
    std::string text;
    for (const std::string& row : rows) {
        text += filled("    {@row@},\n", {{"row", row}});
    }
    return filled("static const @type@ @name@[] = {\n@rows@};\n",
                  {{"type", type}, {"name", name}, {"rows", text}});
}

/// One past a section of constants.
std::string endOf(const PlannedSection& section)
{
    return section.last ? filled("(&@last@ + 1)", {{"last", section.lastSymbol()}})
                        : filled("&@symbol@ + @bytes@", {{"symbol", section.symbol()},
                                                         {"bytes", number(section.bytes())}});
}

/// What the command server is told about memory.
struct ServerTables {
    std::vector<std::string> arenas, unused, constants;
    std::string symbols; ///< declarations of what `unused` names
};

ServerTables serverTables(const BundleContent& content)
{
    ServerTables tables;
    for (const PlannedSection& section : content.layout.sections()) {
        const bool arena = section.kind == PlannedSection::Kind::Arena;
        (arena ? tables.arenas : tables.constants)
            .push_back(filled(arena ? "\"@bank@\", @symbol@, @symbol@ + @bytes@"
                                    : "\"@name@\", (const uint8_t*)&@symbol@, "
                                      "(const uint8_t*)@end@",
                              {{"bank", section.bankName},
                               {"name", section.name()},
                               {"symbol", section.symbol()},
                               {"end", endOf(section)},
                               {"bytes", number(section.bytes())}}));
    }
    for (const BankId id : paintedBanks(content)) {
        const std::string& bank = content.board()[id].id;
        tables.symbols += filled("extern uint8_t tm_unused_@bank@_begin[];\n"
                                 "extern uint8_t tm_unused_@bank@_end[];\n",
                                 {{"bank", bank}});
        tables.unused.push_back(
            filled("\"@bank@\", tm_unused_@bank@_begin, tm_unused_@bank@_end", {{"bank", bank}}));
    }
    return tables;
}

/// How the server gets at tensors: results as real numbers, several inputs and outputs as one.
struct ServerPieces {
    std::string result, functions, hooks;
    std::int64_t results = 0;
};

ServerPieces serverPieces(const BundleContent& content)
{
    const Network& network = content.network();
    ServerPieces pieces;
    std::string outputs, results, inputs;
    for (std::size_t i = 0; i < network.outputs.size(); ++i) {
        const Value& value = network[network.outputs[i]];
        const std::string suffix = i == 0 ? "" : "_" + std::to_string(i);
        const std::string output = "tm_model_output" + suffix + "()";
        pieces.results += value.elements();
        results +=
            filled("    if (index < TM_OUTPUT@suffix@_ELEMENTS) {\n"
                   "        return @real@;\n    }\n"
                   "    index -= TM_OUTPUT@suffix@_ELEMENTS;\n",
                   {{"suffix", suffix},
                    {"real", value.quantization
                                 ? floatConstant(static_cast<float>(scaleOf(value.quantization))) +
                                       " * (float)(" + output + "[index] - " +
                                       std::to_string(zeroPointOf(value.quantization)) + ")"
                                 : "(float)" + output + "[index]"}});
        outputs += filled("    if (index < TM_OUTPUT@suffix@_BYTES) {\n"
                          "        return ((const uint8_t*)@output@)[index];\n    }\n"
                          "    index -= TM_OUTPUT@suffix@_BYTES;\n",
                          {{"suffix", suffix}, {"output", output}});
    }
    const bool streams = content.driver.streams();
    for (std::size_t i = streams ? 1 : 0; i < network.inputs.size(); ++i) {
        inputs += filled("    tm_copy_bytes(tm_model_input@suffix@(), copy, "
                         "TM_INPUT@suffix@_BYTES);\n    copy += TM_INPUT@suffix@_BYTES;\n",
                         {{"suffix", i == 0 ? "" : "_" + std::to_string(i)}});
    }
    pieces.result =
        "static float result(uint32_t index)\n{\n" + results + "    return 0.0f;\n}\n\n";
    if (streams) {
        pieces.functions += "static uint8_t* row(void)\n{\n"
                            "    return (uint8_t*)tm_model_input();\n}\n\n";
        pieces.hooks += "    .begin = tm_model_begin_hooked,\n    .row = row,\n"
                        "    .push = tm_model_push_row,\n    .row_bytes = TM_INPUT_ROW_BYTES,\n";
    } else {
        pieces.hooks += "    .run = tm_model_run,\n    .run_hooked = tm_model_run_hooked,\n";
    }
    if (network.inputs.size() > 1) {
        const std::string pushed = streams ? "    copy += TM_INPUT_BYTES;\n" : "";
        pieces.functions +=
            "static void restore(const uint8_t* copy)\n{\n" + pushed + inputs + "}\n\n";
        pieces.hooks += "    .restore = restore,\n";
    }
    if (network.outputs.size() > 1) {
        pieces.functions +=
            "static uint8_t output_at(uint32_t index)\n{\n" + outputs + "    return 0;\n}\n\n";
        pieces.hooks += "    .output_at = output_at,\n";
    }
    return pieces;
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
    const BankUse& ram = content.plan.banks[board.defaultRam.index()];
    std::string memory;
    std::string planned = plannedSections(content, board.codeBank);
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        memory += filled("    BANK_@bank@ : ORIGIN = @base@, LENGTH = @bytes@\n",
                         {{"bank", board.banks[b].id},
                          {"base", hexConstant(board.banks[b].base)},
                          {"bytes", number(content.plan.banks[b].capacity)}});
        planned += BankId(b) != board.codeBank ? plannedSections(content, BankId(b)) : "";
    }
    return fileHead(content, "Memory map") +
           filled(R"(ENTRY(tm_reset)

MEMORY
{
@memory@}

SECTIONS
{
    .text : {
        KEEP(*(.tm_vectors))
        *(.text .text.*)
        *(.rodata .rodata.* .srodata .srodata.*)
        . = ALIGN(4);
        tm_copy_begin = .;
@copies@        tm_copy_end = .;
    } > BANK_@code@
    .ARM.exidx : { *(.ARM.exidx .ARM.exidx.* .ARM.extab .ARM.extab.*) } > BANK_@code@

    /* The planned bytes of each bank. */
@planned@
    /* The command server's memory. */
    .data : ALIGN(4) {
        *(.data .data.* .sdata .sdata.*)
        . = ALIGN(4);
    } > BANK_@ram@ AT> BANK_@code@
    __global_pointer$ = ADDR(.data) + 0x800;
    .bss (NOLOAD) : ALIGN(4) {
        tm_bss_begin = .;
        *(.bss .bss.* .sbss .sbss.* COMMON)
        . = ALIGN(4);
        tm_bss_end = .;
    } > BANK_@ram@
    ASSERT(tm_bss_end - ADDR(.data) <= @server@, "the command server is larger than planned")

    tm_stack_top = (ORIGIN(BANK_@ram@) + LENGTH(BANK_@ram@)) / 8 * 8;
    tm_stack_limit = tm_stack_top - @stack@;
    ASSERT(tm_bss_end <= tm_stack_limit, "no room for the stack")

@unused@
    /DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) }
}
)",
                  {{"memory", memory},
                   {"copies", copyTable(content)},
                   {"code", codeBankId(content)},
                   {"planned", planned},
                   {"ram", board[board.defaultRam].id},
                   {"server", number(ram.server)},
                   {"stack", number(alignUp(ram.stack, Bytes(8)))},
                   {"unused", unusedSymbols(content)}});
}

std::string mainSource(const BundleContent& content)
{
    const ServerTables tables = serverTables(content);
    const ServerPieces pieces = serverPieces(content);
    const bool keeps = content.plan.serverKeepsInput;
    return fileHead(content, "The command server's tables") +
           filled(R"(#include "bundle_hash.h"
#include "model.h"
#include "selftest.h"
#include "tm_serve.h"
#include "tm_startup.h"
#include "weights.h"

/* Of all inputs, of all outputs, one after the other: as they travel. */
#define INPUT_BYTES @inputBytes@
#define OUTPUT_BYTES @outputBytes@
#define RESULTS @resultCount@

/* From the linker script: RAM that nobody owns. */
@symbols@
@arenas@
@unused@
@constants@
@inputCopy@
static uint64_t stage_ticks[TM_STAGES];

@results@@pieces@static const tm_server_model model = {
    .name = "@name@",
    .hash = TM_BUNDLE_HASH,
    .input = @input@,
    .input_bytes = INPUT_BYTES,
    .output = @output@,
    .output_bytes = OUTPUT_BYTES,
    .results = RESULTS,
    .result = result,
    .stages = TM_STAGES,
    .selftest = tm_selftest,
    .arenas = arena_table,
    .arena_count = @arenaCount@,
    .unused = unused_table,
    .unused_count = @unusedCount@,
    .constants = constant_table,
    .constant_count = @constantCount@,
@hooks@};

static const tm_server_memory memory = {
    .input_copy = @inputCopyAddress@,
    .stage_ticks = stage_ticks,
};

int main(void)
{
    tm_serve(&model, &memory);
    return 0;
}
)",
                  {{"inputBytes", number(content.inputBytes())},
                   {"outputBytes", number(content.outputBytes())},
                   {"resultCount", std::to_string(pieces.results)},
                   {"results", pieces.result},
                   {"pieces", pieces.functions},
                   {"hooks", pieces.hooks},
                   {"symbols", tables.symbols},
                   {"arenas", table("tm_region", "arena_table", tables.arenas)},
                   {"unused", table("tm_region", "unused_table", tables.unused)},
                   {"constants", table("tm_section", "constant_table", tables.constants)},
                   {"inputCopy",
                    keeps ? "/* Restored before every run: a run overwrites its input. */\n"
                            "static uint32_t input_copy[(INPUT_BYTES + 3) / 4];"
                          : "/* No room for a copy of the input: a run uses it up. */"},
                   {"name", content.modelName},
                   {"input", content.driver.streams()
                                 ? "NULL"
                                 : content.addressOf(content.network().inputs.front())},
                   {"output", content.addressOf(content.network().outputs.front())},
                   {"arenaCount", std::to_string(tables.arenas.size())},
                   {"unusedCount", std::to_string(tables.unused.size())},
                   {"constantCount", std::to_string(tables.constants.size())},
                   {"inputCopyAddress", keeps ? "(uint8_t*)input_copy" : "NULL"}});
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/board/board_rules.h"

#include "core/io/near_names.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr std::uint64_t kAddressEnd = std::uint64_t{1} << 32;

bool isAlphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Letters, digits and `others` only, 1 to 64 of them.
bool consistsOf(const std::string& text, std::string_view others)
{
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [&](char c) {
        return isAlphanumeric(c) || others.find(c) != std::string_view::npos;
    });
}

/// Texts reach terminals, C comments and pictures: no control characters, no broken UTF-8.
bool isPlain(const std::string& text)
{
    return printable(text, text.size() + 1) == text;
}

class Rules {
public:
    Rules(const Board& board, JsonProblem& problem) : m_board(board), m_problem(problem) {}

    void check()
    {
        checkNames();
        for (std::size_t i = 0; i < m_board.banks.size(); ++i) {
            checkBank(m_board.banks[i], "banks[" + std::to_string(i) + "]");
        }
        checkApart();
        checkRoles();
        if (m_board.transport) {
            checkTransport(*m_board.transport);
        }
        if (m_board.isVirtual && !m_board.transport) {
            m_problem.report("virtual", "a virtual board needs a transport",
                             "add \"transport\" with \"qemu_program\" and \"machine\"");
        }
        if (m_board.toolchain) {
            checkToolchain(*m_board.toolchain);
        }
    }

private:
    void require(bool holds, const std::string& path, const std::string& what,
                 const std::string& mend)
    {
        if (!holds) {
            m_problem.report(path, what, mend);
        }
    }

    void requirePlain(const std::string& text, const std::string& path)
    {
        require(isPlain(text), path, "control characters or invalid UTF-8 in a text",
                "write plain text on one line");
    }

    void checkNames()
    {
        require(consistsOf(m_board.id, "_-"), "id", "not a board id",
                "use letters, digits, _ and -");
        require(m_board.virtualTwin.empty() || consistsOf(m_board.virtualTwin, "_-"),
                "virtual_twin", "not a board id", "use the id of a virtual board");
        require(!m_board.isVirtual || m_board.virtualTwin.empty(), "virtual_twin",
                "a virtual board has no twin", "remove it");
        require(!m_board.name.empty(), "name", "the name is empty", "write one");
        require(consistsOf(m_board.core.isa, "._+-"), "core.isa", "not an instruction set",
                "write one such as armv7e-m or rv32imac");
        require(!m_board.core.name.empty(), "core.name", "the name is empty", "write one");
        requirePlain(m_board.name, "name");
        requirePlain(m_board.description, "description");
        requirePlain(m_board.core.name, "core.name");
        for (const Parameter& clock : m_board.clocksMhz) {
            require(!clock.value || *clock.value > 0, "clocks", "a clock of 0 MHz",
                    "write its frequency, or null with provenance unknown");
        }
        for (const Parameter* factor :
             {&m_board.cyclesPerInstruction, &m_board.supplyVoltage, &m_board.activePower}) {
            require(factor->value.value_or(1) > 0, "a cost parameter",
                    "a value that is not above 0 " + factor->unit,
                    "write what was measured, or null with provenance unknown");
        }
        for (std::size_t i = 0; i < m_board.sources.size(); ++i) {
            requirePlain(m_board.sources[i], "sources[" + std::to_string(i) + "]");
        }
    }

    void checkBank(const Bank& bank, const std::string& path)
    {
        // The id becomes part of section names such as .tm_arena.TCM and of C macros.
        require(consistsOf(bank.id, "_") && !(bank.id[0] >= '0' && bank.id[0] <= '9'), path + ".id",
                "not a bank id", "use letters, digits and _, a letter first");
        requirePlain(bank.name, path + ".name");
        requirePlain(bank.note, path + ".note");
        require(bank.powerGroup.empty() || consistsOf(bank.powerGroup, "_-"), path + ".power_group",
                "not the name of a group", "use letters, digits, _ and -");
        for (const Parameter* cost : {&bank.readCycles, &bank.writeCycles, &bank.readEnergy,
                                      &bank.writeEnergy, &bank.leakage}) {
            require(cost->value.value_or(0) >= 0, path, "a cost below 0 " + cost->unit,
                    "write what an access or a second really costs, or null");
        }
        const auto size = static_cast<std::uint64_t>(bank.capacity.count());
        require(size <= kAddressEnd - bank.base, path + ".size_bytes",
                "the bank ends beyond 32 bits of address", "correct base or size_bytes");
        const auto alignment = static_cast<std::uint64_t>(bank.alignment.count());
        require((alignment & (alignment - 1)) == 0 && bank.base % alignment == 0,
                path + ".alignment_bytes", "not a power of two that divides the base",
                "write 8 when in doubt");
        for (const Bank& other : m_board.banks) {
            require(&other == &bank || !equalIgnoringCase(other.id, bank.id), path + ".id",
                    "two banks are called \"" + printable(bank.id) + "\"", "rename one");
        }
    }

    void checkApart()
    {
        std::vector<const Bank*> byBase;
        for (const Bank& bank : m_board.banks) {
            byBase.push_back(&bank);
        }
        std::sort(byBase.begin(), byBase.end(),
                  [](const Bank* a, const Bank* b) { return a->base < b->base; });
        for (std::size_t i = 1; i < byBase.size(); ++i) {
            const Bank& below = *byBase[i - 1];
            const auto size = static_cast<std::uint64_t>(below.capacity.count());
            require(size <= byBase[i]->base - below.base, "banks",
                    "banks " + below.id + " and " + byBase[i]->id + " overlap",
                    "correct their base or size_bytes, or keep one of them");
        }
    }

    void checkRoles()
    {
        if (!m_board.defaultRam.isValid()) {
            return; // reported when it was read
        }
        const Bank& ram = m_board[m_board.defaultRam];
        require(!ram.readOnlyAtRunTime, "default_ram", "bank " + ram.id + " cannot be written",
                "name a bank that is not read_only_at_run_time");
        require(ram.cpu == Reach::ReadWrite, "default_ram",
                "the core cannot read and write bank " + ram.id, "name a bank that it can");
        checkReadByCore(m_board.codeBank, "code_bank");
        checkReadByCore(m_board.defaultConstants, "default_constants");
        require(!m_board.inputByDma || someBankTakesInput(), "input_by",
                "no bank that both the core and a DMA can write",
                "correct cpu_access and dma_access, or write \"cpu\"");
        require(m_board.stackReserve <= ram.capacity, "stack_reserve_bytes",
                "larger than the bank " + ram.id, "write a smaller reserve");
    }

    void checkReadByCore(BankId role, const char* path)
    {
        require(!role.isValid() || m_board[role].cpu != Reach::None, path,
                "the core cannot read that bank", "name a bank that it can");
    }

    bool someBankTakesInput() const
    {
        return std::any_of(m_board.banks.begin(), m_board.banks.end(), [](const Bank& bank) {
            return bank.mayHoldArena() && bank.dma == Reach::ReadWrite;
        });
    }

    void checkTransport(const Transport& transport)
    {
        const bool emulated = !transport.machine.empty();
        require(emulated != !transport.flashCommand.empty(), "transport",
                "neither or both of a QEMU machine and a flash command",
                "write \"machine\" for a virtual board, \"flash_command\" for hardware");
        require(emulated == m_board.isVirtual, "transport",
                "\"virtual\" and \"machine\" contradict each other", "a QEMU board is virtual");
        if (emulated) {
            checkEmulator(transport);
        }
        for (std::size_t i = 0; i < transport.flashCommand.size(); ++i) {
            const std::string path = "transport.flash_command[" + std::to_string(i) + "]";
            requirePlain(transport.flashCommand[i], path);
            require(i > 0 || !transport.flashCommand[i].empty(), path, "the program is empty",
                    "write the name of the flashing program");
        }
        for (const std::string& id : transport.usbIds) {
            require(isUsbId(id), "transport.usb_ids", "not a USB id",
                    "write vendor:product in hex, such as 0403:6010; * for any product");
        }
    }

    /// A board file comes from anywhere; of QEMU's options only those that reach no file pass.
    void checkEmulator(const Transport& transport)
    {
        require(transport.qemuProgram.starts_with("qemu-system-") &&
                    consistsOf(transport.qemuProgram, "_-"),
                "transport.qemu_program", "not a QEMU system emulator",
                "write one such as qemu-system-arm");
        require(consistsOf(transport.machine, "._-,="), "transport.machine", "not a QEMU machine",
                "write one such as mps2-an386");
        const std::vector<std::string>& arguments = transport.qemuArguments;
        bool allowed = arguments.size() % 2 == 0;
        for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
            allowed = allowed && isHarmlessOption(arguments[i], arguments[i + 1]);
        }
        require(allowed, "transport.qemu_arguments", "an option that is not allowed here",
                "pairs of -bios none, -cpu NAME and -m SIZE are");
    }

    static bool isHarmlessOption(const std::string& option, const std::string& value)
    {
        return (option == "-bios" && value == "none") ||
               ((option == "-cpu" || option == "-m") && consistsOf(value, "._-"));
    }

    static bool isUsbId(const std::string& id)
    {
        const auto isHex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
        const auto digits = [&](std::size_t from) {
            return id.size() >= from + 4 &&
                   std::all_of(id.begin() + static_cast<long>(from),
                               id.begin() + static_cast<long>(from) + 4, isHex);
        };
        const bool vendor = digits(0) && id.size() > 5 && id[4] == ':';
        return vendor && ((id.size() == 9 && digits(5)) || id.substr(5) == "*");
    }

    /// These texts go into makefiles: no shell or make syntax, and no flag but machine flags
    /// (-fplugin= would load code).
    void checkToolchain(const Toolchain& toolchain)
    {
        require(consistsOf(toolchain.prefix, "._-"), "toolchain.prefix", "not a compiler prefix",
                "write one such as arm-none-eabi-");
        for (std::size_t i = 0; i < toolchain.cpuFlags.size(); ++i) {
            const std::string& flag = toolchain.cpuFlags[i];
            require(flag.starts_with("-m") && consistsOf(flag, "._-+="),
                    "toolchain.cpu_flags[" + std::to_string(i) + "]", "not a machine flag",
                    "write flags such as -mcpu=cortex-m4");
        }
        require(toolchain.uart.empty() == (toolchain.uartBase == 0), "toolchain",
                "one of \"uart\" and \"uart_base\" without the other", "write both or neither");
    }

    const Board& m_board;
    JsonProblem& m_problem;
};

} // namespace

void checkBoard(const Board& board, JsonProblem& problem)
{
    Rules(board, problem).check();
}

} // namespace tidemark

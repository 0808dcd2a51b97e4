// SPDX-License-Identifier: Apache-2.0
#include "core/board/board_file.h"

#include "core/board/board_rules.h"
#include "core/io/file.h"
#include "core/io/json_reader.h"
#include "core/io/json_text.h"
#include "core/io/near_names.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <system_error>

namespace tidemark {

namespace {

constexpr Bytes kLargestFile{std::int64_t{1} << 20};
constexpr std::size_t kMostBanks = 64;
constexpr std::size_t kMostClocks = 32;
constexpr std::int64_t kAddressSpace = std::int64_t{1} << 32;
constexpr std::int64_t kVersion = 1;

using Words = std::vector<std::string>;

// Each in the order of its enumeration.
const Words kProvenances{"unknown", "measured", "datasheet", "user", "illustrative"};
const Words kBankKinds{"tcm", "sram", "ssram", "psram", "mram", "flash"};
const Words kReaches{"none", "read", "read_write"};
const Words kInputMasters{"cpu", "dma"};
// What the bundle has start-up code and drivers for.
const Words kStartups{"cortex-m", "riscv"};
const Words kUarts{"", "cmsdk", "sifive"};

/// The keys of the cost parameters of a bank: one list for reading and writing.
struct CostKey {
    const char* key;
    const char* unit;
    Parameter Bank::*member;
};
constexpr std::array<CostKey, 5> kCosts{{{"read_cycles", "cycles", &Bank::readCycles},
                                         {"write_cycles", "cycles", &Bank::writeCycles},
                                         {"read_energy", "pJ/byte", &Bank::readEnergy},
                                         {"write_energy", "pJ/byte", &Bank::writeEnergy},
                                         {"leakage", "uW", &Bank::leakage}}};

// ---- reading

Parameter readParameter(JsonObject object, const Words& units)
{
    Parameter parameter;
    parameter.value = object.numberOrNull("value");
    parameter.unit = units[object.word("unit", units)];
    parameter.provenance = static_cast<Provenance>(object.word("provenance", kProvenances));
    parameter.source = object.text("source", "");
    object.refuseOthers();
    const bool known = parameter.provenance != Provenance::Unknown;
    if (known != parameter.value.has_value()) {
        object.report("provenance", "value and provenance contradict each other",
                      "unknown goes with null, every other provenance with a number");
    }
    if (known && parameter.provenance != Provenance::User && parameter.source.empty()) {
        object.report("source", "a number without a source", "say where it can be checked");
    }
    if (printable(parameter.source, parameter.source.size() + 1) != parameter.source) {
        object.report("source", "control characters in a text", "write plain text on one line");
    }
    return parameter;
}

Parameter readOptionalParameter(JsonObject& object, const char* key, const Words& units)
{
    return object.has(key) ? readParameter(object.object(key), units) : Parameter{};
}

Core readCore(JsonObject object)
{
    Core core;
    core.name = object.text("name");
    core.isa = object.text("isa");
    core.fpu = object.flag("fpu", false);
    core.dsp = object.flag("dsp", false);
    core.mve = object.flag("mve", false);
    object.refuseOthers();
    return core;
}

Reach readReach(JsonObject& object, const char* key)
{
    return object.has(key) ? static_cast<Reach>(object.word(key, kReaches)) : Reach::ReadWrite;
}

Bank readBank(JsonObject object)
{
    Bank bank;
    bank.id = object.text("id");
    bank.name = object.text("name", bank.id);
    bank.kind = static_cast<BankKind>(object.word("kind", kBankKinds));
    bank.base = object.address("base");
    bank.capacity = Bytes(object.integer("size_bytes", {1, kAddressSpace}));
    bank.alignment = Bytes(object.integer("alignment_bytes", {1, 4096}, 8));
    bank.readOnlyAtRunTime = object.flag("read_only_at_run_time", false);
    bank.verified = object.flag("verified", true);
    bank.note = object.text("note", "");
    bank.powerGroup = object.text("power_group", "");
    bank.cpu = readReach(object, "cpu_access");
    bank.dma = readReach(object, "dma_access");
    for (const CostKey& cost : kCosts) {
        bank.*cost.member = readOptionalParameter(object, cost.key, {cost.unit});
    }
    object.refuseOthers();
    return bank;
}

Transport readTransport(JsonObject object)
{
    Transport transport;
    transport.qemuProgram = object.text("qemu_program", "");
    transport.machine = object.text("machine", "");
    transport.qemuArguments = object.texts("qemu_arguments");
    transport.flashCommand = object.texts("flash_command");
    transport.baud = static_cast<int>(object.integer("baud", {300, 12'000'000}, 115'200));
    transport.usbIds = object.texts("usb_ids");
    object.refuseOthers();
    return transport;
}

Toolchain readToolchain(JsonObject object)
{
    Toolchain toolchain;
    toolchain.prefix = object.text("prefix");
    toolchain.cpuFlags = object.texts("cpu_flags");
    toolchain.startup = kStartups[object.word("startup", kStartups)];
    if (object.has("uart")) {
        toolchain.uart = kUarts[object.word("uart", kUarts)];
    }
    if (object.has("uart_base")) {
        toolchain.uartBase = object.address("uart_base");
    }
    toolchain.uartClockHz =
        static_cast<std::uint32_t>(object.integer("uart_clock_hz", {0, 4'000'000'000}, 0));
    object.refuseOthers();
    return toolchain;
}

BankId readRole(JsonObject& object, const char* key, const std::vector<Bank>& banks)
{
    const std::string id = object.text(key);
    Words known;
    for (std::size_t i = 0; i < banks.size(); ++i) {
        if (banks[i].id == id) {
            return BankId(i);
        }
        known.push_back(printable(banks[i].id));
    }
    object.report(key, "no bank \"" + printable(id) + "\" on this board",
                  "name one of its banks: " + joinNames(known));
    return {};
}

Board readBoard(JsonObject object)
{
    Board board;
    object.has("$schema"); // for editors
    object.word("format", {"tidemark-board"});
    object.integer("version", {kVersion, kVersion});
    board.id = object.text("id");
    board.name = object.text("name");
    board.description = object.text("description", "");
    board.core = readCore(object.object("core"));
    board.isVirtual = object.flag("virtual", false);
    board.virtualTwin = object.text("virtual_twin", "");
    for (const JsonObject& clock : object.objects("clocks", kMostClocks)) {
        board.clocksMhz.push_back(readParameter(clock, {"MHz"}));
    }
    board.activePower = readOptionalParameter(object, "active_power", {"uA/MHz", "pJ/cycle"});
    board.cyclesPerInstruction =
        readOptionalParameter(object, "cycles_per_instruction", {"cycles"});
    board.supplyVoltage = readOptionalParameter(object, "supply_voltage", {"V"});
    for (const JsonObject& bank : object.objects("banks", kMostBanks)) {
        board.banks.push_back(readBank(bank));
    }
    board.codeBank = readRole(object, "code_bank", board.banks);
    board.defaultRam = readRole(object, "default_ram", board.banks);
    board.defaultConstants = readRole(object, "default_constants", board.banks);
    board.stackReserve = Bytes(object.integer("stack_reserve_bytes", {0, kAddressSpace}));
    board.inputByDma = object.has("input_by") && object.word("input_by", kInputMasters) == 1;
    if (object.has("transport")) {
        board.transport = readTransport(object.object("transport"));
    }
    if (object.has("toolchain")) {
        board.toolchain = readToolchain(object.object("toolchain"));
    }
    board.sources = object.texts("sources");
    object.refuseOthers();
    return board;
}

// ---- writing

std::string addressText(std::uint64_t address)
{
    std::array<char, 24> digits{};
    std::snprintf(digits.data(), digits.size(), "0x%08" PRIx64, address);
    return digits.data();
}

nlohmann::json parameterToJson(const Parameter& parameter)
{
    nlohmann::json json;
    json["value"] = parameter.value ? nlohmann::json(*parameter.value) : nlohmann::json();
    json["unit"] = parameter.unit;
    json["provenance"] = toString(parameter.provenance);
    json["source"] = parameter.source;
    return json;
}

/// A parameter the file left out is left out again: it has no unit.
void addParameter(nlohmann::json& json, const char* key, const Parameter& parameter)
{
    if (!parameter.unit.empty()) {
        json[key] = parameterToJson(parameter);
    }
}

nlohmann::json bankToJson(const Bank& bank)
{
    nlohmann::json json{{"id", bank.id},
                        {"name", bank.name},
                        {"kind", kBankKinds[static_cast<std::size_t>(bank.kind)]},
                        {"base", addressText(bank.base)},
                        {"size_bytes", bank.capacity.count()},
                        {"alignment_bytes", bank.alignment.count()},
                        {"read_only_at_run_time", bank.readOnlyAtRunTime},
                        {"verified", bank.verified},
                        {"note", bank.note},
                        {"cpu_access", kReaches[static_cast<std::size_t>(bank.cpu)]},
                        {"dma_access", kReaches[static_cast<std::size_t>(bank.dma)]}};
    if (!bank.powerGroup.empty()) {
        json["power_group"] = bank.powerGroup;
    }
    for (const CostKey& cost : kCosts) {
        addParameter(json, cost.key, bank.*cost.member);
    }
    return json;
}

nlohmann::json transportToJson(const Transport& transport)
{
    return {{"qemu_program", transport.qemuProgram},
            {"machine", transport.machine},
            {"qemu_arguments", transport.qemuArguments},
            {"flash_command", transport.flashCommand},
            {"baud", transport.baud},
            {"usb_ids", transport.usbIds}};
}

nlohmann::json toolchainToJson(const Toolchain& toolchain)
{
    return {{"prefix", toolchain.prefix},
            {"cpu_flags", toolchain.cpuFlags},
            {"startup", toolchain.startup},
            {"uart", toolchain.uart},
            {"uart_base", addressText(toolchain.uartBase)},
            {"uart_clock_hz", toolchain.uartClockHz}};
}

// ---- finding

Words idsOf(const std::vector<Board>& boards)
{
    Words ids;
    for (const Board& board : boards) {
        ids.push_back(board.id);
    }
    return ids;
}

Diagnostic unknownBoard(const std::string& id, const std::vector<Board>& boards)
{
    const Words ids = idsOf(boards);
    const Words near = nearNames(id, ids);
    const std::string guess = near.empty() ? "" : "did you mean " + joinNames(near) + "? ";
    return {ErrorKind::Usage, "unknown board \"" + printable(id) + "\"", "",
            guess + "the boards are " + joinNames(ids) + "; a board file ends in .json"};
}

/// The board files of a folder, sorted by name.
Result<std::vector<std::filesystem::path>> boardFiles(const std::filesystem::path& directory)
{
    std::vector<std::filesystem::path> files;
    std::error_code error;
    std::filesystem::directory_iterator it(directory, error);
    for (; !error && it != std::filesystem::directory_iterator(); it.increment(error)) {
        if (it->path().extension() == ".json") {
            files.push_back(it->path());
        }
    }
    if (error) {
        return Diagnostic{ErrorKind::Environment, "the board descriptions cannot be read",
                          printable(directory.string(), 400), error.message()};
    }
    std::sort(files.begin(), files.end());
    return files;
}

} // namespace

Result<Board> parseBoard(const std::string& json, const std::string& where)
{
    const Result<nlohmann::json> document = parseJson(json, where);
    if (!document) {
        return document.error();
    }
    JsonProblem problem(where);
    Board board = readBoard({*document, "", problem});
    if (!problem.first()) {
        checkBoard(board, problem);
    }
    if (problem.first()) {
        return *problem.first();
    }
    return board;
}

Result<Board> readBoardFile(const std::filesystem::path& path)
{
    const Result<std::string> text = readFile(path, kLargestFile);
    if (!text) {
        return text.error();
    }
    return parseBoard(*text, path.string());
}

Result<std::vector<Board>> readBoards(const std::filesystem::path& directory)
{
    const Result<std::vector<std::filesystem::path>> files = boardFiles(directory);
    if (!files) {
        return files.error();
    }
    std::vector<Board> boards;
    for (const std::filesystem::path& file : *files) {
        Result<Board> board = readBoardFile(file);
        if (!board) {
            return board.error();
        }
        for (const Board& other : boards) {
            if (equalIgnoringCase(other.id, board->id)) {
                return Diagnostic{ErrorKind::BadInput, "a second board \"" + board->id + "\"",
                                  printable(file.string(), 400) + ", id", "rename one of them"};
            }
        }
        boards.push_back(*std::move(board));
    }
    std::sort(boards.begin(), boards.end(),
              [](const Board& a, const Board& b) { return a.id < b.id; });
    return boards;
}

Result<Board> findBoard(const std::string& idOrFile, const std::filesystem::path& directory)
{
    if (idOrFile.find('/') != std::string::npos || idOrFile.ends_with(".json")) {
        std::error_code error;
        if (!std::filesystem::exists(idOrFile, error)) {
            return Diagnostic{ErrorKind::Usage, "no such board file", printable(idOrFile, 400),
                              "check the path, or give the id of a board"};
        }
        return readBoardFile(idOrFile);
    }
    Result<std::vector<Board>> boards = readBoards(directory);
    if (!boards) {
        return boards.error();
    }
    for (Board& board : *boards) {
        if (equalIgnoringCase(board.id, idOrFile)) { // ids differ by more than case
            return std::move(board);
        }
    }
    return unknownBoard(idOrFile, *boards);
}

nlohmann::json boardToJson(const Board& board)
{
    nlohmann::json json{{"format", "tidemark-board"},
                        {"version", kVersion},
                        {"id", board.id},
                        {"name", board.name},
                        {"description", board.description},
                        {"core",
                         {{"name", board.core.name},
                          {"isa", board.core.isa},
                          {"fpu", board.core.fpu},
                          {"dsp", board.core.dsp},
                          {"mve", board.core.mve}}},
                        {"virtual", board.isVirtual},
                        {"virtual_twin", board.virtualTwin},
                        {"clocks", nlohmann::json::array()},
                        {"banks", nlohmann::json::array()},
                        {"code_bank", board[board.codeBank].id},
                        {"default_ram", board[board.defaultRam].id},
                        {"default_constants", board[board.defaultConstants].id},
                        {"stack_reserve_bytes", board.stackReserve.count()},
                        {"input_by", kInputMasters[board.inputByDma ? 1 : 0]},
                        {"sources", board.sources}};
    for (const Parameter& clock : board.clocksMhz) {
        json["clocks"].push_back(parameterToJson(clock));
    }
    addParameter(json, "active_power", board.activePower);
    addParameter(json, "cycles_per_instruction", board.cyclesPerInstruction);
    addParameter(json, "supply_voltage", board.supplyVoltage);
    for (const Bank& bank : board.banks) {
        json["banks"].push_back(bankToJson(bank));
    }
    if (board.transport) {
        json["transport"] = transportToJson(*board.transport);
    }
    if (board.toolchain) {
        json["toolchain"] = toolchainToJson(*board.toolchain);
    }
    return json;
}

std::string_view toString(Provenance provenance)
{
    return kProvenances[static_cast<std::size_t>(provenance)];
}

} // namespace tidemark

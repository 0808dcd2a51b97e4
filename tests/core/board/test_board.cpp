// SPDX-License-Identifier: Apache-2.0
#include "core/board/board_file.h"

#include "core/io/file.h"
#include "tests/core/io/mutator.h"

#include <QtTest>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>

using namespace tidemark;
using nlohmann::json;

namespace {

const std::filesystem::path kBoards = TIDEMARK_SOURCE_DIR "/resources/boards";
const std::filesystem::path kSchema = TIDEMARK_SOURCE_DIR "/resources/schemas/board.schema.json";

/// Smallest board there is.
json smallBoard()
{
    return json::parse(R"({
        "format": "tidemark-board", "version": 1, "id": "tiny", "name": "Tiny",
        "core": {"name": "Core", "isa": "rv32imac"},
        "banks": [
            {"id": "RAM", "kind": "sram", "base": "0x20000000", "size_bytes": 4096},
            {"id": "ROM", "kind": "flash", "base": "0x0", "size_bytes": 65536,
             "read_only_at_run_time": true}],
        "code_bank": "ROM", "default_ram": "RAM", "default_constants": "ROM",
        "stack_reserve_bytes": 512})");
}

/// Every optional key there is.
json fullBoard()
{
    json board = smallBoard();
    const auto parameter = [](const char* unit) {
        return json{{"value", 2.5}, {"unit", unit}, {"provenance", "datasheet"}, {"source", "s"}};
    };
    board["description"] = "A board.";
    board["virtual"] = false;
    board["virtual_twin"] = "twin";
    board["clocks"] = json::array({parameter("MHz")});
    board["active_power"] = parameter("pJ/cycle");
    board["cycles_per_instruction"] = parameter("cycles");
    board["supply_voltage"] = parameter("V");
    json& bank = board["banks"][0];
    bank["name"] = "Memory";
    bank["alignment_bytes"] = 16;
    bank["read_only_at_run_time"] = false;
    bank["verified"] = false;
    bank["note"] = "A note.";
    bank["read_cycles"] = bank["write_cycles"] = parameter("cycles");
    bank["read_energy"] = bank["write_energy"] = parameter("pJ/byte");
    bank["leakage"] = parameter("uW");
    bank["power_group"] = "G1";
    bank["cpu_access"] = bank["dma_access"] = "read_write";
    board["banks"][1].update({{"cpu_access", "read"}, {"dma_access", "none"}});
    board["input_by"] = "dma";
    board["core"].update({{"fpu", true}, {"dsp", true}, {"mve", true}});
    board["transport"] = {{"qemu_program", ""},
                          {"machine", ""},
                          {"qemu_arguments", json::array()},
                          {"flash_command", {"flasher", "{elf}"}},
                          {"baud", 9600},
                          {"usb_ids", {"0403:6010"}}};
    board["toolchain"] = {{"prefix", "cc-"},  {"cpu_flags", {"-mcpu=x"}}, {"startup", "riscv"},
                          {"uart", "sifive"}, {"uart_base", "0x10"},      {"uart_clock_hz", 1000}};
    board["sources"] = {"a manual"};
    return board;
}

std::string errorOf(const json& board)
{
    const Result<Board> read = parseBoard(board.dump(), "x.json");
    return read ? "" : read.error().text();
}

QString message(const Diagnostic& error)
{
    return QString::fromStdString(error.text());
}

json loadJson(const std::filesystem::path& path)
{
    std::ifstream stream(path);
    return json::parse(stream);
}

std::vector<Board> builtInBoards()
{
    const Result<std::vector<Board>> boards = readBoards(kBoards);
    return boards ? *boards : std::vector<Board>{};
}

Board builtIn(const std::string& id)
{
    Result<Board> board = findBoard(id, kBoards);
    return board ? *board : Board{};
}

/// Everything `part` says, `whole` says as well.
bool isPartOf(const json& part, const json& whole)
{
    if (part.is_object() && whole.is_object()) {
        return std::all_of(part.items().begin(), part.items().end(), [&](const auto& item) {
            return whole.contains(item.key()) && isPartOf(item.value(), whole[item.key()]);
        });
    }
    return part.is_array() && whole.is_array()
               ? std::equal(part.begin(), part.end(), whole.begin(), whole.end(), isPartOf)
               : part == whole;
}

} // namespace

class TestBoard : public QObject {
    Q_OBJECT

private slots:
    void builtInBoardsAreThere();
    void builtInBoardsRoundTrip();
    void builtInBoardsTellWhatIsKnown();
    void lenetFitsWhereItShould();
    void twinsHaveTheSameCore();
    void everyKeyRoundTrips();
    void leftOutCostStaysLeftOut();
    void schemaAndReaderAgree();
    void refusals_data();
    void refusals();
    void refusedFiles();
    void findsBoards();
    void findsBanks();
    void clashingIdsInAFolder();
    void exampleOfTheManualIsValid();
    void mutationsNeverCrash();
};

void TestBoard::builtInBoardsAreThere()
{
    const Result<std::vector<Board>> boards = readBoards(kBoards);
    QVERIFY2(bool(boards), boards ? "" : qPrintable(message(boards.error())));
    std::vector<std::string> ids;
    for (const Board& board : *boards) {
        ids.push_back(board.id);
    }
    const std::vector<std::string> expected{"apollo4p_evb",    "hifive1",         "qemu_mps2_an386",
                                            "qemu_mps2_an500", "qemu_mps2_an505", "qemu_mps3_an547",
                                            "qemu_sifive_e"};
    QCOMPARE(ids, expected);
}

void TestBoard::builtInBoardsRoundTrip()
{
    for (const Board& board : builtInBoards()) {
        const json first = boardToJson(board);
        const Result<Board> again = parseBoard(first.dump(), board.id);
        QVERIFY2(bool(again), again ? "" : qPrintable(message(again.error())));
        QVERIFY(boardToJson(*again) == first);
        json file = loadJson(kBoards / (board.id + ".json"));
        file.erase("$schema"); // only editors read it
        QVERIFY2(isPartOf(file, first), board.id.c_str());
    }
}

void TestBoard::builtInBoardsTellWhatIsKnown()
{
    for (const Board& board : builtInBoards()) {
        QVERIFY(!board.sources.empty());
        QVERIFY(board.transport && board.toolchain);
        QVERIFY(board[board.defaultConstants].readOnlyAtRunTime);
        QVERIFY(board[board.codeBank].readOnlyAtRunTime);
        for (const Bank& bank : board.banks) {
            for (const Parameter* cost : {&bank.readCycles, &bank.writeCycles, &bank.readEnergy,
                                          &bank.writeEnergy, &bank.leakage}) {
                QVERIFY(!cost->unit.empty());
                QVERIFY(!board.isVirtual || !cost->value); // QEMU has no cycles and no power
                QVERIFY(!cost->source.empty());
            }
        }
    }
    const Board apollo = builtIn("apollo4p_evb");
    QCOMPARE(apollo.activePower.value.value(), 17.2);
    QVERIFY(apollo.activePower.provenance == Provenance::Datasheet);
    for (const Bank& bank : apollo.banks) { // nobody published one, and it says so
        for (const Parameter* cost : {&bank.readCycles, &bank.readEnergy, &bank.leakage}) {
            QVERIFY(cost->provenance == Provenance::Illustrative);
            QVERIFY(cost->source.find("nobody measured it") != std::string::npos);
        }
    }
    QVERIFY(!apollo[*apollo.findBank("SSRAM_GRP1")].verified);
    QVERIFY(!apollo[*apollo.findBank("EXT_RAM")].verified);
    QVERIFY(!builtIn("hifive1")[*apollo.findBank("MRAM")].leakage.value);
}

void TestBoard::lenetFitsWhereItShould()
{
    const Bytes arena{11256}, parameters{246824}; // LeNet-5, technique `fused`
    for (const Board& board : builtInBoards()) {
        const bool sixteenKilobytes = board.core.isa == "rv32imac";
        QCOMPARE(board.stackReserve.count(), sixteenKilobytes ? 1024 : 2048);
        QVERIFY(arena + board.stackReserve <= board[board.defaultRam].capacity);
        QVERIFY(parameters <= board[board.defaultConstants].capacity);
        QCOMPARE(board[board.defaultRam].capacity < Bytes(36472), sixteenKilobytes);
    }
}

void TestBoard::twinsHaveTheSameCore()
{
    QCOMPARE(builtIn("hifive1").virtualTwin, std::string("qemu_sifive_e"));
    QCOMPARE(builtIn("apollo4p_evb").virtualTwin, std::string("qemu_mps2_an386"));
    for (const char* id : {"hifive1", "apollo4p_evb"}) {
        const Board board = builtIn(id);
        const Board twin = builtIn(board.virtualTwin);
        QVERIFY(twin.isVirtual);
        QCOMPARE(twin.core.name, board.core.name);
        QCOMPARE(twin.core.isa, board.core.isa);
        QCOMPARE(twin.toolchain->cpuFlags, board.toolchain->cpuFlags);
    }
}

void TestBoard::everyKeyRoundTrips()
{
    const Result<Board> board = parseBoard(fullBoard().dump(), "x.json");
    QVERIFY2(bool(board), board ? "" : qPrintable(message(board.error())));
    json expected = fullBoard();
    expected["toolchain"]["uart_base"] = "0x00000010";
    expected["banks"][1] = boardToJson(*board)["banks"][1];
    expected["banks"][1]["base"] = "0x00000000";
    QCOMPARE(boardToJson(*board).dump(2), expected.dump(2));
}

void TestBoard::leftOutCostStaysLeftOut()
{
    const Result<Board> board = parseBoard(smallBoard().dump(), "x.json");
    QVERIFY(bool(board));
    QVERIFY(board->banks[0].readCycles.unit.empty());
    QVERIFY(board->banks[0].readCycles.provenance == Provenance::Unknown);
    QVERIFY(!boardToJson(*board)["banks"][0].contains("read_cycles"));
    QVERIFY(bool(parseBoard(boardToJson(*board).dump(), "x.json")));
}

/// Every object of the schema: its keys are the reader's keys, its required ones are the reader's
/// required ones, and a further key is refused.
void TestBoard::schemaAndReaderAgree()
{
    const json schema = loadJson(kSchema);
    const json& defs = schema["$defs"];
    const std::vector<std::pair<json::json_pointer, json>> objects{
        {json::json_pointer(""), schema},
        {json::json_pointer("/core"), defs["core"]},
        {json::json_pointer("/clocks/0"), defs["parameter"]},
        {json::json_pointer("/banks/0"), defs["bank"]},
        {json::json_pointer("/transport"), defs["transport"]},
        {json::json_pointer("/toolchain"), defs["toolchain"]}};
    for (const auto& [where, description] : objects) {
        const json full = fullBoard();
        const std::string at = where.to_string();
        const auto required = description.value("required", std::set<std::string>());
        std::set<std::string> keys;
        for (const auto& [key, value] : full[where].items()) {
            keys.insert(key);
            const bool isRequired = required.contains(key);
            json without = full;
            without[where].erase(key);
            // The two keys of a UART and the flash command need each other, not themselves.
            if (key != "uart" && key != "uart_base" && key != "flash_command" && key != "source") {
                QVERIFY2(errorOf(without).empty() != isRequired, (at + " without " + key).c_str());
            }
        }
        for (const auto& [key, value] : description["properties"].items()) {
            QVERIFY2(key == "$schema" || keys.contains(key), (at + " lacks " + key).c_str());
        }
        QCOMPARE(description["additionalProperties"], json(false));
        json more = full;
        more[where]["zzz"] = 1;
        QVERIFY(errorOf(more).find("unknown key \"zzz\"") != std::string::npos);
    }
    const json kinds = defs["bank"]["properties"]["kind"]["enum"];
    QCOMPARE(kinds.size(), std::size_t{6});
    for (const json& kind : kinds) {
        json board = smallBoard();
        board["banks"][0]["kind"] = kind;
        QCOMPARE(errorOf(board), std::string());
    }
}

void TestBoard::refusals_data()
{
    QTest::addColumn<QString>("patch"); // RFC 6902, on fullBoard()
    QTest::addColumn<QString>("where");
    QTest::addColumn<QString>("what");
    const auto row = [](const char* path, const char* value, const char* where, const char* what) {
        const QString patch = QStringLiteral(R"([{"op": "add", "path": "%1", "value": %2}])");
        QTest::addRow("%s %.40s", path, value) << patch.arg(path, value) << where << what;
    };
    row("/bansk", "1", "x.json)", "unknown key");
    row("/format", "\"other\"", "format", "unknown format");
    row("/version", "2", "version", "whole number");
    row("/version", "1.5", "version", "whole number");
    row("/id", "\"a b\"", "id", "not a board id");
    row("/id", "7", "id", "not a text");
    row("/name", "\"\"", "name", "empty");
    row("/name", "\"\\u001b[2J\"", "name", "control characters");
    row("/core", "[]", "core", "not a JSON object");
    row("/core/fpu", "1", "core.fpu", "yes or no");
    row("/core/isa", "\"$(x)\"", "core.isa", "instruction set");
    row("/banks", "[]", "code_bank", "no bank");
    row("/banks", "{}", "banks", "not a list");
    row("/banks/-", R"({"id": "rom", "kind": "sram", "base": "0x30000000", "size_bytes": 4})",
        "banks[1].id", "two banks are called \"ROM\"");
    row("/banks/0/id", "\"rom\"", "default_ram", "no bank \"RAM\"");
    row("/banks/1/id", "\"1ROM\"", "code_bank", "no bank");
    row("/banks/0/kind", "\"dram\"", "banks[0].kind", "unknown kind \"dram\"");
    row("/banks/0/base", "536870912", "banks[0].base", "not a text");
    row("/banks/0/base", "\"20000000\"", "banks[0].base", "not an address");
    row("/banks/0/base", "\"0x123456789\"", "banks[0].base", "not an address");
    row("/banks/0/base", "\"0x12g4\"", "banks[0].base", "not an address");
    row("/banks/0/base", "\"0x\"", "banks[0].base", "not an address");
    row("/banks/0/base", "\"0x-1\"", "banks[0].base", "not an address");
    row("/banks/0/base", "\"0x8000\"", "banks)", "banks ROM and RAM overlap");
    row("/banks/0/base", "\"0x00000000\"", "banks)", "overlap");
    row("/banks/0/base", "\"0xfffff010\"", "banks[0].size_bytes", "beyond 32 bits");
    row("/banks/0/size_bytes", "0", "banks[0].size_bytes", "whole number");
    row("/banks/0/size_bytes", "-4096", "banks[0].size_bytes", "whole number");
    row("/banks/0/size_bytes", "4096.0", "banks[0].size_bytes", "whole number");
    row("/banks/0/size_bytes", "18446744073709551615", "banks[0].size_bytes", "whole number");
    row("/banks/0/size_bytes", "\"4K\"", "banks[0].size_bytes", "whole number");
    row("/banks/0/alignment_bytes", "12", "banks[0].alignment_bytes", "power of two");
    row("/banks/0/alignment_bytes", "0", "banks[0].alignment_bytes", "whole number");
    row("/banks/0/note", "\"a\\nb\"", "banks[0].note", "control characters");
    row("/banks/0/read_cycles", "2", "banks[0].read_cycles", "not a JSON object");
    row("/banks/0/read_cycles/unit", "\"ns\"", "banks[0].read_cycles.unit", "unknown unit");
    row("/banks/0/leakage/value", "null", "banks[0].leakage.provenance", "contradict");
    row("/banks/0/leakage/value", "-1", "banks[0].leakage.value", "0 or more");
    row("/banks/0/leakage/value", "\"1\"", "banks[0].leakage.value", "0 or more");
    row("/banks/0/leakage/provenance", "\"unknown\"", "banks[0].leakage.provenance", "contradict");
    row("/banks/0/leakage/provenance", "\"guess\"", "banks[0].leakage.provenance", "unknown prov");
    row("/banks/0/leakage/source", "\"\"", "banks[0].leakage.source", "without a source");
    row("/banks/0/leakage", R"({"value": 1, "provenance": "user"})", "banks[0].leakage",
        "is missing");
    row("/banks/0/cpu_access", "\"read\"", "default_ram", "cannot read and write bank RAM");
    row("/banks/0/cpu_access", "\"all\"", "banks[0].cpu_access", "unknown cpu_access");
    row("/banks/1/cpu_access", "\"none\"", "code_bank", "cannot read");
    row("/banks/0/dma_access", "\"read\"", "input_by", "both the core and a DMA can write");
    row("/input_by", "\"usb\"", "input_by", "unknown input_by");
    row("/clocks/0/value", "0", "clocks", "0 MHz");
    row("/clocks/0/unit", "\"GHz\"", "clocks[0].unit", "unknown unit");
    row("/code_bank", "\"FLASH\"", "code_bank", "no bank \"FLASH\"");
    row("/default_ram", "\"ROM\"", "default_ram", "cannot be written");
    row("/default_ram", "\"ram\"", "default_ram", "no bank");
    row("/stack_reserve_bytes", "4097", "stack_reserve_bytes", "larger than the bank");
    row("/stack_reserve_bytes", "-1", "stack_reserve_bytes", "whole number");
    row("/virtual", "true", "virtual_twin", "has no twin");
    row("/virtual_twin", "\"../x\"", "virtual_twin", "not a board id");
    row("/transport", "{}", "transport", "neither or both");
    row("/transport/machine", "\"virt\"", "transport", "neither or both");
    row("/transport/flash_command", "[\"\"]", "transport.flash_command[0]", "empty");
    row("/transport/flash_command", "[1]", "transport.flash_command", "list of texts");
    row("/transport/flash_command", "\"sh\"", "transport.flash_command", "list of texts");
    row("/transport/baud", "0", "transport.baud", "whole number");
    row("/transport/usb_ids", "[\"0403\"]", "transport.usb_ids", "not a USB id");
    row("/transport/usb_ids", "[\"0403:60100\"]", "transport.usb_ids", "not a USB id");
    row("/toolchain/prefix", "\"a; rm -r \"", "toolchain.prefix", "compiler prefix");
    row("/toolchain/cpu_flags", "[\"-fplugin=x.so\"]", "toolchain.cpu_flags[0]", "machine flag");
    row("/toolchain/cpu_flags", "[\"-m$(shell x)\"]", "toolchain.cpu_flags[0]", "machine flag");
    row("/toolchain/startup", "\"avr\"", "toolchain.startup", "unknown startup");
    row("/toolchain/uart", "\"\"", "toolchain)", "without the other");
    row("/sources", "[\"\\u0000\"]", "sources[0]", "control characters");
}

void TestBoard::refusals()
{
    QFETCH(QString, patch);
    QFETCH(QString, where);
    QFETCH(QString, what);
    const json broken = fullBoard().patch(json::parse(patch.toStdString()));
    const Result<Board> board = parseBoard(broken.dump(), "x.json");
    QVERIFY(!board);
    QVERIFY(board.error().kind == ErrorKind::BadInput);
    const QString text = message(board.error());
    QVERIFY2(text.contains(what) && text.contains(where) && text.contains("(x.json"),
             qPrintable(text));
    QVERIFY(!board.error().mend.empty());
}

void TestBoard::refusedFiles()
{
    QVERIFY(!parseBoard("", "x"));
    QVERIFY(!parseBoard("[]", "x"));
    QVERIFY(!parseBoard("null", "x"));
    QVERIFY(!parseBoard("{\"id\": \"\xff\"}", "x"));
    QVERIFY(!parseBoard(fullBoard().dump().substr(0, 300), "x"));
    QVERIFY(!parseBoard(std::string(100000, '['), "x"));
    const Result<Board> twice = parseBoard(R"({"id": "a", "id": "b"})", "x");
    QVERIFY(!twice && message(twice.error()).contains("appears twice"));

    QTemporaryDir folder;
    const std::filesystem::path directory = folder.path().toStdString();
    QVERIFY(!readBoardFile(directory));
    QVERIFY(!readBoardFile(directory / "missing.json"));
    std::ofstream(directory / "huge.json") << fullBoard().dump() << std::string(1 << 20, ' ');
    const Result<Board> huge = readBoardFile(directory / "huge.json");
    QVERIFY(!huge && message(huge.error()).contains("too large"));

    const Result<std::vector<Board>> all = readBoards(directory);
    QVERIFY(!all && message(all.error()).contains("huge.json"));
    QVERIFY(!readBoards(directory / "nowhere"));
}

void TestBoard::findsBoards()
{
    QCOMPARE(builtIn("hifive1").id, std::string("hifive1"));
    QCOMPARE(builtIn("HiFive1").id, std::string("hifive1"));
    const Result<Board> file = findBoard((kBoards / "hifive1.json").string(), "/nowhere");
    QVERIFY(file && file->id == "hifive1");

    const Result<Board> typo = findBoard("apolo4p_evb", kBoards);
    QVERIFY(!typo && typo.error().kind == ErrorKind::Usage);
    QVERIFY(message(typo.error()).contains("did you mean apollo4p_evb?"));
    QVERIFY(message(typo.error()).contains("qemu_sifive_e"));
    const Result<Board> stem = findBoard("apollo", kBoards);
    QVERIFY(!stem && message(stem.error()).contains("did you mean apollo4p_evb?"));
    const Result<Board> strange = findBoard("\x1b[2J", kBoards);
    QVERIFY(!strange && !message(strange.error()).contains('\x1b'));
    QVERIFY(!message(strange.error()).contains("did you mean"));
    for (const char* missing : {"no/such", "missing.json", "", "board?"}) {
        const Result<Board> board = findBoard(missing, kBoards);
        QVERIFY(!board && board.error().kind == ErrorKind::Usage);
    }
}

void TestBoard::findsBanks()
{
    const Board board = builtIn("apollo4p_evb");
    QCOMPARE(board[board.findBank("SSRAM").value()].id, std::string("SSRAM"));
    QCOMPARE(board[board.findBank("ssram_grp1").value()].id, std::string("SSRAM_GRP1"));
    QVERIFY(!board.findBank("SSRAM2"));
    QVERIFY(!board.findBank(""));

    Board mixed;
    mixed.banks.resize(2);
    mixed.banks[0].id = "tcm";
    mixed.banks[1].id = "TCM";
    QCOMPARE(mixed.findBank("TCM")->index(), std::size_t{1}); // exact goes before any case
    QCOMPARE(mixed.findBank("Tcm")->index(), std::size_t{0});
}

void TestBoard::clashingIdsInAFolder()
{
    QTemporaryDir folder;
    const std::filesystem::path directory = folder.path().toStdString();
    json board = smallBoard();
    std::ofstream(directory / "a.json") << board.dump();
    std::ofstream(directory / "notes.txt") << "not a board";
    QVERIFY(bool(readBoards(directory)));
    board["id"] = "TINY";
    std::ofstream(directory / "b.json") << board.dump();
    const Result<std::vector<Board>> boards = readBoards(directory);
    QVERIFY(!boards && message(boards.error()).contains("b.json"));
}

void TestBoard::exampleOfTheManualIsValid()
{
    const Result<std::string> page =
        readFile(TIDEMARK_SOURCE_DIR "/docs/boards.md", Bytes(1 << 20));
    QVERIFY(bool(page));
    const std::string fence = "```jsonc\n";
    const std::size_t begin = page->find(fence);
    const std::size_t end = page->find("```", begin + fence.size());
    QVERIFY(begin != std::string::npos && end != std::string::npos);
    const std::string example = page->substr(begin + fence.size(), end - begin - fence.size());
    const json plain = json::parse(example, nullptr, true, true); // without its comments
    const Result<Board> board = parseBoard(plain.dump(), "docs/boards.md");
    QVERIFY2(bool(board), board ? "" : qPrintable(message(board.error())));
    QCOMPARE(board->banks.size(), std::size_t{2});
}

/// Whatever a file holds: a board that round trips, or an error that says where and what to do.
void TestBoard::mutationsNeverCrash()
{
    std::vector<std::string> seeds{fullBoard().dump(), smallBoard().dump(1)};
    for (const Board& board : builtInBoards()) {
        seeds.push_back(boardToJson(board).dump());
    }
    Mutator mutator(20240501);
    int accepted = 0, refused = 0;
    for (int i = 0; i < 800; ++i) {
        const std::string& seed = seeds[static_cast<std::size_t>(i) % seeds.size()];
        const std::string mutant =
            i % 2 == 0 ? mutator.mutateText(seed) : mutator.mutateValues(json::parse(seed)).dump();
        const Result<Board> board = parseBoard(mutant, "x.json");
        if (board) {
            ++accepted;
            const json written = boardToJson(*board);
            const Result<Board> again = parseBoard(written.dump(), "x.json");
            QVERIFY2(again && boardToJson(*again) == written, mutant.c_str());
        } else {
            ++refused;
            QVERIFY(board.error().where.starts_with("x.json") && !board.error().mend.empty());
        }
    }
    QVERIFY(accepted > 20 && refused > 200); // both ways were gone
}

QTEST_GUILESS_MAIN(TestBoard)
#include "test_board.moc"

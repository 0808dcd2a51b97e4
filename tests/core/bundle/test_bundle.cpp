// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "bundle_tools.h"
#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/bundle/c_text.h"
#include "core/bundle/memory_layout.h"
#include "core/bundle/schedule_text.h"
#include "core/bundle/server_bytes.h"
#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/io/file.h"
#include "core/io/sha256.h"
#include "core/lower/lower.h"
#include "core/schedule/driver_form.h"
#include "hand_made.h"
#include "operator_networks.h"
#include "tests/core/cost/training_networks.h"

#include <cstdlib>
#include <cstring>

using namespace tidemark;
using namespace tidemark::handmade;
using namespace tidemark::bundletools;

namespace {

/// Two rows of the last stage as soon as the first stage has made theirs, over and over.
void interleave(Plan& plan)
{
    Schedule& schedule = plan.schedule;
    std::vector<Event> first, second;
    for (const Event& event : schedule.events) {
        (event.stage.index() == 0 ? first : second).push_back(event);
    }
    schedule.events.clear();
    std::size_t done = 0;
    for (const Event& event : second) {
        for (; done < std::min<std::size_t>(first.size(), 2 * (event.row + 1)); ++done) {
            schedule.events.push_back(first[done]);
        }
        schedule.events.push_back(event);
    }
    schedule.stageEvents = {schedule.whole(), schedule.whole()};
    for (Buffer& buffer : plan.buffers) {
        buffer.residency = schedule.whole();
    }
}

/// Tensors and constants of odd sizes, biases in words.
std::shared_ptr<const Network> oddNetwork()
{
    return std::make_shared<const Network>(
        sideBySide({operatorNetwork("fully connected", DataType::Int8, 1),
                    operatorNetwork("prelu", DataType::Int8, 2)}));
}

/// PReLU with three slopes beside its neighbours in the networks that costs are fitted to.
std::shared_ptr<const Network> slopeNetwork()
{
    return std::make_shared<const Network>(test::joined(
        {test::trainingNetwork(DataType::Int8, 390), test::trainingNetwork(DataType::Int8, 391),
         test::trainingNetwork(DataType::Int8, 392)}));
}

std::shared_ptr<const Network> keywordNetwork()
{
    const auto model = importModel(TIDEMARK_SOURCE_DIR "/tests/golden/mlperf_tiny/kws_int8.tflite");
    return std::make_shared<const Network>(*lower(*model));
}

PlanPtr planOf(const std::shared_ptr<const Network>& network, const Constraints& constraints)
{
    const auto board = findBoard("qemu_mps2_an386", TIDEMARK_SOURCE_DIR "/resources/boards");
    const auto made = plan(network, std::make_shared<const Board>(*board), constraints);
    return made ? *made : nullptr;
}

constexpr const char* kHostile = "*/ int evil; /* \\\n#error x ?"
                                 "?/ $(shell false) `id` \"'; // \xff";

} // namespace

class TestBundle : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }

    void textsAreMadeHarmless()
    {
        QCOMPARE(commentText("conv 1 (3 x 3)"), std::string("conv 1 (3 x 3)"));
        QCOMPARE(commentText("a*/b\\\n?"
                             "?/c"),
                 std::string("a__b_____c"));
        QCOMPARE(protocolName("a b]\r\n"), std::string("a_b___"));
        QCOMPARE(protocolName(""), std::string("model"));
        QCOMPARE(hexConstant(0x4000), std::string("0x00004000"));
        for (const float value : {0.0F, -0.0F, 1.0F, -0.1F, 3.4e38F, 1e-45F, 12345.678F}) {
            const std::string text = floatConstant(value);
            const float back = std::strtof(text.c_str(), nullptr);
            QVERIFY2(std::memcmp(&back, &value, sizeof value) == 0, text.c_str());
            QVERIFY(text.ends_with("f"));
        }
        QCOMPARE(floatConstant(-INFINITY), std::string("-TM_INFINITY"));
        QCOMPARE(floatConstant(NAN), std::string("TM_NAN"));
    }

    void marksAreFilled()
    {
        QCOMPARE(filled("@a@ $@ @b@@a@ x@y", {{"a", "1"}, {"b", "@a@"}}),
                 std::string("1 $@ @a@1 x@y"));
    }

    void schedulesBecomeLoops()
    {
        const auto rows = [](std::initializer_list<std::pair<std::size_t, std::int64_t>> events) {
            std::vector<Step> steps;
            for (const auto& [stage, row] : events) {
                steps.push_back({stage, row});
            }
            return scheduleText(callLoops(steps), "");
        };
        QCOMPARE(rows({{0, 0}, {0, 1}, {1, 0}}),
                 std::string("TM_ANNOUNCE(0);\ntm_stage_0(0, 2);\n"
                             "TM_ANNOUNCE(1);\ntm_stage_1(0, 1);\n"));
        QCOMPARE(rows({{0, 0},
                       {0, 1},
                       {0, 2},
                       {1, 0},
                       {0, 3},
                       {0, 4},
                       {1, 1},
                       {0, 5},
                       {0, 6},
                       {1, 2},
                       {0, 7},
                       {0, 8},
                       {1, 3}}),
                 std::string("TM_ANNOUNCE(0);\ntm_stage_0(0, 3);\n"
                             "for (int32_t i = 0; i < 3; ++i) {\n"
                             "    TM_ANNOUNCE(1);\n    tm_stage_1(0 + 1 * i, 1);\n"
                             "    TM_ANNOUNCE(0);\n    tm_stage_0(3 + 2 * i, 2);\n"
                             "}\n"
                             "TM_ANNOUNCE(1);\ntm_stage_1(3, 1);\n"));
    }

    void sectionsCoverThePlannedBytes()
    {
        const auto network = lenet5();
        auto plan = handPlan(network, plainBoard(), Packing::Shared);
        auto layout = MemoryLayout::of(*plan);
        QVERIFY(layout);
        QCOMPARE(layout->sections().size(), std::size_t{2});
        QCOMPARE(layout->sections()[0].name(), std::string(".tm_weights.FLASH"));
        QCOMPARE(layout->sections()[0].bytes().count(), 246824);
        QCOMPARE(layout->sections()[1].name(), std::string(".tm_arena.RAM"));
        QCOMPARE(layout->sections()[1].bytes().count(), 8800);
        QCOMPARE(layout->sections()[1].alignment.count(), 8);

        // A constant above the arena, with a gap: the gap is the arena's, for C aligns structs.
        const std::size_t constant = network->values.size();
        plan->placements[constant] = {BankId(1), Bytes(8900), true};
        layout = MemoryLayout::of(*plan);
        QVERIFY(layout);
        const auto ram = layout->inBank(BankId(1));
        QCOMPARE(ram.size(), std::size_t{2});
        QCOMPARE(ram[0]->bytes().count(), 8900);
        QCOMPARE((ram[0]->bytes() + ram[1]->bytes()).count(),
                 8900 + plan->buffers[constant].bytes.count());

        // Constants between activations cannot be loaded.
        plan->placements[constant] = {BankId(1), Bytes(4), true};
        const auto refused = MemoryLayout::of(*plan);
        QVERIFY(!refused);
        QVERIFY(refused.error().where.find("RAM") != std::string::npos);
    }

    void manifestTellsEverything()
    {
        const PlanPtr plan = lenetPlan("qemu_mps2_an386");
        const auto summary = writeBundle(*plan, folder());
        QVERIFY2(summary, summary ? "" : summary.error().text().c_str());
        const auto manifest = manifestIn(folder());
        QCOMPARE(manifest["format"], "tidemark-bundle");
        QCOMPARE(manifest["version"], 1);
        QCOMPARE(manifest["hash"].get<std::string>(), summary->hash);
        QCOMPARE(manifest["board"], "qemu_mps2_an386");
        QCOMPARE(manifest["technique"], "liveness");
        QCOMPARE(manifest["elf"], "build/firmware.elf");
        QCOMPARE(manifest["compiler"], "arm-none-eabi-gcc");
        QCOMPARE(manifest["keeps_input"], true);
        QCOMPARE(manifest["input"]["bytes"], 4096);
        QCOMPARE(manifest["input"]["rows"], 32);
        QCOMPARE(manifest["output"]["channels"], 10);
        QCOMPARE(manifest["stages"].size(), std::size_t{5});
        QCOMPARE(manifest["stages"][4]["symbol"], "tm_stage_4");
        QCOMPARE(manifest["plan"]["activation_bytes"], 8800);
        QVERIFY(!manifest["plan"].contains("timing"));
        std::int64_t planned = 0;
        for (const auto& section : manifest["sections"]) {
            planned += section["planned_bytes"].get<std::int64_t>();
        }
        QCOMPARE(planned, 246824 + 8800);
        const Files files = filesIn(folder());
        QCOMPARE(files.size(), manifest["files"].size() + 1);
        for (const auto& file : manifest["files"]) {
            const std::string& content = files.at(file["path"]);
            QCOMPARE(file["sha256"].get<std::string>(),
                     sha256Hex(std::as_bytes(std::span(content))));
        }
        QVERIFY(files.at("bundle_hash.h").find(summary->hash) != std::string::npos);
        // LeNet-5 has neither a lone max-pool nor a lone clamp.
        QVERIFY(files.count("kernels/tm_conv_f32.h") == 1 &&
                files.count("kernels/tm_fc_f32.h") == 1);
        QVERIFY(files.count("kernels/tm_maxpool_f32.h") == 0);
        QVERIFY(files.count("device/tm_startup_riscv.c") == 0);
        for (const auto& [path, content] : files) {
            QVERIFY2(content.find(TIDEMARK_SOURCE_DIR) == std::string::npos, path.c_str());
            static const QRegularExpression mark("@[A-Za-z0-9]+@"); // left by filled()
            QVERIFY2(!QString::fromStdString(content).contains(mark), path.c_str());
        }
    }

    void sameInputSameBytes()
    {
        const BundleOptions zip{false, true};
        const fs::path one = folder() / "one" / "bundle";
        const fs::path two = folder() / "two" / "bundle";
        QVERIFY(writeBundle(*lenetPlan("qemu_sifive_e"), one, zip));
        QVERIFY(writeBundle(*lenetPlan("qemu_sifive_e"), two, zip));
        QVERIFY(filesIn(one) == filesIn(two));
        const auto zipOne = readFile(folder() / "one" / "bundle.zip", Bytes(1 << 26));
        const auto zipTwo = readFile(folder() / "two" / "bundle.zip", Bytes(1 << 26));
        QVERIFY(zipOne && zipTwo && *zipOne == *zipTwo);
        if (hasProgram("unzip")) {
            QCOMPARE(runIn(folder(), "unzip", {"-q", "one/bundle.zip", "-d", "out"}).code, 0);
            QVERIFY(filesIn(folder() / "out" / "bundle") == filesIn(one));
        }
    }

    void anotherWeightIsAnotherBundle()
    {
        const auto a = writeBundle(*handPlan(NetworkBuilder(4, 4, 1, 1).fullyConnected(3).finish(),
                                             plainBoard(), Packing::Shared),
                                   folder() / "a", {true, false});
        const auto b = writeBundle(*handPlan(NetworkBuilder(4, 4, 1, 2).fullyConnected(3).finish(),
                                             plainBoard(), Packing::Shared),
                                   folder() / "b", {true, false});
        QVERIFY(a && b);
        QVERIFY(a->hash != b->hash);
    }

    void replacesAnEarlierBundleOnly()
    {
        const auto tiny = handPlan(NetworkBuilder(4, 4, 1, 1).fullyConnected(3).finish(),
                                   plainBoard(), Packing::Shared);
        const BundleOptions library{true, false};
        QVERIFY(writeBundle(*lenetPlan("qemu_mps2_an386"), folder()));
        fs::create_directories(folder() / "build");
        QVERIFY(writeFileAtomically(folder() / "build" / "old.o", "x"));
        QVERIFY(writeBundle(*tiny, folder(), library));
        Files files = filesIn(folder());
        QVERIFY(files.count("main.c") == 0 && files.count("kernels/tm_conv_f32.h") == 0);
        QVERIFY(files.count("build/old.o") == 1);

        QVERIFY(writeFileAtomically(folder() / "notes.txt", "mine"));
        const auto refused = writeBundle(*tiny, folder(), library);
        QVERIFY(!refused);
        QVERIFY(refused.error().text().find("notes.txt") != std::string::npos);
        QCOMPARE(refused.error().kind, ErrorKind::Environment);

        const fs::path other = folder() / "other";
        fs::create_directories(other / "build");
        QVERIFY(writeFileAtomically(other / "build" / "precious", "mine"));
        QVERIFY(!writeBundle(*tiny, other, library));

        const fs::path link = folder() / "link";
        QVERIFY(writeBundle(*tiny, link, library));
        fs::remove(link / "model.c");
        fs::create_symlink(folder() / "notes.txt", link / "model.c");
        QVERIFY(!writeBundle(*tiny, link, library));
        QCOMPARE(*readFile(folder() / "notes.txt", Bytes(10)), std::string("mine"));
    }

    void rewritingTheSameLeavesFilesAlone()
    {
        const PlanPtr plan = lenetPlan("qemu_mps2_an386");
        QVERIFY(writeBundle(*plan, folder()));
        const auto before = fs::last_write_time(folder() / "model.c");
        fs::last_write_time(folder() / "model.c", before - std::chrono::hours(1));
        QVERIFY(writeBundle(*plan, folder()));
        QVERIFY(fs::last_write_time(folder() / "model.c") == before - std::chrono::hours(1));
    }

    void refusesWhatCannotRun_data()
    {
        QTest::addColumn<int>("fault");
        QTest::addColumn<QString>("word");
        QTest::newRow("does not fit") << 0 << "over by";
        QTest::newRow("plan only") << 1 << "com.example.Odd";
        QTest::newRow("no weights") << 2 << "w0";
        QTest::newRow("no toolchain") << 3 << "toolchain";
        QTest::newRow("no driver") << 4 << "serial port";
        QTest::newRow("no output") << 5 << "computes nothing";
        QTest::newRow("broken plan") << 6 << "share bytes";
    }
    void refusesWhatCannotRun()
    {
        QFETCH(int, fault);
        QFETCH(QString, word);
        NetworkBuilder builder(4, 4, 1, 1);
        auto network =
            (fault == 1 ? builder.planOnly("com.example.Odd") : builder.fullyConnected(3)).finish();
        auto board = plainBoard();
        if (fault == 2) {
            network->constants[0].data = {};
        }
        if (fault == 4) {
            board->toolchain = Toolchain{"arm-none-eabi-", {}, "cortex-m", "", 0, 0};
        }
        auto plan = handPlan(network, board, Packing::Disjoint);
        if (fault == 0) {
            plan->fits = false;
            plan->conflicts.push_back({"RAM is over by 8 B", BankId(1), Bytes(8), {}, {}});
        }
        if (fault == 5) {
            network->outputs.clear();
        }
        if (fault == 6) {
            plan->placements[1] = plan->placements[0];
            refreshFigures(*plan);
        }
        const auto bundle =
            writeBundle(*plan, folder() / "bundle", {fault < 3 || fault > 4, false});
        QVERIFY(!bundle);
        QVERIFY2(bundle.error().text().find(word.toStdString()) != std::string::npos,
                 bundle.error().text().c_str());
        QVERIFY(!fs::exists(folder() / "bundle"));
    }

    void libraryGivesTheSameBits()
    {
        for (unsigned seed = 1; seed <= 8; ++seed) {
            const auto network = randomNetwork(seed);
            const auto plan = handPlan(network, plainBoard(), Packing::Shared);
            const fs::path directory = folder() / std::to_string(seed);
            const auto bundle = writeBundle(*plan, directory, {true, false});
            QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
            const auto inputs = randomInputs(*network, seed);
            const QByteArray output = builtAndRun(directory, wholeProgram(*network), inputs,
                                                  {seed % 2 == 0 ? "-O2" : "-O0"});
            QVERIFY(!output.isEmpty());
            QCOMPARE(output, unplanned(*network, inputs));
        }
    }

    void interleavedStagesGiveTheSameBits()
    {
        const auto network =
            NetworkBuilder(20, 6, 3, 9).conv(4, square(3)).maxPool(square(2, 2)).finish();
        auto plan = handPlan(network, plainBoard(), Packing::Disjoint);
        interleave(*plan);
        const auto bundle = writeBundle(*plan, folder(), {true, false});
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        QVERIFY(readFile(folder() / "model.c", Bytes(1 << 20))->find("for (int32_t i = 0; i < 9") !=
                std::string::npos);
        const auto inputs = randomInputs(*network, 3);
        QCOMPARE(builtAndRun(folder(), wholeProgram(*network), inputs, {"-O2"}),
                 unplanned(*network, inputs));
    }

    /// Constants in three banks, one of them behind a gap; odd values.
    void anyBankAndAnyValue()
    {
        const auto network = lenet5();
        std::vector<std::byte> strange(6 * 4);
        const float values[]{NAN, -INFINITY, 1e-45F, -0.0F, 3.4e38F, 0.5F};
        std::memcpy(strange.data(), values, sizeof values);
        auto plan = handPlan(network, plainBoard(), Packing::Shared);
        const std::size_t constant = network->values.size();
        plan->placements[constant] = {BankId(1), Bytes(8804), true};
        plan->placements[constant + 1] = {BankId(2), Bytes(4), true};
        plan->placements[2] = {BankId(2), Bytes(1000), true};
        network->constants[1].data = ConstantData(strange); // conv1's bias
        refreshFigures(*plan);
        const auto bundle = writeBundle(*plan, folder(), {true, false});
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        QCOMPARE(manifestIn(folder())["sections"].size(), std::size_t{5});
        const auto inputs = randomInputs(*network, 3);
        QCOMPARE(builtAndRun(folder(), wholeProgram(*network), inputs, {"-O2"}),
                 unplanned(*network, inputs));
    }

    void namesFromTheModelAreHarmless()
    {
        const auto network = lenet5();
        network->modelName = kHostile;
        for (auto& value : network->values) {
            value.name = kHostile;
        }
        for (auto& constant : network->constants) {
            constant.name = kHostile;
        }
        for (auto& stage : network->stages) {
            stage.name = kHostile;
        }
        auto board = plainBoard();
        board->name = kHostile;
        auto plan = handPlan(network, board, Packing::Shared);
        for (auto& buffer : plan->buffers) {
            buffer.name = kHostile;
        }
        const auto bundle = writeBundle(*plan, folder(), {true, true});
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        for (const auto& [path, content] : filesIn(folder())) {
            if (path == "manifest.json") {
                QVERIFY(!nlohmann::json::parse(content, nullptr, false).is_discarded());
            } else {
                QVERIFY2(content.find("/* \\") == std::string::npos &&
                             content.find("$(shell") == std::string::npos &&
                             content.find("?"
                                          "?/") == std::string::npos,
                         path.c_str());
            }
        }
        const auto inputs = randomInputs(*network, 3);
        QCOMPARE(builtAndRun(folder(), wholeProgram(*network), inputs, {"-O2"}),
                 unplanned(*network, inputs));
        QCOMPARE(runIn(folder(), "make", {"-s"}).code, 0);
    }

    void linkedSectionsAreThePlannedOnes_data()
    {
        QTest::addColumn<QString>("board");
        QTest::addColumn<QString>("tools");
        QTest::addColumn<QString>("pins");
        for (const char* board :
             {"qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505", "qemu_mps3_an547"}) {
            QTest::newRow(board) << board << "arm-none-eabi-"
                                 << "";
        }
        QTest::newRow("qemu_sifive_e") << "qemu_sifive_e"
                                       << "riscv64-unknown-elf-"
                                       << "";
        QTest::newRow("constants in RAM")
            << "qemu_mps2_an386"
            << "arm-none-eabi-"
            << "conv1.weights=SSRAM23 fc1.weights=PSRAM conv1=PSRAM fc1=BLOCKRAM";
        QTest::newRow("constants in DTIM") << "qemu_sifive_e"
                                           << "riscv64-unknown-elf-"
                                           << "conv1.weights=DTIM conv1.bias=DTIM";
    }
    void linkedSectionsAreThePlannedOnes()
    {
        QFETCH(QString, board);
        QFETCH(QString, tools);
        QFETCH(QString, pins);
        if (!hasProgram(tools + "gcc") || !hasProgram("make")) {
            QSKIP("no cross compiler here");
        }
        Constraints constraints;
        for (const QString& pin : pins.split(' ', Qt::SkipEmptyParts)) {
            constraints.pins.push_back(*parsePin(pin.toStdString()));
        }
        const PlanPtr plan = lenetPlan(board.toStdString(), constraints);
        QVERIFY(plan && plan->fits);
        QVERIFY(writeBundle(*plan, folder()));
        const Outcome made = runIn(folder(), "make", {"-s", "-j2"});
        QVERIFY2(made.code == 0 && made.output.isEmpty(), made.output.constData());
        const auto sizes = sectionSizes(folder(), tools + "size");
        checkLinked(*plan, sizes);
        // The server keeps to what the planner counts for it, and the count is no waste.
        const std::int64_t server = sizes.at(".bss") + sizes.at(".data");
        QVERIFY(server <= plan->serverBytes.count());
        QVERIFY(plan->serverBytes.count() - server < 256);
    }

    /// Constants of odd sizes, and arenas that end anywhere: no byte is padded that is not planned.
    void oddSizesAreLinkedAsPlanned_data()
    {
        QTest::addColumn<QString>("where");
        for (const char* where :
             {"constants in flash", "constants above the arena", "constants below the arena",
              "keywords by rows in one bank", "a slope of three bytes between others"}) {
            QTest::newRow(where) << where;
        }
    }
    void oddSizesAreLinkedAsPlanned()
    {
        QFETCH(QString, where);
        if (!hasProgram("arm-none-eabi-gcc") || !hasProgram("make")) {
            QSKIP("no cross compiler here");
        }
        const bool keywords = where.startsWith("keywords");
        const bool slope = where.startsWith("a slope");
        const auto network = keywords ? keywordNetwork() : slope ? slopeNetwork() : oddNetwork();
        const BankId flash(0);
        Constraints constraints;
        PlanPtr plan = planOf(network, constraints);
        const std::int64_t constants = plan->banks[flash.index()].planned.count();
        QVERIFY(keywords || slope || constants % 4 != 0);
        for (std::size_t i = 0; i < plan->buffers.size() && where != "constants in flash"; ++i) {
            const Buffer& buffer = plan->buffers[i];
            Pin pin{buffer.name, "PSRAM", std::nullopt};
            if (where == "constants below the arena") {
                const Bytes offset = plan->placements[i].offset;
                pin.offset = buffer.isConstant() ? offset : offset + Bytes(constants);
            }
            constraints.pins.push_back(pin);
        }
        constraints.technique = keywords ? Technique::Rows : Technique::Liveness;
        plan = planOf(network, constraints);
        QVERIFY(plan && plan->fits);
        const auto bundle = writeBundle(*plan, folder());
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        const Outcome made = runIn(folder(), "make", {"-s", "-j2"});
        QVERIFY2(made.code == 0 && made.output.isEmpty(), made.output.constData());
        checkLinked(*plan, sectionSizes(folder(), "arm-none-eabi-size"));
    }

    /// The schedule's table is a buffer like any other constant, but in a section of its own.
    void tablesAreLinkedAsPlanned_data()
    {
        QTest::addColumn<QString>("bank");
        QTest::addColumn<int>("offset");
        QTest::newRow("above the constants") << "" << -1;
        QTest::newRow("below the constants") << "SSRAM1" << 0;
        QTest::newRow("copied into RAM") << "BLOCKRAM" << -1;
        QTest::newRow("above the arena") << "SSRAM23" << 24000;
    }
    void tablesAreLinkedAsPlanned()
    {
        QFETCH(QString, bank);
        QFETCH(int, offset);
        if (!hasProgram("arm-none-eabi-gcc") || !hasProgram("make")) {
            QSKIP("no cross compiler here");
        }
        const PlanPtr plan = planOf(keywordNetwork(), tablePinned(bank, offset));
        QVERIFY(plan && plan->fits);
        const auto table = plan->findBuffer(std::string(kScheduleTable));
        QVERIFY(table);
        const Placement& placement = plan->placement(*table);
        QCOMPARE(placement.pinned, !bank.isEmpty());
        QVERIFY(offset < 0 || placement.offset == Bytes(offset));
        const std::string bankId = (*plan->board)[placement.bank].id;
        QVERIFY(bank.isEmpty() || bankId == bank.toStdString());
        Bytes weights; // of the model alone
        for (const Constant& constant : plan->network->constants) {
            weights += constant.bytes();
        }
        QCOMPARE(plan->weightBytes, weights);
        const auto bundle = writeBundle(*plan, folder());
        QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
        QCOMPARE(manifestIn(folder())["driver"]["table_bytes"], (*plan)[*table].bytes.count());
        const Outcome made = runIn(folder(), "make", {"-s", "-j2"});
        QVERIFY2(made.code == 0 && made.output.isEmpty(), made.output.constData());
        const auto sizes = sectionSizes(folder(), "arm-none-eabi-size");
        checkLinked(*plan, sizes);
        QVERIFY(sizes.at(".tm_tables." + bankId) >= (*plan)[*table].bytes.count());
    }

    void aTableBetweenConstantsIsRefused()
    {
        const PlanPtr plan = planOf(keywordNetwork(), tablePinned("SSRAM1", 4096));
        QVERIFY(plan && plan->fits);
        const auto refused = writeBundle(*plan, folder());
        QVERIFY(!refused);
        QCOMPARE(refused.error().text(),
                 std::string("tables lie between constants, which are one section of the program "
                             "(bank SSRAM1): pin them below or above the 29,100 B of the "
                             "constants"));
    }

    void cmakeBuildsTheSameProgram()
    {
        if (!hasProgram("riscv64-unknown-elf-gcc") || !hasProgram("make")) {
            QSKIP("no cross compiler here");
        }
        QVERIFY(writeBundle(*lenetPlan("qemu_sifive_e"), folder()));
        QCOMPARE(runIn(folder(), "make", {"-s"}).code, 0);
        const auto byMake = sectionSizes(folder(), "riscv64-unknown-elf-size");
        QCOMPARE(runIn(folder(), "make", {"-s", "clean"}).code, 0);
        const Outcome configured = runIn(folder(), "cmake", {"-B", "build", "-Wno-dev"});
        QVERIFY2(configured.code == 0, configured.output.constData());
        const Outcome built = runIn(folder(), "cmake", {"--build", "build"});
        QVERIFY2(built.code == 0 && !built.output.contains("warning"), built.output.constData());
        const auto byCmake = sectionSizes(folder(), "riscv64-unknown-elf-size");
        QCOMPARE(byCmake.at(".text"), byMake.at(".text"));
        QCOMPARE(byCmake.at(".tm_arena.DTIM"), std::int64_t{8800});
    }

    void makeSaysWhatIsMissing()
    {
        QVERIFY(writeBundle(*lenetPlan("qemu_mps2_an386"), folder()));
        const Outcome missing = runIn(folder(), "make", {"-s", "CROSS=no-such-compiler-"});
        QVERIFY(missing.code != 0);
        QVERIFY2(missing.output.contains("install the cross compiler"), missing.output.constData());
    }

    void serverBytesCountTheCopy()
    {
        const auto network = lenet5();
        QCOMPARE((serverBytes(*network, true) - serverBytes(*network, false)).count(), 4096);
    }

private:
    fs::path folder() const { return fs::path(m_folder->path().toStdString()) / "bundle"; }

    /// A rows plan with its schedule's table in a bank, at an offset unless that is negative.
    static Constraints tablePinned(const QString& bank, int offset)
    {
        Constraints constraints;
        constraints.technique = Technique::Rows;
        if (!bank.isEmpty()) {
            constraints.pins.push_back({std::string(kScheduleTable), bank.toStdString(),
                                        offset < 0 ? std::nullopt : std::optional(Bytes(offset))});
        }
        return constraints;
    }

    /// Every linked section, and their sum in every bank, is what was planned.
    void checkLinked(const Plan& plan, const std::map<std::string, std::int64_t>& sizes) const
    {
        std::map<std::string, std::int64_t> perBank;
        const auto manifest = manifestIn(folder());
        for (const auto& section : manifest["sections"]) {
            const std::string name = section["name"];
            QCOMPARE(sizes.at(name), section["planned_bytes"].get<std::int64_t>());
            perBank[section["bank"].get<std::string>()] += sizes.at(name);
        }
        for (std::size_t b = 0; b < plan.banks.size(); ++b) {
            QCOMPARE(perBank[plan.board->banks[b].id], plan.banks[b].planned.count());
        }
    }

    std::unique_ptr<QTemporaryDir> m_folder;
};

QTEST_GUILESS_MAIN(TestBundle)
#include "test_bundle.moc"

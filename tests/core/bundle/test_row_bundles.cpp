// SPDX-License-Identifier: Apache-2.0
// Bundles of plans by rows: the driver in both its forms, rings, accumulators, streamed input.
#include "bundle_tools.h" // first: moc 6.4 stumbles over <compare> otherwise

#include "core/bundle/bundle.h"
#include "core/bundle/driver_text.h"
#include "core/execute/execute.h"
#include "core/execute/kernel_call.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan_json.h"
#include "core/project/project.h"
#include "operator_networks.h"
#include "tests/core/place/fixtures.h"
#include "tests/support/soak.h"

using namespace tidemark;
using namespace tidemark::bundletools;

namespace {

PlanPtr planned(const std::shared_ptr<const Network>& network, Technique technique,
                RingForm rings = RingForm::Windows)
{
    Constraints constraints;
    constraints.technique = technique;
    constraints.rings = rings;
    const auto made = plan(network, test::board(1 << 20, 1 << 20, 1 << 22), constraints);
    return made ? *made : nullptr;
}

BundleOptions library(bool rowTables = false)
{
    BundleOptions options;
    options.library = true;
    options.rowTables = rowTables;
    return options;
}

QByteArray withoutTiming(nlohmann::ordered_json plan)
{
    plan.erase("timing");
    return QByteArray::fromStdString(plan.dump());
}

std::string programFor(const Plan& plan)
{
    return plan.techniqueApplied == Technique::Stream ? streamedProgram()
                                                      : wholeProgram(*plan.network);
}

/// A chain of two stages of four rows each.
std::shared_ptr<const Network> twoStages()
{
    auto network = std::make_shared<Network>();
    for (const char* name : {"x", "a", "b"}) {
        Value value;
        value.name = name;
        value.rows = 4;
        network->values.push_back(value);
    }
    for (std::size_t s = 0; s < 2; ++s) {
        Stage stage;
        stage.name = "s" + std::to_string(s);
        stage.op = ClampOp{};
        stage.inputs = {ValueId(s)};
        stage.outputs = {ValueId(s + 1)};
        network->stages.push_back(stage);
    }
    network->inputs = {ValueId(0)};
    network->outputs = {ValueId(2)};
    return network;
}

/// "i", "0", "1": an input row arrives, a stage makes its next row.
Schedule scheduleOf(const Network& network, const std::string& turns)
{
    std::vector<Event> events;
    std::map<char, std::int64_t> next;
    for (const char turn : turns) {
        const bool arrives = turn == 'i';
        events.push_back({arrives ? EventKind::InputRow : EventKind::Row,
                          StageId(arrives ? 0 : static_cast<std::size_t>(turn - '0')),
                          next[turn]++});
    }
    return tidemark::scheduleOf(network, std::move(events));
}

/// What follows `begin` in a text, up to `end`.
std::string between(const std::string& text, const std::string& begin, const std::string& end)
{
    const std::size_t from = text.find(begin);
    const std::size_t to = from == std::string::npos ? from : text.find(end, from);
    return to == std::string::npos ? "" : text.substr(from, to - from);
}

} // namespace

class TestRowBundles : public QObject {
    Q_OBJECT

private slots:
    void init() { m_folder = std::make_unique<QTemporaryDir>(); }
    void cleanup() { QCOMPARE(std::exchange(m_failures, 0), 0); }

    void theSmallerDriverIsTaken()
    {
        const auto network = twoStages();
        const auto apart = Driver::of(*network, scheduleOf(*network, "00001111"));
        QVERIFY(apart && !apart->usesTable() && !apart->streams());
        QCOMPARE(apart->tableBytes().count(), 0);
        QCOMPARE(apart->calls(StageId(0)), std::int64_t{1});
        const std::string loops = apart->text("", "");
        QVERIFY(loops.find("    TM_ANNOUNCE(0);\n    tm_stage_0(0, 4);\n"
                           "    TM_ANNOUNCE(1);\n    tm_stage_1(0, 4);\n"
                           "    tm_run_end();\n    TM_ANNOUNCE(TM_STAGES);\n") !=
                std::string::npos);
        QVERIFY(
            loops.find("/* The schedule as loops: about 56 bytes of flash, as a table about ") !=
            std::string::npos);

        // Irregular turns make long code; a table has a byte for each.
        std::string irregular;
        std::mt19937 random(5);
        for (int i = 0; i < 60; ++i) {
            irregular += random() % 2 == 0 ? "0" : "1";
        }
        const auto mixed = Driver::of(*network, scheduleOf(*network, irregular));
        QVERIFY(mixed && mixed->usesTable());
        QCOMPARE(mixed->calls(StageId(0)) + mixed->calls(StageId(1)), std::int64_t{60});
        QVERIFY(mixed->text("", "table").find("/* The schedule as a table: about ") !=
                std::string::npos);
    }

    void aStreamedDriverIsATable()
    {
        const auto network = twoStages();
        const auto driver = Driver::of(*network, scheduleOf(*network, "i0i01i01i01i01i01i011"));
        QVERIFY(driver && driver->usesTable() && driver->streams());
        // {i,0}, then {i,0,1} six times, then the last turn: three loops, six turns.
        // The addresses of two stages before them, whole words.
        QCOMPARE(driver->tableBytes().count(), (2 * 4 + 3 * 4 + 6 + 3) / 4 * 4);
        const std::string text = driver->text("(arena + 8) + row", "tables.it");
        QCOMPARE(between(text, "#define LOOPS", "\n/* How far"),
                 std::string("#define LOOPS 3\n#define SCHEDULE tables.it\n"));
        QCOMPARE(driver->tableType(" "),
                 std::string("struct {\n     void (*stages[2])(int32_t first, int32_t rows);\n"
                             "     struct {\n         uint16_t times, turns;\n     } loops[3];\n"
                             "     uint8_t turns[6];\n }"));
        QCOMPARE(driver->tableValues(""),
                 std::string(".stages = {\n    tm_stage_0, tm_stage_1,\n},\n"
                             ".loops = {\n    {1, 2}, {6, 3}, {1, 1},\n},\n"
                             ".turns = {\n    2, 0, 2, 0, 1, 1,\n},\n"));
        QVERIFY(text.find("    return (arena + 8) + row;\n") != std::string::npos);
    }

    /// A table cannot say which row it is; loops can. Streams need a table.
    void rowsOutOfOrder()
    {
        const auto network = twoStages();
        Schedule schedule = scheduleOf(*network, "01010101");
        std::swap(schedule.events[0].row, schedule.events[2].row);
        const auto loops = Driver::of(*network, schedule);
        QVERIFY(loops && !loops->usesTable());
        schedule = scheduleOf(*network, "i0i0i0i01111");
        std::swap(schedule.events[0].row, schedule.events[2].row);
        const auto refused = Driver::of(*network, schedule);
        QVERIFY(!refused);
        QVERIFY(refused.error().text().find("order") != std::string::npos);
    }

    /// The steps of a stage that takes its input row by row: the rows, then the output.
    void stepsOfGatheringStages()
    {
        const auto network = twoStages();
        std::vector<Event> events;
        for (std::int64_t row = 0; row < 4; ++row) {
            events.push_back({EventKind::Row, StageId(0), row});
            events.push_back({EventKind::Accumulate, StageId(1), row});
        }
        events.push_back({EventKind::Row, StageId(1), 0});
        const auto steps = stepsOf(*network, tidemark::scheduleOf(*network, events));
        QCOMPARE(steps.size(), std::size_t{9});
        QVERIFY(steps[7] == (Step{1, 3}) && steps[8] == (Step{1, 4}));
    }

    void publishedNetworks_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("LeNet-5") << 0;
        QTest::newRow("ResNet-8") << 1;
        QTest::newRow("keyword spotting") << 2;
    }
    void publishedNetworks()
    {
        QFETCH(int, which);
        using Make = std::shared_ptr<const Network> (*)(DataType);
        const std::vector<Make> makers{test::lenet5, test::resNet8, test::keywordNet};
        std::mt19937 random(7);
        const auto network =
            test::withWeights(*makers[static_cast<std::size_t>(which)](DataType::Float32), random);
        for (const Technique technique : {Technique::Rows, Technique::Stream}) {
            checkBits(network, technique, false, random);
            checkBits(network, technique, true, random);
            checkBits(network, technique, false, random, RingForm::Rows);
        }
    }

    /// Rows at addresses of their own come out of one table for each tensor, which the manifest
    /// counts: 2 bytes a row, 4 beyond 64 KB.
    void rowsApartHaveTables()
    {
        const auto made =
            importModel(TIDEMARK_SOURCE_DIR "/tests/golden/mlperf_tiny/ic_int8.tflite");
        QVERIFY(made);
        const auto network = std::make_shared<const Network>(*lower(*made));
        const PlanPtr plan = planned(network, Technique::Rows, RingForm::Rows);
        QVERIFY(writeBundle(*plan, folder(), library()));
        const std::string text = filesIn(folder()).at("weights.h");
        std::int64_t bytes = 0;
        for (const Buffer& buffer : plan->buffers) {
            if (buffer.hasRowsApart()) {
                const std::string table = "uint16_t rows_of_" +
                                          std::to_string(buffer.value->index()) + "[" +
                                          std::to_string(buffer.rowOffsets.size()) + "]";
                QVERIFY2(text.find(table) != std::string::npos, table.c_str());
                bytes += 2 * static_cast<std::int64_t>(buffer.rowOffsets.size());
            }
        }
        QVERIFY(bytes > 0);
        bytes = (bytes + 3) / 4 * 4;
        QCOMPARE(plan->rowTableBytes().count(), bytes);
        QCOMPARE((*plan)[*plan->findBuffer("row tables")].bytes.count(), bytes);
        const auto manifest = manifestIn(folder());
        QCOMPARE(manifest["driver"]["row_table_bytes"].get<std::int64_t>(), bytes);
        QVERIFY(manifest["driver"]["table_bytes"].get<std::int64_t>() >= bytes);
        QCOMPARE(manifest["plan"]["row_table_bytes"].get<std::int64_t>(), bytes);
        Buffer far = *std::ranges::find_if(plan->buffers, &Buffer::hasRowsApart);
        QCOMPARE(far.rowTableBytes().count(), 2 * static_cast<int>(far.rowOffsets.size()));
        far.bytes = far.rowBytes + Bytes(0x10000);
        QCOMPARE(far.rowTableBytes().count(), 4 * static_cast<int>(far.rowOffsets.size()));
    }

    void randomNetworks()
    {
        std::mt19937 random(19);
        std::map<Technique, int> applied;
        for (int round = 0; round < test::soakRounds(6); ++round) {
            const auto network = test::withWeights(
                *test::randomRunnable(random, 2 + static_cast<int>(random() % 8)), random);
            for (const Technique technique :
                 {Technique::Overlap, Technique::Rows, Technique::Stream}) {
                if (technique == Technique::Stream && network->inputs.size() > 1) {
                    refusesStream(network);
                    continue;
                }
                ++applied[checkBits(network, technique, round % 2 == 1, random,
                                    round % 3 == 0 ? RingForm::Windows : RingForm::Rows)];
            }
        }
        QVERIFY(applied[Technique::Overlap] + applied[Technique::Rows] > 0);
        QVERIFY(applied[Technique::Stream] > 0);
    }

    /// The driver hands a kernel the scratch that was planned for it.
    void scratchIsHandedOver()
    {
        const auto network = std::make_shared<const Network>(handmade::sideBySide(
            {handmade::operatorNetwork("softmax", DataType::Int8, 4),
             handmade::operatorNetwork("softmax", DataType::Int8, 5, handmade::Extents::Odd)}));
        for (const Technique technique : {Technique::Liveness, Technique::Rows}) {
            Constraints constraints;
            constraints.technique = technique;
            const PlanPtr plan = *tidemark::plan(network, test::board(1 << 20, 1 << 20, 1 << 22),
                                                 constraints, {}, {}, kernelScratch);
            QVERIFY(plan->fits && plan->scratchBytes > Bytes(0));
            const fs::path directory = folder() / std::to_string(m_count++);
            const auto bundle = writeBundle(*plan, directory, library());
            QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
            const std::string text = filesIn(directory).at("model.c");
            QCOMPARE(text.find(".scratch = NULL"), std::string::npos);
            QVERIFY(text.find(".scratch = (void*)") != std::string::npos);
            const Arrays inputs = handmade::operatorInputs(*network, 9);
            QCOMPARE(builtAndRun(directory, wholeProgram(*network), inputs,
                                 {"-O1", "-fsanitize=undefined", "-fno-sanitize-recover"}),
                     unplanned(*network, inputs));
        }
    }

    /// Every rung, with pins too: what comes back from a project file is the plan that was saved,
    /// runs with dead bytes poisoned, and exports to the same bundle.
    void savedPlansRunBitForBit()
    {
        for (const Technique technique : allTechniques()) {
            for (const std::string& pins :
                 {std::string(), std::string("conv1=PSRAM image=BLOCKRAM")}) {
                Project project;
                project.model = TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx";
                project.modelSha256 = std::string(64, '0');
                project.board = "qemu_mps2_an386";
                project.constraints.technique = technique;
                for (const QString& pin :
                     QString::fromStdString(pins).split(' ', Qt::SkipEmptyParts)) {
                    project.constraints.pins.push_back(*parsePin(pin.toStdString()));
                }
                const PlanPtr before = lenetPlan(project.board, project.constraints);
                QVERIFY(before && before->fits);
                project.plan = planToJson(*before);
                const fs::path file = fs::path(m_folder->path().toStdString()) / "p.tidemark";
                QVERIFY(writeProject(project, file));
                const auto read = readProject(file);
                QVERIFY2(read, read ? "" : read.error().text().c_str());
                const PlanPtr after = lenetPlan(read->board, read->constraints);
                QCOMPARE(withoutTiming(planToJson(*after)), withoutTiming(read->plan));

                const Arrays inputs = handmade::operatorInputs(*after->network, 3);
                const auto outputs = runPlanned(*after, inputs);
                QVERIFY2(outputs, outputs ? "" : outputs.error().text().c_str());
                QCOMPARE(QByteArray(reinterpret_cast<const char*>(outputs->front().data()),
                                    static_cast<qsizetype>(outputs->front().size())),
                         unplanned(*after->network, inputs));
                const auto one = writeBundle(*before, folder() / "one", library());
                const auto two = writeBundle(*after, folder() / "two", library());
                QVERIFY2(one && two, one ? "" : one.error().text().c_str());
                QCOMPARE(one->hash, two->hash);
            }
        }
    }

    void pinnedRowsInThreeBanks()
    {
        Constraints constraints;
        for (const Technique technique : {Technique::Rows, Technique::Stream}) {
            constraints.technique = technique;
            constraints.pins = {*parsePin("conv1=PSRAM"), *parsePin("image=BLOCKRAM@8")};
            const PlanPtr plan = lenetPlan("qemu_mps2_an386", constraints);
            QVERIFY(plan->fits && plan->techniqueApplied == technique);
            const auto bundle = writeBundle(*plan, folder(), library());
            QVERIFY2(bundle, bundle ? "" : bundle.error().text().c_str());
            const Arrays inputs = handmade::operatorInputs(*plan->network, 5);
            QCOMPARE(builtAndRun(folder(), programFor(*plan), inputs, {"-O1"}),
                     unplanned(*plan->network, inputs));
        }
    }

    void sameInputSameBytes()
    {
        Constraints constraints;
        for (const Technique technique : {Technique::Rows, Technique::Stream}) {
            constraints.technique = technique;
            const auto one =
                writeBundle(*lenetPlan("qemu_mps2_an386", constraints), folder() / "one");
            const auto two =
                writeBundle(*lenetPlan("qemu_mps2_an386", constraints), folder() / "two");
            QVERIFY(one && two);
            QVERIFY(filesIn(folder() / "one") == filesIn(folder() / "two"));
            const auto manifest = manifestIn(folder() / "one");
            QCOMPARE(manifest["streams_input"].get<bool>(), technique == Technique::Stream);
            QCOMPARE(manifest["technique"].get<std::string>(), std::string(toString(technique)));
        }
    }

    void linkedSectionsAreThePlannedOnes_data()
    {
        QTest::addColumn<QString>("board");
        QTest::addColumn<QString>("tools");
        QTest::addColumn<QString>("technique");
        QTest::newRow("rows on the M4") << "qemu_mps2_an386"
                                        << "arm-none-eabi-"
                                        << "rows";
        QTest::newRow("streamed on the M4") << "qemu_mps2_an386"
                                            << "arm-none-eabi-"
                                            << "stream";
        QTest::newRow("streamed on RISC-V") << "qemu_sifive_e"
                                            << "riscv64-unknown-elf-"
                                            << "stream";
    }
    void linkedSectionsAreThePlannedOnes()
    {
        QFETCH(QString, board);
        QFETCH(QString, tools);
        QFETCH(QString, technique);
        if (!hasProgram(tools + "gcc") || !hasProgram("make")) {
            QSKIP("no cross compiler here");
        }
        Constraints constraints;
        constraints.technique = technique == "rows" ? Technique::Rows : Technique::Stream;
        const PlanPtr plan = lenetPlan(board.toStdString(), constraints);
        QVERIFY(plan && plan->fits && plan->techniqueApplied == constraints.technique);
        QVERIFY(writeBundle(*plan, folder()));
        const Outcome made = runIn(folder(), "make", {"-s", "-j2"});
        QVERIFY2(made.code == 0 && made.output.isEmpty(), made.output.constData());
        const auto sizes = sectionSizes(folder(), tools + "size");
        std::int64_t arena = 0;
        const auto manifest = manifestIn(folder());
        for (const auto& section : manifest["sections"]) {
            const std::string name = section["name"];
            QCOMPARE(sizes.at(name), section["planned_bytes"].get<std::int64_t>());
            arena += name.starts_with(".tm_arena.") ? sizes.at(name) : 0;
        }
        QCOMPARE(arena, plan->activationBytes.count());
        QVERIFY(sizes.at(".bss") + sizes.at(".data") <= plan->serverBytes.count());
    }

private:
    fs::path folder() const { return fs::path(m_folder->path().toStdString()) / "bundle"; }

    /// Planned, but no firmware: the other inputs would have to be there before the first row.
    void refusesStream(const std::shared_ptr<const Network>& network)
    {
        const PlanPtr plan = planned(network, Technique::Stream);
        const auto bundle =
            writeBundle(*plan, folder() / std::to_string(m_count++), library(false));
        const bool streams = plan->techniqueApplied == Technique::Stream;
        QCOMPARE(bool(bundle), !streams);
        QVERIFY(!streams || bundle.error().text().find("several inputs") != std::string::npos);
    }

    /// Builds, runs and compares; the technique that the plan applies.
    Technique checkBits(const std::shared_ptr<const Network>& network, Technique technique,
                        bool rowTables, std::mt19937& random, RingForm rings = RingForm::Windows)
    {
        const PlanPtr plan = planned(network, technique, rings);
        const fs::path directory = folder() / std::to_string(m_count++);
        const auto bundle = writeBundle(*plan, directory, library(rowTables));
        if (!bundle) {
            qWarning("%s", bundle.error().text().c_str());
        }
        const Arrays inputs = test::randomInputs(*network, random);
        const QByteArray got =
            bundle ? builtAndRun(directory, programFor(*plan), inputs,
                                 {"-O1", "-fsanitize=undefined", "-fno-sanitize-recover"})
                   : QByteArray();
        const bool isSame = !got.isEmpty() && got == unplanned(*network, inputs);
        if (!isSame) {
            qWarning("%s: other bits", std::string(toString(plan->techniqueApplied)).c_str());
            ++m_failures;
        }
        return plan->techniqueApplied;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    int m_count = 0;
    int m_failures = 0;
};

QTEST_GUILESS_MAIN(TestRowBundles)
#include "test_row_bundles.moc"

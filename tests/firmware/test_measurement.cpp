// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "firmware_bridge/host/bundle.h"
#include "firmware_bridge/host/counter.h"
#include "firmware_bridge/host/device_run.h"
#include "firmware_bridge/host/measurement.h"
#include "firmware_bridge/host/painting.h"
#include "tiny_bundle.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

using namespace tidemark;
using namespace tidemark::bridge;
using nlohmann::json;

namespace {

protocol::PaintReply painted(std::vector<std::pair<int, int>> ranges, int outside = 0)
{
    protocol::PaintReply reply;
    reply.arenas.push_back({"TCM", 0x20000000, Bytes(4352)});
    for (const auto& [offset, length] : ranges) {
        reply.ranges.push_back({"TCM", Bytes(offset), Bytes(length)});
    }
    reply.outsides.push_back({"TCM", 0x20002000, Bytes(1000), Bytes(outside)});
    return reply;
}

} // namespace

class TestMeasurement : public QObject {
    Q_OBJECT

private slots:
    void bundleReadsItsManifest();
    void bundleRefuses_data();
    void bundleRefuses();
    void bundleSurvivesMutations();
    void rangesAgainstBruteForce();
    void paintingHolds();
    void paintingFindsFaults();
    void outputsCompare();
    void sectionsCompare();
    void ticksBecomeInstructions();
    void counterFile();
    void jsonHasItsKeys();
};

void TestMeasurement::bundleReadsItsManifest()
{
    const TinyBundle tiny;
    const auto bundle = Bundle::open(tiny.directory());
    QVERIFY2(bool(bundle), bundle ? "" : bundle.error().text().c_str());
    QCOMPARE(bundle->hash, tiny.hash());
    QCOMPARE(bundle->stages.size(), std::size_t(2));
    QCOMPARE(bundle->stages[1].name, std::string("weigh"));
    QCOMPARE(bundle->sections[0].planned.count(), 4352);
    QCOMPARE(bundle->buffers[1].offset.count(), 4096);
    QCOMPARE(bundle->input.bytes.count(), 4096);
    QCOMPARE(bundle->elf, tiny.elf());
}

void TestMeasurement::bundleRefuses_data()
{
    QTest::addColumn<QString>("pointer");
    QTest::addColumn<QString>("value"); // JSON, or empty to remove
    QTest::addColumn<QString>("words");
    QTest::newRow("format") << "/format"
                            << R"("zip")"
                            << "not a tidemark-bundle";
    QTest::newRow("version") << "/version"
                             << "2"
                             << "not a tidemark-bundle of version 1";
    QTest::newRow("no hash") << "/hash"
                             << ""
                             << "`hash` is missing";
    QTest::newRow("short hash") << "/hash"
                                << R"("abc")"
                                << "`hash` is not a SHA-256";
    QTest::newRow("elf outside") << "/elf"
                                 << R"("../../bin/sh")"
                                 << "leads out of the folder";
    QTest::newRow("elf absolute") << "/elf"
                                  << R"("/bin/sh")"
                                  << "leads out of the folder";
    QTest::newRow("file outside") << "/files/0/path"
                                  << R"("../x")"
                                  << "leads out of the folder";
    QTest::newRow("file gone") << "/files/0/path"
                               << R"("gone.c")"
                               << "`gone.c` is missing";
    QTest::newRow("compiler path") << "/compiler"
                                   << R"("/tmp/evil")"
                                   << "is not a name";
    QTest::newRow("compiler option") << "/compiler"
                                     << R"("gcc -o x")"
                                     << "is not a name";
    QTest::newRow("symbol") << "/stages/0/symbol"
                            << R"("a,out=/x")"
                            << "is not a name";
    QTest::newRow("negative size") << "/input/bytes"
                                   << "-4"
                                   << "`bytes` is not a size";
    QTest::newRow("huge size") << "/sections/0/planned_bytes"
                               << "1e30"
                               << "is not a size";
    QTest::newRow("huge integer") << "/sections/0/planned_bytes"
                                  << "18446744073709551615"
                                  << "is not a size";
    QTest::newRow("odd size") << "/output/bytes"
                              << "17"
                              << "does not divide";
    QTest::newRow("type") << "/input/type"
                          << R"("bool")"
                          << "none that a board exchanges";
    QTest::newRow("buffers") << "/plan/buffers"
                             << "{}"
                             << "`buffers` is not a list";
    QTest::newRow("stage") << "/stages/1"
                           << "7"
                           << "`name` is missing";
}

void TestMeasurement::bundleRefuses()
{
    QFETCH(QString, pointer);
    QFETCH(QString, value);
    QFETCH(QString, words);
    TinyBundle tiny;
    if (value.isEmpty()) {
        tiny.manifest.erase(pointer.mid(1).toStdString());
    } else {
        tiny.manifest[json::json_pointer(pointer.toStdString())] = json::parse(value.toStdString());
    }
    tiny.writeManifest();
    const auto bundle = Bundle::open(tiny.directory());
    QVERIFY(!bundle);
    QVERIFY2(QString::fromStdString(bundle.error().what).contains(words),
             bundle.error().text().c_str());
    QVERIFY(bundle.error().where.ends_with("manifest.json"));
    QCOMPARE(bundle.error().kind, ErrorKind::BadInput);
}

void TestMeasurement::bundleSurvivesMutations()
{
    const TinyBundle tiny;
    const std::string good = tiny.manifest.dump();
    std::mt19937 random(7);
    for (int round = 0; round < 300; ++round) {
        std::string text = good;
        for (unsigned i = 0; i < 1 + random() % 4; ++i) {
            text[random() % text.size()] = static_cast<char>(random());
        }
        std::ofstream(tiny.directory() / "manifest.json") << text;
        (void)Bundle::open(tiny.directory());
    }
    std::ofstream(tiny.directory() / "manifest.json") << std::string(100'000, '[');
    QVERIFY(!Bundle::open(tiny.directory()));
    std::filesystem::remove(tiny.directory() / "manifest.json");
    QVERIFY(!Bundle::open(tiny.directory()));
    // A file changed after the export.
    const TinyBundle other;
    std::ofstream(other.directory() / "model.c", std::ios::app) << "\n";
    const auto changed = Bundle::open(other.directory());
    QVERIFY(!changed);
    QVERIFY(changed.error().what.find("`model.c` was changed") != std::string::npos);
}

void TestMeasurement::rangesAgainstBruteForce()
{
    std::mt19937 random(3);
    for (int round = 0; round < 500; ++round) {
        ByteRanges a, b;
        std::array<bool, 64> inA{}, inB{};
        for (int i = 0; i < 8; ++i) {
            auto& ranges = i % 2 ? a : b;
            auto& bytes = i % 2 ? inA : inB;
            const auto first = static_cast<std::size_t>(random() % 64);
            const auto end = first + random() % (65 - first);
            ranges.add(std::int64_t(first), std::int64_t(end));
            std::fill(bytes.begin() + std::ptrdiff_t(first), bytes.begin() + std::ptrdiff_t(end),
                      true);
        }
        std::int64_t count = 0, outside = 0, end = 0;
        for (std::size_t i = 0; i < 64; ++i) {
            count += inA[i];
            outside += inA[i] && !inB[i];
            end = inA[i] ? std::int64_t(i) + 1 : end;
        }
        QCOMPARE(a.count(), count);
        QCOMPARE(a.countOutside(b), outside);
        QCOMPARE(a.end(), end);
    }
}

void TestMeasurement::paintingHolds()
{
    const TinyBundle tiny;
    const auto bundle = Bundle::open(tiny.directory());
    QVERIFY(bundle);
    // Each pattern misses bytes that happen to equal it; together they see all.
    const std::vector replies{painted({{0, 100}, {101, 4250}}), painted({{0, 4352}})};
    const auto banks = judgePainting(replies, bundle->buffers, TinyBundle::board());
    QCOMPARE(banks.size(), std::size_t(1));
    QVERIFY(banks[0].holds());
    QCOMPARE(banks[0].painted.count(), 4352);
    QCOMPARE(banks[0].paintedEnd.count(), 4352);
    QVERIFY(judgePainting({}, bundle->buffers, TinyBundle::board()).empty());
}

void TestMeasurement::paintingFindsFaults()
{
    const TinyBundle tiny;
    auto bundle = Bundle::open(tiny.directory());
    QVERIFY(bundle);
    const auto judge = [&](const protocol::PaintReply& reply) {
        return judgePainting(std::vector{reply}, bundle->buffers, TinyBundle::board()).at(0);
    };
    QVERIFY(!judge(painted({{0, 4352}}, 1)).holds());
    QCOMPARE(judge(painted({{0, 4352}}, 3)).outsideChanged.count(), 3);
    QVERIFY(!judge(painted({{0, 4351}})).holds()); // the end was never reached
    bundle->buffers[1].offset = Bytes(4100);       // [4096, 4100) is nobody's
    QCOMPARE(judge(painted({{0, 4352}})).stray.count(), 4);
    Measurement measurement;
    measurement.painting = {judge(painted({{0, 4352}}, 2))};
    const auto problems = problemsOf(measurement);
    QCOMPARE(problems.size(), std::size_t(3));
    QVERIFY(problems[0].find("4 B of the arena in TCM") != std::string::npos);
    QVERIFY(problems[2].find("4,352 B, planned is 4,356 B") != std::string::npos);
}

void TestMeasurement::outputsCompare()
{
    const auto match = compareOutputs({{1, 2, 3}, {5, -5, 0}}, {{1, 2, 3}, {5, -5, 1}}, "ref");
    QCOMPARE(match.maxAbsError, 1.0);
    QCOMPARE(match.maxRelError, 0.1);
    QVERIFY(match.classEqual);
    QCOMPARE(match.classesEqual, std::size_t(2));
    const auto other = compareOutputs({{1, 2}}, {{2, 1}}, "ref");
    QVERIFY(!other.classEqual);
    const auto same = compareOutputs({{4, 4}}, {{4, 4}}, "ref");
    QCOMPARE(same.maxRelError, 0.0);
    const auto nan = compareOutputs({{std::nan(""), 1}}, {{0, 1}}, "ref");
    QVERIFY(std::isinf(nan.maxAbsError));
    const auto longer = compareOutputs({{1, 2, 3}}, {{1, 2}}, "ref");
    QVERIFY(std::isinf(longer.maxAbsError));
    const std::vector<std::byte> bytes{std::byte(0xff), std::byte(0x7f), std::byte(0),
                                       std::byte(0),    std::byte(0xc0), std::byte(0x3f)};
    const std::span<const std::byte> all(bytes);
    QCOMPARE(toNumbers(all.first(2), DataType::Int8), (std::vector<double>{-1, 127}));
    QCOMPARE(toNumbers(all.last(4), DataType::Float32), (std::vector<double>{1.5}));
    const std::vector<BundleTensor> outputs{{"a", DataType::Int8, Bytes(2)},
                                            {"b", DataType::Float32, Bytes(4)}};
    QCOMPARE(toNumbers(all, outputs), (std::vector<double>{-1, 127, 1.5}));
    QCOMPARE(toNumbers(all.first(2), outputs), (std::vector<double>{-1, 127}));
}

void TestMeasurement::sectionsCompare()
{
    Measurement measurement;
    measurement.sections = {{".tm_arena.TCM", "TCM", Bytes(8800), Bytes(8800)},
                            {".tm_weights.ROM", "ROM", Bytes(100), Bytes(104)}};
    measurement.stack = protocol::StackUse{Bytes(1024), Bytes(1028)};
    measurement.repeatable = false;
    const auto problems = problemsOf(measurement);
    QCOMPARE(problems.size(), std::size_t(3));
    QCOMPARE(problems[0],
             std::string("section .tm_weights.ROM has 104 B in the firmware, planned are 100 B"));
}

void TestMeasurement::ticksBecomeInstructions()
{
    // platform figures: 4,165 instructions at 64 ns are 6,664 ticks of 25 MHz.
    QCOMPARE(instructionsOf(6664, "systick", 25'000'000, 6), std::uint64_t(4165));
    QCOMPARE(instructionsOf(12345, "mcycle", 16'000'000, 0), std::uint64_t(12345));
    QCOMPARE(instructionsOf(0, "systick", 25'000'000, 6), std::uint64_t(0));
}

void TestMeasurement::counterFile()
{
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("counts").toStdString();
    CounterFile counter(path, 1, 1);
    QVERIFY(!counter.takeNew());
    std::ofstream out(path);
    out << "tidemark-counter 1 1 1\n" << std::flush;
    QVERIFY(counter.takeNew());
    QCOMPARE(counter.takeNew()->size(), std::size_t(0));
    out << "1 10 1 4 2 8 0 0 0 0 .\n2 11 1 4 2 8 0 0" << std::flush; // the second is not whole
    const auto first = counter.takeNew();
    QVERIFY(first);
    QCOMPARE(first->size(), std::size_t(1));
    QCOMPARE((*first)[0][0].instructions, std::uint64_t(10));
    QCOMPARE((*first)[0][0].banks[0].stored.count(), 8);
    out << " 0 0 .\n" << std::flush;
    const auto second = counter.takeNew();
    QVERIFY(second);
    QCOMPARE(second->size(), std::size_t(1));
    QVERIFY((*second)[0] != (*first)[0]);
    out << "4 11 1 4 2 8 0 0 0 0 .\n" << std::flush; // run 3 is missing
    QVERIFY(!counter.takeNew());
    CounterFile another(path, 2, 1);
    QVERIFY(!another.takeNew());
}

void TestMeasurement::jsonHasItsKeys()
{
    Measurement m;
    m.board = "b";
    m.bankIds = {"ROM", "TCM"};
    m.outputs = {{1, std::numeric_limits<double>::infinity()}};
    m.match = compareOutputs({{1, 2}}, {{1, 2}}, "host reference");
    m.stages = {{"conv", 7, {{1, Bytes(4), 2, Bytes(8)}, {}, {3, Bytes(12), 0, Bytes(0)}}},
                {"fc", std::nullopt, {}}};
    m.sections = {{".tm_arena.TCM", "TCM", Bytes(10), Bytes(12)}};
    m.painting = {{"TCM", Bytes(10), Bytes(9), Bytes(10), {}, {}}};
    m.stack = protocol::StackUse{Bytes(100), Bytes(30)};
    const auto j = json::parse(toJson(m).dump());
    QCOMPARE(j["meter"], json("counter plugin"));
    QCOMPARE(j["runs"], json(1));
    QCOMPARE(j["outputs"], json::parse("[[1.0,null]]"));
    QCOMPARE(j["match"]["class_equal"], json(true));
    QCOMPARE(j["stages"][0]["instructions"], json(7));
    QVERIFY(j["stages"][0]["predicted_instructions"].is_null());
    QCOMPARE(j["stages"][0]["banks"].size(), std::size_t(3));
    QCOMPARE(j["stages"][0]["banks"][2]["id"], json("other"));
    QCOMPARE(j["stages"][0]["banks"][0]["written_bytes"], json(8));
    QVERIFY(j["stages"][1]["instructions"].is_null());
    QCOMPARE(j["banks"].size(), std::size_t(1));
    QCOMPARE(j["banks"][0]["linked_bytes"], json(12));
    QCOMPARE(j["banks"][0]["painted_end"], json(10));
    QCOMPARE(j["stack"]["used"], json(30));
    QVERIFY(j.contains("timing"));
}

QTEST_GUILESS_MAIN(TestMeasurement)
#include "test_measurement.moc"

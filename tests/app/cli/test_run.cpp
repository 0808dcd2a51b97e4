// SPDX-License-Identifier: GPL-3.0-or-later
// The whole job on every virtual board: plan, bundle, cross build, QEMU, serial port, checks,
// counts.
#include "tests/app/cli/program.h"

#include <QtTest>

#include <QStandardPaths>

using test::Outcome;
using test::tidemark;

namespace {

struct BoardTools {
    QString compiler, emulator;
};

BoardTools toolsOf(const QString& board)
{
    return board == "qemu_sifive_e" ? BoardTools{"riscv64-unknown-elf-gcc", "qemu-system-riscv32"}
                                    : BoardTools{"arm-none-eabi-gcc", "qemu-system-arm"};
}

bool haveTools(const QString& board)
{
    const BoardTools tools = toolsOf(board);
    return !QStandardPaths::findExecutable(tools.compiler).isEmpty() &&
           !QStandardPaths::findExecutable(tools.emulator).isEmpty();
}

/// The first `count` digits as a .npy of their own.
QString firstDigits(const QTemporaryDir& dir, int count)
{
    const QByteArray all = test::fileBytes(test::kDigits + "u8.npy");
    QByteArray header = all.left(128);
    header.replace("(200,",
                   QByteArray("(") + QByteArray::number(count).rightJustified(3, ' ') + ',');
    return test::writtenTo(dir, "digits.npy", header + all.mid(128, count * 1024));
}

void addBoards()
{
    QTest::addColumn<QString>("board");
    for (const char* board : {"qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505",
                              "qemu_mps3_an547", "qemu_sifive_e"}) {
        QTest::newRow(board) << QString(board);
    }
}

constexpr double kMostError = 0.1; ///< of a predicted layer's instructions
constexpr double kFew = 10'000;    ///< instructions of layers that do not matter

} // namespace

class TestRun : public QObject {
    Q_OBJECT

private slots:
    void runsDigitsOnEveryBoard_data() { addBoards(); }
    void runsDigitsOnEveryBoard()
    {
        QFETCH(QString, board);
        if (!haveTools(board)) {
            QSKIP("the cross compiler or QEMU is not installed");
        }
        const int count = board == "qemu_mps2_an386" ? 50 : 5;
        QTemporaryDir dir;
        const QString report = dir.filePath("report.html");
        const Outcome run =
            tidemark({"run", test::kLenet, "--board", board, "--input", firstDigits(dir, count),
                      "--scale", "1/255", "--report", report, "--json"});
        QVERIFY2(run.exitCode == 0, run.err + run.out);
        const QJsonObject json = run.json();
        QCOMPARE(json["runs"].toInt(), count);
        QCOMPARE(json["match"]["classes_equal"].toInt(), count);
        QVERIFY(json["match"]["max_rel_error"].toDouble() <= 1e-5);
        QVERIFY(json["problems"].toArray().isEmpty());
        checkOutputs(json["outputs"].toArray());
        checkBytes(json, board);
        checkCounts(json, board);
        QVERIFY(test::fileBytes(report).contains("Planned against linked against painted"));
    }

    /// Two builds of the same plan: the same firmware, the same counts.
    void countsTheSameTwice()
    {
        if (!haveTools("qemu_mps2_an386")) {
            QSKIP("the cross compiler or QEMU is not installed");
        }
        const QStringList arguments{"run",    test::kLenet, "--board", "qemu_mps2_an386",
                                    "--json", "-q"};
        const QJsonObject first = tidemark(arguments).json();
        const QJsonObject second = tidemark(arguments).json();
        QVERIFY(!first["stages"].toArray().isEmpty());
        QCOMPARE(first["stages"].toArray(), second["stages"].toArray());
        QCOMPARE(first["outputs"].toArray(), second["outputs"].toArray());
        QCOMPARE(first["hash"].toString(), second["hash"].toString());
    }

    void everyRungRunsTheSameBits()
    {
        if (!haveTools("qemu_mps2_an386")) {
            QSKIP("the cross compiler or QEMU is not installed");
        }
        QJsonArray outputs;
        for (const char* technique : {"unshared", "rows"}) {
            const Outcome run = tidemark({"run", test::kLenet, "--board", "qemu_mps2_an386",
                                          "--technique", technique, "--json", "-q"});
            QVERIFY2(run.exitCode == 0, run.err + run.out);
            if (outputs.isEmpty()) {
                outputs = run.json()["outputs"].toArray();
            }
            QCOMPARE(run.json()["outputs"].toArray(), outputs);
        }
    }

    void weightsPinnedToRamAreCopiedThere()
    {
        if (!haveTools("qemu_mps2_an386")) {
            QSKIP("the cross compiler or QEMU is not installed");
        }
        const Outcome run =
            tidemark({"run", test::kLenet, "--board", "qemu_mps2_an386", "--pin",
                      "conv2.weights=PSRAM", "--pin", "conv1=BLOCKRAM", "--json", "-q"});
        QVERIFY2(run.exitCode == 0, run.err + run.out);
        const QJsonObject json = run.json();
        for (const QJsonValue stage : json["stages"].toArray()) {
            for (const QJsonValue bank : stage["banks"].toArray()) {
                if (bank["id"].toString() == "PSRAM") {
                    QCOMPARE(bank["read_bytes"].toInt() > 0, stage["name"].toString() == "conv2");
                }
            }
        }
    }

    /// Weights and activations in banks of their own, linked there and run there: what was counted
    /// in those banks is what was predicted, to the byte, stage by stage and row by row alike.
    void predictedBytesAreTheCountedBytes_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("technique");
        QTest::newRow("LeNet-5") << test::kLenet << "liveness";
        QTest::newRow("keywords by rows, int8")
            << test::kSource + "/tests/golden/mlperf_tiny/kws_int8.tflite"
            << "rows";
    }

    void predictedBytesAreTheCountedBytes()
    {
        QFETCH(QString, model);
        QFETCH(QString, technique);
        const QString board = "qemu_mps3_an547";
        const QString weights = "QSPI", activations = "ISRAM";
        if (!haveTools(board)) {
            QSKIP("the cross compiler or QEMU is not installed");
        }
        // How much of its scratch softmax uses is told by the data.
        const QStringList plan{model,       "--board", board,    "--technique", technique,
                               "--scratch", "exclude", "--json", "-q"};
        QStringList run = QStringList{"run"} + plan;
        const QJsonObject planned = tidemark(QStringList{"plan"} + plan).json();
        for (const QJsonValue buffer : planned["buffers"].toArray()) {
            const QString kind = buffer["kind"].toString();
            const QString name = buffer["name"].toString();
            const bool constant = kind == "weight" || kind == "table";
            // The driver reads its table between the kernels: it goes where the code is.
            run << "--pin"
                << name + "=" +
                       (name == "schedule table" ? "ITCM"
                        : constant               ? weights
                                                 : activations);
        }
        const Outcome ran = tidemark(run);
        QVERIFY2(ran.exitCode == 0, ran.err + ran.out);
        QVERIFY(!ran.json()["stages"].toArray().isEmpty());
        for (const QJsonValue stage : ran.json()["stages"].toArray()) {
            const QJsonArray counted = stage["banks"].toArray();
            const QJsonArray predicted = stage["predicted_banks"].toArray();
            const double instructions = stage["instructions"].toDouble();
            QVERIFY(std::abs(stage["predicted_instructions"].toDouble() - instructions) <=
                        kMostError * instructions ||
                    instructions < kFew);
            for (qsizetype b = 0; b < predicted.size(); ++b) {
                const QString id = counted[b]["id"].toString();
                if (id == weights || id == activations) {
                    QCOMPARE(predicted[b]["read_bytes"].toInt(), counted[b]["read_bytes"].toInt());
                    QCOMPARE(predicted[b]["written_bytes"].toInt(),
                             counted[b]["written_bytes"].toInt());
                }
            }
        }
    }

    /// A sweep's plans are really linked and run: each bank's counted bytes beside the predicted.
    void sweepsCountWhatTheyPredict()
    {
        if (!haveTools("qemu_mps2_an386")) {
            QSKIP("the cross compiler or QEMU is not installed");
        }
        QTemporaryDir dir;
        const QString page = dir.filePath("sweep.html");
        const Outcome swept = tidemark({"sweep", test::kLenet, "--board", "qemu_mps2_an386",
                                        "--grid", "--weights", "SSRAM1,PSRAM", "--activations",
                                        "BLOCKRAM", "--run", "--json", "--html", page});
        QVERIFY2(swept.exitCode == 0, swept.err);
        const QJsonArray points = swept.json()["points"].toArray();
        QCOMPARE(points.size(), 2);
        for (const QJsonValue point : points) {
            const QJsonArray predicted = point["traffic"].toArray();
            const QJsonArray counted = point["counted"]["traffic"].toArray();
            QCOMPARE(counted.size(), predicted.size());
            QVERIFY(point["counted"]["problems"].toArray().isEmpty());
            QVERIFY(point["counted"]["instructions"].toDouble() > 0);
            for (qsizetype b = 0; b < counted.size(); ++b) {
                const QString bank = counted[b]["id"].toString();
                if (bank == "PSRAM" || bank == "BLOCKRAM") { // neither code nor stack is there
                    QCOMPARE(counted[b], predicted[b]);
                }
            }
        }
        QCOMPARE(points[0]["counted"]["traffic"][3]["read_bytes"].toInt(), 0);
        QVERIFY(points[1]["counted"]["traffic"][3]["read_bytes"].toInt() > 1'000'000);
        QVERIFY(test::fileBytes(page).contains("counted read"));
    }

    void saysWhatIsMissing_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("mentions");
        QTest::newRow("no virtual board of its own")
            << QStringList{"--board", "apollo4p_evb"} << QByteArray("qemu_mps2_an386");
        QTest::newRow("no virtual board of its own, RISC-V")
            << QStringList{"--board", "hifive1"} << QByteArray("qemu_sifive_e");
        QTest::newRow("does not fit")
            << QStringList{"--board", "qemu_sifive_e", "--technique", "unshared"}
            << QByteArray("DTIM");
    }
    void saysWhatIsMissing()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, mentions);
        const Outcome run = tidemark(QStringList{"run", test::kLenet, "-q"} + arguments);
        QCOMPARE(run.exitCode, 1);
        QVERIFY2(run.err.startsWith("error: ") && run.err.contains(mentions), run.err);
        QCOMPARE(run.err.count('\n'), 1);
    }

    void missingToolsAreNamed()
    {
        const Outcome run =
            tidemark({"run", test::kLenet, "--board", "qemu_mps2_an386", "-q"}, {"PATH=/nowhere"});
        QCOMPARE(run.exitCode, 1);
        QVERIFY2(run.err.startsWith("error: "), run.err);
        QVERIFY2(run.err.contains("make") || run.err.contains("gcc-arm-none-eabi"), run.err);
    }

private:
    /// The first outputs against the logits another engine gave for the same digits.
    static void checkOutputs(const QJsonArray& outputs)
    {
        const QVector<float> golden = test::npyFloats(test::kDigits + "logits_ort.npy");
        const auto [low, high] = std::minmax_element(golden.begin(), golden.end());
        for (int run = 0; run < outputs.size(); ++run) {
            const QJsonArray logits = outputs[run].toArray();
            QCOMPARE(logits.size(), 10);
            for (int i = 0; i < 10; ++i) {
                const double difference = logits[i].toDouble() - double(golden[run * 10 + i]);
                QVERIFY(qAbs(difference) <= 1e-5 * double(*high - *low));
            }
        }
    }

    static void checkBytes(const QJsonObject& json, const QString& board)
    {
        QCOMPARE(json["sections"].toArray().size(), 2);
        for (const QJsonValue section : json["sections"].toArray()) {
            QCOMPARE(section["linked_bytes"].toInt(), section["planned_bytes"].toInt());
        }
        int painted = 0;
        for (const QJsonValue bank : json["banks"].toArray()) {
            if (!bank["painted_end"].isNull()) {
                ++painted;
                QCOMPARE(bank["painted_end"].toInt(), 8800);
                QCOMPARE(bank["stray_bytes"].toInt(), 0);
                QCOMPARE(bank["outside_changed"].toInt(), 0);
            }
        }
        QCOMPARE(painted, 1);
        QVERIFY2(json["stack"]["used"].toInt() <= json["stack"]["reserved"].toInt(),
                 qPrintable(board));
    }

    /// Software floats were never counted on RISC-V; elsewhere predictions are within 10 %.
    static void checkCounts(const QJsonObject& json, const QString& board)
    {
        QCOMPARE(json["meter"].toString(), QString("counter plugin"));
        QVERIFY(json["repeatable"].toBool());
        QCOMPARE(json["stages"].toArray().size(), 5);
        double sum = 0;
        for (const QJsonValue stage : json["stages"].toArray()) {
            const double counted = stage["instructions"].toDouble();
            const double predicted = stage["predicted_instructions"].toDouble();
            sum += counted;
            // Floats in software: products with 0 are faster (docs/cost-model.md).
            const double most = board == "qemu_sifive_e" ? 0.4 : kMostError;
            QVERIFY2(std::abs(predicted - counted) <= most * counted,
                     qPrintable(QString("%1 %2: %3 predicted, %4 counted")
                                    .arg(board, stage["name"].toString())
                                    .arg(predicted)
                                    .arg(counted)));
        }
        QCOMPARE(sum, json["instructions_per_run"].toArray()[0].toDouble());
    }
};

QTEST_GUILESS_MAIN(TestRun)
#include "test_run.moc"

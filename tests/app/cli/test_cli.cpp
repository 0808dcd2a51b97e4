// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/cli/program.h"

#include <QtTest>

using test::fileBytes;
using test::kDigits;
using test::kLenet;
using test::kSource;
using test::npyFloats;
using test::Outcome;
using test::tidemark;
using test::writtenTo;

namespace {

/// A board file, right but for what `ram` says of its RAM.
QByteArray smallBoard(const char* ram)
{
    return QByteArray(R"({"format": "tidemark-board", "version": 1, "id": "tiny", "name": "Tiny",
        "core": {"name": "Core", "isa": "rv32imac"}, "banks": [{"id": "RAM", "kind": "sram", )") +
           ram + R"(}, {"id": "ROM", "kind": "flash", "base": "0x0", "size_bytes": 65536,
        "read_only_at_run_time": true}], "code_bank": "ROM", "default_ram": "RAM",
        "default_constants": "ROM", "stack_reserve_bytes": 512})";
}

} // namespace

class TestCli : public QObject {
    Q_OBJECT

private slots:
    void plansEveryRung_data()
    {
        QTest::addColumn<QString>("board");
        QTest::addColumn<QString>("technique");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<int>("exitCode");
        for (const char* board :
             {"apollo4p_evb", "qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505",
              "qemu_mps3_an547", "hifive1", "qemu_sifive_e"}) {
            const bool small =
                QByteArray(board) == "hifive1" || QByteArray(board) == "qemu_sifive_e";
            QTest::addRow("%s unshared", board) << board << "unshared" << 36472 << int(small);
            QTest::addRow("%s fused", board) << board << "fused" << 11256 << 0;
            QTest::addRow("%s pingpong", board) << board << "pingpong" << 8800 << 0;
            QTest::addRow("%s liveness", board) << board << "liveness" << 8800 << 0;
        }
    }
    void plansEveryRung()
    {
        QFETCH(QString, board);
        QFETCH(QString, technique);
        QFETCH(int, bytes);
        QFETCH(int, exitCode);
        const Outcome run =
            tidemark({"plan", kLenet, "--board", board, "--technique", technique, "--json"});
        QCOMPARE(run.exitCode, exitCode);
        const QJsonObject json = run.json();
        QCOMPARE(json["activation_bytes"].toInt(), bytes);
        QCOMPARE(json["weight_bytes"].toInt(), 246824);
        QCOMPARE(json["fits"].toBool(), exitCode == 0);
        QCOMPARE(json["technique_applied"].toString(), technique);
        QCOMPARE(json["conflicts"].toArray().isEmpty(), exitCode == 0);
        QVERIFY(json["buffers"].toArray().size() >= 16);
        QVERIFY2(run.err.isEmpty(), run.err);
        for (const QJsonValue bank : json["banks"].toArray()) {
            if (bank["read_only"].toBool() && bank["used_bytes"].toInt() > 0) {
                QCOMPARE(bank["used_bytes"].toInt(), 246824);
            }
        }
    }

    void trainingMemoryAnswersBothClassrooms()
    {
        const Outcome printed =
            tidemark({"train-memory", "--counts", "9000", "532752", "19072984", "--batch", "128",
                      "--convention", "notes-rounded", "--json"});
        QCOMPARE(printed.exitCode, 0);
        const QJsonObject training = printed.json()["training"].toObject();
        QCOMPARE(QString::number(training["mib"].toDouble(), 'f', 2), "742.34");
        QVERIFY(printed.json()["inference"].isNull());

        const Outcome vgg =
            tidemark({"train-memory", QString(kSource) + "/resources/examples/vgg16.onnx",
                      "--optimizer", "adam", "--json"});
        QCOMPARE(vgg.exitCode, 0);
        const QJsonArray terms = vgg.json()["inference"].toObject()["terms"].toArray();
        QCOMPARE(terms.last().toObject()["value"].toDouble(), 25690112.0);
        QVERIFY(tidemark({"train-memory", kLenet}).out.contains("two largest successive layers"));

        QCOMPARE(tidemark({"train-memory"}).exitCode, 2);
        QCOMPARE(tidemark({"train-memory", kLenet, "--batch", "0"}).exitCode, 2);
        QCOMPARE(tidemark({"train-memory", kLenet, "--optimizer", "magic"}).exitCode, 2);
        QCOMPARE(tidemark({"train-memory", "--counts", "1", "2"}).exitCode, 2);
    }

    void diffSaysWhatMoved()
    {
        QTemporaryDir dir;
        const QString one = dir.filePath("one.tidemark"), two = dir.filePath("two.tidemark");
        const QString page = dir.filePath("diff.html");
        QCOMPARE(tidemark({"plan", kLenet, "--technique", "unshared", "-o", one}).exitCode, 0);
        QCOMPARE(tidemark({"plan", kLenet, "--technique", "fused", "-o", two}).exitCode, 0);
        const Outcome text = tidemark({"diff", one, two, "--html", page});
        QCOMPARE(text.exitCode, 0);
        QVERIFY2(text.out.contains("-25,216 B"), text.out);
        QVERIFY(fileBytes(page).contains("36,472 B"));
        QCOMPARE(tidemark({"diff", one, one, "--json"}).json()["same"].toBool(), true);
        const QJsonObject json = tidemark({"diff", one, two, "--json"}).json();
        QCOMPARE(json["same"].toBool(), false);
        QVERIFY(!json["buffers"].toArray().isEmpty());
        QCOMPARE(tidemark({"diff", one, dir.filePath("none.tidemark")}).exitCode, 3);
        QCOMPARE(tidemark({"diff", one}).exitCode, 2);
    }

    void globalOptionsWorkBeforeTheCommandToo()
    {
        QCOMPARE(tidemark({"--json", "plan", kLenet}).json()["activation_bytes"].toInt(), 8800);
    }

    void repeatableOptionsLeaveTheSourceAlone()
    {
        const Outcome run = tidemark({"plan", "--pin", "conv1=TCM", "--pin", "fc1=SSRAM",
                                      "--budget", "SSRAM=4096", kLenet, "--json"});
        QCOMPARE(run.exitCode, 0);
        QCOMPARE(run.json()["model"].toString(), QString("lenet5"));
    }

    void printsTextForPeople()
    {
        const Outcome run = tidemark({"plan", kLenet});
        QCOMPARE(run.exitCode, 0);
        QVERIFY(run.out.contains("8,800 B"));
        QVERIFY(run.out.contains("MRAM"));
        QVERIFY(!run.out.contains('\033')); // no colour into a pipe
        QVERIFY(tidemark({"plan", kLenet, "--color", "always"}).out.contains('\033'));
    }

    void helpIsEverywhere()
    {
        for (const QStringList& command : {QStringList{},
                                           {"plan"},
                                           {"explain"},
                                           {"check"},
                                           {"boards"},
                                           {"eval"},
                                           {"export"},
                                           {"allocate"}}) {
            const Outcome run = tidemark(command + QStringList{"--help"});
            QCOMPARE(run.exitCode, 0);
            QVERIFY(run.out.contains("--json"));
        }
        QVERIFY(tidemark({"--version"}).out.startsWith("tidemark "));
    }

    void savesAProjectAndPlansItAgain()
    {
        QTemporaryDir dir;
        const QString project = dir.filePath("lenet.tidemark");
        const Outcome saved =
            tidemark({"plan", kLenet, "--board", "qemu_mps2_an386", "--technique", "pingpong",
                      "--pin", "conv1=PSRAM@64", "-o", project, "--json"});
        QCOMPARE(saved.exitCode, 0);
        const Outcome again = tidemark({"plan", project, "--json"});
        QCOMPARE(again.exitCode, 0);
        QJsonObject a = saved.json();
        QJsonObject b = again.json();
        a.remove("timing");
        b.remove("timing");
        QCOMPARE(a, b);
        QCOMPARE(tidemark({"plan", project, "--technique", "unshared", "--json"})
                     .json()["technique"]
                     .toString(),
                 QString("unshared"));
    }

    void keepsInt8InAProject()
    {
        QTemporaryDir dir;
        const QString project = dir.filePath("lenet.tidemark");
        const Outcome saved = tidemark({"plan", kLenet, "--board", "qemu_mps2_an386", "--dtype",
                                        "int8", "-o", project, "--json"});
        QCOMPARE(saved.exitCode, 0);
        QCOMPARE(saved.json()["activation_bytes"].toInt(), 2200);
        const auto bytes = [&](const QStringList& more) {
            return tidemark(QStringList{"plan", project, "--json"} + more)
                .json()["activation_bytes"]
                .toInt();
        };
        QCOMPARE(bytes({}), 2200);
        QCOMPARE(bytes({"--dtype", "int8"}), 2200);
        QCOMPARE(bytes({"--dtype", "fp32"}), 8800);
        QVERIFY(
            tidemark({"plan", kLenet, "--dtype", "int8", "--calib-method", "mse", "-o", project})
                .err.contains("--calib-method"));
    }

    void rejectsBadInput_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("exitCode");
        QTest::addColumn<QByteArray>("mentions");
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, const QStringList& arguments, int exitCode,
                            const char* mentions, const QByteArray& bytes = {}) {
            QTest::newRow(name) << arguments << exitCode << QByteArray(mentions) << bytes;
        };
        const QByteArray lenet = fileBytes(kLenet);
        row("missing", {"plan", "no/such.onnx"}, 3, "no/such.onnx");
        row("folder", {"plan", kSource}, 3, "");
        row("empty", {"plan", "MODEL"}, 3, "empty", "");
        row("text", {"plan", "MODEL"}, 3, "", "this is not a model, it is a letter\n");
        row("truncated", {"plan", "MODEL"}, 3, "", lenet.left(lenet.size() / 2));
        row("no such board", {"plan", kLenet, "--board", "apollo9"}, 2, "apollo4p_evb");
        row("board file that is not there", {"plan", kLenet, "--board", "./x.json"}, 2, "x.json");
        row("pin to nowhere", {"plan", kLenet, "--pin", "conv1=NOWHERE"}, 2, "NOWHERE");
        row("pin of nothing", {"plan", kLenet, "--pin", "conv77=TCM"}, 2, "conv77");
        row("pin without a bank", {"plan", kLenet, "--pin", "conv1"}, 2, "--pin");
        row("bad budget", {"plan", kLenet, "--budget", "TCM=much"}, 2, "--budget");
        row("unknown technique", {"plan", kLenet, "--technique", "magic"}, 2, "liveness");
        row("unknown objective", {"plan", kLenet, "--objective", "beauty"}, 2, "latency");
        row("unknown bank to sweep", {"sweep", kLenet, "--weights", "TCM,ATTIC"}, 2, "ATTIC");
        row("unknown technique to sweep", {"sweep", kLenet, "--techniques", "magic"}, 2, "magic");
        row("unknown board to sweep", {"sweep", kLenet, "--boards", "apollo9"}, 2, "apollo4p_evb");
        row("bad budget to sweep", {"sweep", kLenet, "--budgets", "TCM"}, 2, "--budget");
        row("empty item to sweep", {"sweep", kLenet, "--weights", ",TCM"}, 2, "--weights");
        row("huge budget to sweep", {"sweep", kLenet, "--budgets", "TCM=9e99"}, 2, "TCM=9e99");
        row("negative budget", {"plan", kLenet, "--budget", "TCM=-5"}, 2, "--budget");
        row("huge budget", {"plan", kLenet, "--budget", "TCM=99999999999999999999"}, 2, "--budget");
        row("budget of no bank", {"plan", kLenet, "--budget", "ATTIC=5"}, 2, "ATTIC");
        row("pin beyond the end", {"plan", kLenet, "--pin", "conv1=TCM@99999999999999999999"}, 2,
            "--pin");
        row("nothing weighs", {"plan", kLenet, "--objective", "weighted:0,0,0"}, 2, "not all 0");
        row("endless weight", {"plan", kLenet, "--objective", "weighted:inf,0,0"}, 2, "weighted");
        row("objective without figures",
            {"plan", kLenet, "--board", "qemu_mps2_an386", "--objective", "latency"}, 2,
            "--objective ram");
        row("pin out of reach", {"plan", kLenet, "--pin", "conv1=TCM@9223372036854775800"}, 2,
            "outside TCM");
        row("endless stack", {"plan", kLenet, "--stack", "9223372036854775807"}, 2, "--stack");
        row("unknown rings", {"plan", kLenet, "--rings", "round"}, 2, "--rings");
        row("unknown staging", {"plan", kLenet, "--staging", "always"}, 2, "--staging");
        row("unknown staging of a sweep", {"sweep", kLenet, "--stagings", "always"}, 2,
            "--stagings");
        row("negative stack", {"plan", kLenet, "--stack", "-5"}, 2, "--stack");
        row("board of overlapping banks", {"plan", kLenet, "--board", "BOARD"}, 3, "overlap",
            smallBoard("\"base\": \"0x8000\", \"size_bytes\": 4096"));
        row("board of a negative size", {"plan", kLenet, "--board", "BOARD"}, 3, "size_bytes",
            smallBoard("\"base\": \"0x20000000\", \"size_bytes\": -1"));
        row("board without a unit", {"plan", kLenet, "--board", "BOARD"}, 3, "unit",
            smallBoard("\"base\": \"0x20000000\", \"size_bytes\": 4096, "
                       "\"leakage\": {\"value\": 1, \"provenance\": \"user\"}"));
        row("objective without an instruction count",
            {"plan", kLenet, "--board", "hifive1", "--objective", "energy"}, 2, "--objective ram");
        row("unknown cost", {"explain", kLenet, "latency", "--board", "qemu_mps2_an386"}, 2,
            "never time");
        row("unknown option", {"plan", kLenet, "--frobnicate"}, 2, "frobnicate");
        row("unknown command", {"frobnicate"}, 2, "");
        row("no command", {}, 2, "");
        row("no source", {"plan"}, 2, "SOURCE");
        row("project of rubbish", {"plan", "PROJECT"}, 3, "", "{]");
        row("u8 into float", {"eval", kLenet, "--inputs", kDigits + "u8.npy"}, 2, "--scale");
        row("labels as inputs",
            {"eval", kLenet, "--inputs", kDigits + "labels.npy", "--scale", "1/255"}, 2, "1x32x32");
        row("bad scale", {"eval", kLenet, "--inputs", kDigits + "u8.npy", "--scale", "1/0"}, 2,
            "1/0");
        row("inputs that are no array", {"eval", kLenet, "--inputs", kLenet}, 3, "lenet5.onnx");
        row("unknown figure", {"explain", kLenet, "beauty"}, 2, "peak_ram_bytes");
        row("check of a bad board", {"boards", "--check", "MODEL"}, 3, "", "{\"id\": 3}");
    }
    void rejectsBadInput()
    {
        QFETCH(QStringList, arguments);
        QFETCH(int, exitCode);
        QFETCH(QByteArray, mentions);
        QFETCH(QByteArray, bytes);
        QTemporaryDir dir;
        for (QString& argument : arguments) {
            if (argument == "MODEL") {
                argument = writtenTo(dir, "model.onnx", bytes);
            } else if (argument == "PROJECT") {
                argument = writtenTo(dir, "p.tidemark", bytes);
            } else if (argument == "BOARD") {
                argument = writtenTo(dir, "b.json", bytes);
            }
        }
        const Outcome run = tidemark(arguments);
        QVERIFY2(run.err.startsWith("error: "), run.err);
        QCOMPARE(run.exitCode, exitCode);
        QVERIFY2(run.err.contains(mentions), run.err);
        QCOMPARE(run.err.count('\n'), 1);
        QVERIFY2(run.out.isEmpty(), run.out);
    }

    /// What cannot be planned says why, and the project stays as it was.
    void badConstraintsLeaveTheProjectAlone_data()
    {
        QTest::addColumn<QStringList>("constraints");
        QTest::addColumn<int>("exitCode");
        QTest::newRow("bank") << QStringList{"--pin", "conv1=ATTIC"} << 2;
        QTest::newRow("beyond the end")
            << QStringList{"--pin", "conv1=TCM@9223372036854775800"} << 2;
        QTest::newRow("budget") << QStringList{"--budget", "TCM=-1"} << 2;
        QTest::newRow("objective")
            << QStringList{"--board", "qemu_mps2_an386", "--objective", "energy"} << 2;
    }
    void badConstraintsLeaveTheProjectAlone()
    {
        QFETCH(QStringList, constraints);
        QFETCH(int, exitCode);
        QTemporaryDir dir;
        const QString project = dir.filePath("p.tidemark");
        QCOMPARE(tidemark({"plan", kLenet, "-o", project}).exitCode, 0);
        const QByteArray before = fileBytes(project);
        const Outcome run = tidemark(QStringList{"plan", project, "-o", project} + constraints);
        QCOMPARE(run.exitCode, exitCode);
        QCOMPARE(run.err.count('\n'), 1);
        QCOMPARE(fileBytes(project), before);
    }

    /// Wishes that contradict each other are a plan that does not fit, with one reason each.
    void impossibleWishesAreOneConflict_data()
    {
        QTest::addColumn<QStringList>("wishes");
        QTest::addColumn<QString>("reason");
        QTest::newRow("written to MRAM")
            << QStringList{"--pin", "conv1=MRAM"} << "`conv1` is written at run time";
        QTest::newRow("overlapping pins")
            << QStringList{"--pin", "image=TCM@0", "--pin", "conv1=TCM@4000"}
            << "share 96 B of TCM";
        QTest::newRow("too small") << QStringList{"--pin", "conv1=TCM", "--budget", "TCM=4096"}
                                   << "because pinned `conv1`";
        QTest::newRow("nothing left")
            << QStringList{"--budget", "TCM=0", "--pin", "image=TCM"} << "TCM is over by";
    }
    void impossibleWishesAreOneConflict()
    {
        QFETCH(QStringList, wishes);
        QFETCH(QString, reason);
        for (const char* objective : {"ram", "energy"}) {
            const Outcome run =
                tidemark(QStringList{"plan", kLenet, "--json", "--objective", objective} + wishes);
            QCOMPARE(run.exitCode, 1);
            const QJsonArray conflicts = run.json()["conflicts"].toArray();
            QCOMPARE(conflicts.size(), 1);
            QVERIFY2(conflicts[0]["text"].toString().contains(reason), run.out);
            QVERIFY(!conflicts[0]["fixes"].toArray().isEmpty());
        }
    }

    void aCostIsExplainedByStageAndBank()
    {
        const QStringList energy{"--json", "--objective", "energy"};
        const QJsonObject plan = tidemark(QStringList{"plan", kLenet} + energy).json();
        const double cost = plan["assignment_proof"]["cost"].toDouble();
        QCOMPARE(plan["assignment_proof"]["provenance"].toString(), "illustrative");
        QVERIFY(std::abs(cost - plan["energy"]["value"].toDouble()) < 1e-9 * cost);
        QVERIFY(plan["saved_leakage"]["value"].toDouble() > 0);
        for (const QJsonValue bank : plan["banks"].toArray()) {
            const bool used = bank["planned_bytes"].toInt() > 0;
            const bool always = bank["id"].toString() == "MRAM" || bank["id"].toString() == "TCM";
            QCOMPARE(bank["switched_on"].toBool(), used || always);
        }
        for (const char* figure : {"energy", "latency"}) {
            const Outcome run = tidemark(QStringList{"explain", kLenet, figure} + energy);
            const QJsonObject opened = run.json()["figures"].toArray()[0].toObject();
            const double value = opened["value"].toDouble();
            QVERIFY(std::abs(value - plan[figure]["value"].toDouble()) < 1e-9 * value);
            QVERIFY(opened["source"].toString().startsWith("illustrative"));
            const QByteArray notes = QJsonDocument(opened["notes"].toArray()).toJson();
            QVERIFY2(notes.contains("illustrative (assumption, nobody measured it"), notes);
            QVERIFY2(notes.contains("datasheet ("), notes);
        }
    }

    void evaluatesThe200Digits_data()
    {
        QTest::addColumn<QStringList>("engine");
        QTest::newRow("reference") << QStringList{};
        QTest::newRow("kernels, liveness") << QStringList{"--engine", "kernels"};
        QTest::newRow("kernels, pingpong")
            << QStringList{"--engine", "kernels", "--technique", "pingpong"};
    }
    void evaluatesThe200Digits()
    {
        QFETCH(QStringList, engine);
        QTemporaryDir dir;
        const QString npy = dir.filePath("logits.npy");
        const QStringList arguments{"eval",     kLenet,
                                    "--inputs", kDigits + "u8.npy",
                                    "--labels", kDigits + "labels.npy",
                                    "--scale",  "1/255",
                                    "--json",   "-o",
                                    npy};
        const Outcome run = tidemark(arguments + engine);
        QCOMPARE(run.exitCode, 0);
        QCOMPARE(run.json()["samples"].toInt(), 200);
        QCOMPARE(run.json()["correct"].toInt(), 190);
        const QVector<float> ours = npyFloats(npy);
        for (const char* golden : {"logits_torch.npy", "logits_ort.npy"}) {
            const QVector<float> theirs = npyFloats(kDigits + golden);
            QCOMPARE(ours.size(), theirs.size());
            const auto [low, high] = std::minmax_element(theirs.begin(), theirs.end());
            for (qsizetype i = 0; i < ours.size(); ++i) {
                QVERIFY(qAbs(ours[i] - theirs[i]) <= 1e-5F * (*high - *low));
            }
        }
    }

    void explainsAFigure()
    {
        const Outcome run = tidemark({"explain", kLenet, "activation_bytes", "--json"});
        QCOMPARE(run.exitCode, 0);
        const QJsonArray figures = run.json()["figures"].toArray();
        QCOMPARE(figures.size(), 1);
        QCOMPARE(figures[0]["value"].toInt(), 8800);
        double sum = 0;
        for (const QJsonValue term : figures[0]["terms"].toArray()) {
            sum += term["value"].toDouble();
        }
        QCOMPARE(sum, 8800.0);
        QVERIFY(tidemark({"explain", kLenet}).out.contains("1·32·32·4"));
    }

    void checksAModel()
    {
        const Outcome run = tidemark({"check", kLenet, "--json"});
        QCOMPARE(run.exitCode, 0);
        QCOMPARE(run.json()["macs"].toInt(), 416520);
        QCOMPARE(run.json()["parameters"].toInt(), 61706);
        QCOMPARE(run.json()["stages"].toArray().size(), 7);
        QVERIFY(tidemark({"check", kLenet}).out.contains("fuses into conv1"));
    }

    void listsItsOperators()
    {
        const QJsonArray all =
            tidemark({"check", "--operators", "--json"}).json()["operators"].toArray();
        QVERIFY(all.size() > 150);
        int runnable = 0;
        for (const QJsonValue entry : all) {
            runnable += entry["support"].toString() == "runnable" ? 1 : 0;
            QVERIFY(entry["name"].toString() != "If" || entry["support"].toString() == "refused");
        }
        QVERIFY(runnable >= 5);
        QCOMPARE(tidemark({"check"}).exitCode, 2);
    }

    void allocatesACsv()
    {
        const QString problem = kSource + "/tests/golden/allocation/A.1048576.csv";
        const Outcome solved = tidemark({"allocate", problem, "--json"});
        QCOMPARE(solved.exitCode, 0);
        QCOMPARE(solved.json()["extent_bytes"].toInt(), 1048576);
        QCOMPARE(solved.json()["proof"].toString(), QString("optimal"));
        const Outcome impossible =
            tidemark({"allocate", problem, "--capacity", "1000000", "--json"});
        QCOMPARE(impossible.exitCode, 1);
        QVERIFY(!impossible.json()["fits"].toBool());
        QTemporaryDir dir;
        const Outcome bad =
            tidemark({"allocate", writtenTo(dir, "p.csv", "id,lower,upper,size\n0,5,3,x\n")});
        QCOMPARE(bad.exitCode, 3);
        QVERIFY2(bad.err.startsWith("error: ") && bad.err.contains("p.csv:2"), bad.err);
    }

    void listsAndShowsBoards()
    {
        const QJsonArray boards = tidemark({"boards", "--json"}).json()["boards"].toArray();
        QCOMPARE(boards.size(), 7);
        QVERIFY(tidemark({"boards", "hifive1"}).out.contains("16,384"));
        QCOMPARE(
            tidemark({"boards", "--check", kSource + "/resources/boards/hifive1.json"}).exitCode,
            0);
    }
};

QTEST_GUILESS_MAIN(TestCli)
#include "test_cli.moc"

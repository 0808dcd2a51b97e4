// SPDX-License-Identifier: GPL-3.0-or-later
// int8 through the command line: another engine's tensors layer by layer, and --dtype int8.
#include "tests/app/cli/program.h"

#include <QtTest>

using test::fileBytes;

using test::kLenet;
using test::kSource;
using test::Outcome;
using test::tidemark;

namespace {

const QString kPixels = test::kDigits + "u8.npy";

QString golden(const QString& name)
{
    return QString(kSource) + "/tests/golden/mlperf_tiny/" + name;
}

/// Bytes of an .npy file of version 1 after its header.
QByteArray npyBytes(const QString& path)
{
    const QByteArray content = fileBytes(path);
    const int header = static_cast<quint8>(content[8]) + 256 * static_cast<quint8>(content[9]);
    return content.mid(10 + header);
}

} // namespace

class TestInt8 : public QObject {
    Q_OBJECT

private slots:
    void everyLayerEqualsTfliteMicro_data()
    {
        QTest::addColumn<QString>("model");
        QTest::addColumn<QString>("engine");
        QTest::addColumn<int>("sample");
        QTest::addColumn<int>("layers");
        for (const char* engine : {"reference", "kernels"}) {
            QTest::addRow("kws %s", engine) << "kws" << engine << 0 << 13;
            QTest::addRow("ic %s", engine) << "ic" << engine << 3 << 16;
        }
    }
    void everyLayerEqualsTfliteMicro()
    {
        QFETCH(QString, model);
        QFETCH(QString, engine);
        QFETCH(int, sample);
        QFETCH(int, layers);
        QTemporaryDir dir;
        const QString output = dir.filePath("out.npy");
        const Outcome run = tidemark({"eval", golden(model + "_int8.tflite"), "--inputs",
                                      golden(model + "_in_int8_nhwc.npy"), "--engine", engine,
                                      "--layers", golden(model + "_layers_int8_tflm.npz"),
                                      "--layers-sample", QString::number(sample), "--board",
                                      "qemu_mps2_an386", "-o", output, "--json"});
        QVERIFY2(run.exitCode == 0, run.err);
        const QJsonObject compared = run.json()["layers"].toObject();
        QVERIFY(compared["unmatched"].toArray().isEmpty());
        const QJsonArray rows = compared["layers"].toArray();
        QCOMPARE(rows.size(), layers);
        for (const QJsonValue row : rows) {
            QCOMPARE(row["differing"].toInt(), 0);
        }
        const QByteArray wanted = npyBytes(golden(model + "_out_int8_tflm.npy"));
        QVERIFY(!wanted.isEmpty());
        QCOMPARE(npyBytes(output), wanted);
    }

    /// The tensors of another sample: every layer differs, and the exit code says so.
    void otherLayersAreTold()
    {
        const Outcome run =
            tidemark({"eval", golden("kws_int8.tflite"), "--inputs", golden("kws_in_int8_nhwc.npy"),
                      "--layers", golden("kws_layers_int8_tflm.npz"), "--layers-sample", "5"});
        QCOMPARE(run.exitCode, 1);
        QVERIFY(run.out.contains("differs"));
        const QStringList eval{"eval", golden("kws_int8.tflite"), "--inputs",
                               golden("kws_in_int8_nhwc.npy"), "--layers"};
        QCOMPARE(tidemark(eval + QStringList{golden("README.md")}).exitCode, 3);
        QCOMPARE(tidemark(eval +
                          QStringList{golden("kws_layers_int8_tflm.npz"), "--layers-sample", "99"})
                     .exitCode,
                 2);
    }

    void floatModelsQuantise()
    {
        const QStringList int8{"--dtype", "int8", "--calib", kPixels, "--scale", "1/255"};
        const Outcome planned = tidemark(QStringList{"plan", kLenet, "--json"} + int8);
        QVERIFY2(planned.exitCode == 0, planned.err);
        const QJsonObject plan = planned.json();
        QCOMPARE(plan["activation_bytes"].toInt(), 2200);
        QCOMPARE(plan["quantization"].toArray().size(), 7);
        for (const QJsonValue stage : plan["quantization"].toArray()) {
            QVERIFY(stage["sqnr_db"].toDouble() > 25);
        }
        int correct[2] = {0, 0};
        for (const bool quantised : {false, true}) {
            const QStringList options = quantised ? int8 : QStringList{"--scale", "1/255"};
            const Outcome run = tidemark(
                QStringList{"eval", kLenet, "--engine", "kernels", "--inputs", kPixels, "--labels",
                            QString(kSource) + "/tests/golden/lenet5/lenet5_test200_labels.npy",
                            "--json"} +
                options);
            QVERIFY2(run.exitCode == 0, run.err);
            correct[quantised] = run.json()["correct"].toInt();
            QCOMPARE(run.json()["confusion"].toArray().size(), 10);
        }
        QVERIFY2(correct[1] >= correct[0] - 2,
                 qPrintable(QString("%1 against %2").arg(correct[1]).arg(correct[0])));
        const Outcome generated = tidemark({"plan", kLenet, "--dtype", "int8"});
        QCOMPARE(generated.exitCode, 0);
        QVERIFY2(generated.err.contains("generated inputs"), generated.err);
    }

    void misuseIsRefused()
    {
        QCOMPARE(tidemark({"plan", golden("kws_int8.tflite"), "--dtype", "fp32"}).exitCode, 2);
        QCOMPARE(tidemark({"plan", kLenet, "--dtype", "int8", "--calib", kPixels}).exitCode, 2);
        QCOMPARE(tidemark({"plan", kLenet, "--dtype", "int8", "--calib", "none.npy"}).exitCode, 3);
        QCOMPARE(
            tidemark({"eval", kLenet, "--inputs", kPixels, "--inputs", kPixels, "--scale", "1/255"})
                .exitCode,
            2);
    }
};

QTEST_GUILESS_MAIN(TestInt8)
#include "test_int8.moc"

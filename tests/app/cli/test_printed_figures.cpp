// SPDX-License-Identifier: GPL-3.0-or-later
// The figures of docs/printed-figures.md, by the commands that are given there.
#include "tests/app/cli/program.h"

#include <QtTest>

using test::kLenet;
using test::kSource;
using test::tidemark;

namespace {

const QString kPrinted = kSource + "/tests/golden/printed_figures/";
const QString kCifar = kPrinted + "cifar10_paper.onnx";
const QString kThree = kPrinted + "three_convolutions.onnx";
const QString kVgg = kSource + "/resources/examples/vgg16.onnx";

double planned(const QString& model, const QStringList& options, const char* key)
{
    return tidemark(QStringList{"plan", model, "--json"} + options).json()[key].toDouble(-1);
}

double activations(const QString& model, const char* technique)
{
    return planned(model, {"--technique", technique}, "activation_bytes");
}

/// Of the buffers of a plan of a model whose names end so.
double bytesOf(const QString& model, const QString& ending)
{
    double bytes = 0;
    for (const QJsonValue buffer :
         tidemark({"plan", model, "--json"}).json()["buffers"].toArray()) {
        bytes += buffer["name"].toString().endsWith(ending) ? buffer["bytes"].toDouble() : 0;
    }
    return bytes;
}

double percentLess(double now, double before)
{
    return std::round(100 * (1 - now / before));
}

} // namespace

class TestPrintedFigures : public QObject {
    Q_OBJECT

private slots:
    void lenet()
    {
        const double unshared = activations(kLenet, "unshared"),
                     fused = activations(kLenet, "fused"),
                     pingpong = activations(kLenet, "pingpong");
        QCOMPARE(planned(kLenet, {}, "parameters"), 61'706);
        QCOMPARE(planned(kLenet, {}, "weight_bytes"), 246'824);
        QCOMPARE(unshared, 36'472);
        QCOMPARE(fused, 11'256);
        QCOMPARE(pingpong, 8'800);
        QCOMPARE(planned(kLenet, {}, "weight_bytes") + unshared, 283'296);
        QCOMPARE(percentLess(fused, unshared), 69);
        QCOMPARE(percentLess(pingpong, fused), 22);
        QCOMPARE(percentLess(pingpong, unshared), 76);
        QCOMPARE(14'796 - pingpong, 5'996); // what the paper's RAM holds beside
    }

    void cifar()
    {
        QCOMPARE(bytesOf(kCifar, ".weights") / 4, 33'120);
        QCOMPARE(planned(kCifar, {}, "parameters"), 33'210);
        const double bytes =
            planned(kCifar, {"--dtype", "int8", "--technique", "pingpong"}, "activation_bytes");
        QCOMPARE(bytes, 11'264);
        QCOMPARE(percentLess(bytes, 44'170), 74); // what CMSIS-NN's example has in its place
    }

    void training()
    {
        const QStringList command{"train-memory", "--counts", "9000",   "532752",      "19072984",
                                  "--batch",      "128",      "--json", "--convention"};
        const auto trained = [&](const char* convention) {
            return tidemark(command + QStringList{convention}).json()["training"].toObject();
        };
        const QJsonObject printed = trained("notes-rounded"), exact = trained("notes");
        QCOMPARE(QString::number(printed["mib"].toDouble(), 'f', 2), "742.34");
        QCOMPARE(QString::number(exact["mib"].toDouble(), 'f', 2), "742.93");
        const QJsonArray terms = printed["terms"].toArray();
        constexpr double kMib = 1024 * 1024;
        QCOMPARE(terms[0]["value"].toDouble() / kMib / 128, 4.06);
        QCOMPARE(terms[1]["value"].toDouble() / kMib, 218.27);
        QCOMPARE(terms[2]["value"].toDouble() / kMib, 4.39);
    }

    void inference()
    {
        QCOMPARE(bytesOf(kThree, "conv1"), 6'000'000);
        QCOMPARE(bytesOf(kThree, "conv2"), 3'000'000);
        QCOMPARE(activations(kThree, "liveness"), 9'000'000);
        const QJsonObject vgg =
            tidemark({"train-memory", kVgg, "--optimizer", "adam", "--json"}).json();
        QCOMPARE(vgg["elements"]["parameters"].toDouble(), 138'357'544);
        QCOMPARE(vgg["inference"]["terms"][1]["value"].toDouble(), 25'690'112);
    }
};

QTEST_GUILESS_MAIN(TestPrintedFigures)
#include "test_printed_figures.moc"

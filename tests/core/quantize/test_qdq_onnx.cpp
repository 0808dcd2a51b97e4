// SPDX-License-Identifier: Apache-2.0
// Every int8 operator as QDQ ONNX, and back: the same bits.
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include <QTemporaryDir>

#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/lower/fixed_point.h"
#include "core/lower/layout.h"
#include "core/lower/lower.h"
#include "core/quantize/qdq_onnx.h"
#include "core/reference/reference.h"
#include "tests/core/execute/operator_networks.h"

#include <set>

using namespace tidemark;
using namespace tidemark::handmade;

namespace {

template <class T> T orDie(Result<T> result)
{
    if (!result) {
        qFatal("%s", result.error().text().c_str());
    }
    return std::move(*result);
}

/// What the file's tensors hold for elements of a value: reals, channel by channel.
std::vector<float> realsInFile(const Value& value, const std::vector<float>& stored)
{
    const bool isQuantized = value.quantization.has_value();
    const auto scale = static_cast<float>(scaleOf(value.quantization));
    const auto zeroPoint = static_cast<float>(zeroPointOf(value.quantization));
    std::vector<float> reals;
    for (std::int64_t c = 0; c < value.channels; ++c) {
        for (std::int64_t pixel = 0; pixel < value.rows * value.width; ++pixel) {
            const float x = stored[static_cast<std::size_t>(pixel * value.channels + c)];
            reals.push_back(isQuantized ? scale * (x - zeroPoint) : x);
        }
    }
    return reals;
}

/// Input reals in, output reals out, in the order of the file.
std::vector<float> runFile(const Network& network, const std::vector<std::vector<float>>& inputs)
{
    std::vector<std::vector<std::byte>> bytes;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        bytes.push_back(
            toChannelsLast(network[network.inputs[i]], bytesOf(DataType::Float32, inputs[i])));
    }
    const ValueBytes values = orDie(runUnplanned(network, bytes));
    const ValueId output = network.outputs.front();
    const Value& value = network[output];
    return numbersOf(value.type, toModelOrder(value, values[output.index()]));
}

/// The kinds of stages that compute, conversions aside.
std::multiset<std::string> computations(const Network& network)
{
    std::multiset<std::string> kinds;
    for (const Stage& stage : network.stages) {
        if (!std::holds_alternative<UnaryOp>(stage.op) ||
            std::get<UnaryOp>(stage.op).function != UnaryFunction::Identity) {
            kinds.insert(stage.kindText());
        }
    }
    return kinds;
}

} // namespace

class TestQdqOnnx : public QObject {
    Q_OBJECT

private slots:
    void everyOperatorComesBack_data()
    {
        QTest::addColumn<QString>("kind");
        for (const std::string& kind : operatorKinds()) {
            QTest::newRow(kind.c_str()) << QString::fromStdString(kind);
        }
    }
    void everyOperatorComesBack()
    {
        QFETCH(QString, kind);
        QTemporaryDir dir;
        const std::string path = dir.filePath("qdq.onnx").toStdString();
        // One int8 tensor made of another goes through floats there: a step apart at most.
        const bool requantises = kind == "identity" || kind == "requantise";
        int written = 0;
        for (unsigned seed = 1; seed <= 40 && written < 8; ++seed) {
            const Network network = operatorNetwork(kind.toStdString(), DataType::Int8, seed);
            if (const Status status = writeQdqOnnx(network, path); !status) {
                QVERIFY2(status.error().what.starts_with("no QDQ form"),
                         status.error().text().c_str());
                continue;
            }
            ++written;
            const Network back = orDie(lower(orDie(importModel(path))));
            const auto inputs = operatorInputs(network, seed);
            std::vector<std::vector<float>> stored, reals;
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                const Value& value = network[network.inputs[i]];
                stored.push_back(numbersOf(value.type, inputs[i]));
                reals.push_back(realsInFile(value, stored.back()));
            }
            const ValueId output = network.outputs.front();
            const auto values = orDie(runReference(network, stored));
            const auto wanted = realsInFile(network[output], values[output.index()]);
            const auto got = runFile(back, reals);
            const std::string name = "seed " + std::to_string(seed);
            const double room = requantises ? 1.001 * scaleOf(network[output].quantization) : 0;
            QCOMPARE(got.size(), wanted.size());
            for (std::size_t i = 0; i < got.size(); ++i) {
                const double apart = std::abs(static_cast<double>(got[i]) - wanted[i]);
                QVERIFY2(got[i] == wanted[i] || apart <= room, name.c_str());
            }
        }
        QVERIFY(written > 0);
    }

    /// Not only the bits: what a file says in QDQ pairs is the int8 stage that it was written from.
    void theNetworkIsTheSame()
    {
        QTemporaryDir dir;
        const std::string path = dir.filePath("qdq.onnx").toStdString();
        for (const char* kind :
             {"conv", "depthwise conv", "fully connected", "sequence fc", "average pool",
              "max pool", "mean", "sum", "leaky relu", "sigmoid", "prelu", "add", "mul", "div",
              "concat channels", "edge pad", "nearest resize", "linear resize", "log softmax"}) {
            for (unsigned seed = 1; seed <= 4; ++seed) {
                const Network network = operatorNetwork(kind, DataType::Int8, seed);
                if (!writeQdqOnnx(network, path)) {
                    continue;
                }
                const Network back = orDie(lower(orDie(importModel(path))));
                const auto kinds = computations(back);
                for (const std::string& made : computations(network)) {
                    QVERIFY2(kinds.contains(made), kind);
                }
                for (const Stage& stage : back.stages) {
                    const bool isInt8 = back[stage.outputs.front()].type == DataType::Int8;
                    QVERIFY2(isInt8 || std::holds_alternative<UnaryOp>(stage.op), kind);
                }
            }
        }
    }

    void refusals()
    {
        QTemporaryDir dir;
        const std::string path = dir.filePath("qdq.onnx").toStdString();
        QVERIFY(!writeQdqOnnx(operatorNetwork("conv", DataType::Float32, 1), path));
        Network network = operatorNetwork("conv", DataType::Int8, 1);
        network.constants.front().data = {};
        const Status empty = writeQdqOnnx(network, path);
        QVERIFY(!empty && empty.error().what == "weights that are not there");
    }
};

QTEST_APPLESS_MAIN(TestQdqOnnx)
#include "test_qdq_onnx.moc"

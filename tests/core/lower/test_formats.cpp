// SPDX-License-Identifier: Apache-2.0
// The same network from a TensorFlow Lite file and from an ONNX file: the same stages.
#include "core/import/import.h"
#include "tests/core/lower/networks.h"

#include <QtTest>
#include <map>
#include <sstream>

using namespace tidemark;
using namespace tidemark::test;

class TestFormats : public QObject {
    Q_OBJECT

private slots:
    void sameStages_data();
    void sameStages();
    void parametersOfInt8();
    void quantizedOperators();
    void unsignedBecomesSigned();
};

namespace {

Network read(const std::string& name)
{
    const auto model = importModel(std::string(TIDEMARK_SOURCE_DIR) + "/tests/golden/" + name);
    if (!model) {
        qFatal("%s", model.error().text().c_str());
    }
    return lowered(*model);
}

/// A conversion between float and int8 at the network's edge: files differ in whether users see it.
bool isEdge(const Network& network, const Stage& stage)
{
    const auto* unary = std::get_if<UnaryOp>(&stage.op);
    return unary && unary->function == UnaryFunction::Identity &&
           network[stage.inputs[0]].type != network[stage.outputs[0]].type;
}

/// Scales to six digits: one format computes those of biases, the other stores them.
std::string text(const std::optional<Quantization>& quantization, int digits)
{
    std::ostringstream out;
    out.precision(digits);
    for (std::size_t i = 0; quantization && i < quantization->scales.size(); ++i) {
        out << ' ' << quantization->scales[i] << '@' << quantization->zeroPoints[i];
    }
    return out.str();
}

std::string windowText(const Window& w)
{
    return toString(Shape{w.kernelH, w.kernelW, w.strideH, w.strideW, w.dilationH, w.dilationW,
                          w.padTop, w.padLeft, w.padBottom, w.padRight});
}

std::string opText(const Stage& stage)
{
    std::string out = stage.kindText();
    if (const auto* conv = std::get_if<ConvOp>(&stage.op)) {
        out += " " + windowText(conv->window) + " groups " + std::to_string(conv->groups) + " " +
               toString(Shape{conv->convRows, conv->convWidth});
    }
    if (const auto* reduce = std::get_if<ReduceOp>(&stage.op)) {
        out += reduce->roundsMean ? " rounds" : " scales";
    }
    if (const auto* softmax = std::get_if<SoftmaxOp>(&stage.op)) {
        out += " beta " + std::to_string(softmax->beta);
    }
    return out;
}

/// Everything that a network computes, without names, one line a fact.
std::vector<std::string> facts(const Network& network)
{
    std::vector<std::string> lines;
    std::map<ValueId, std::size_t> numbers;
    const auto valueText = [&](ValueId id) {
        const auto number = numbers.try_emplace(id, numbers.size()).first->second;
        const Value& v = network[id];
        return " #" + std::to_string(number) + " " + std::string(toString(v.type)) + " " +
               toString(Shape{v.rows, v.width, v.channels}) + text(v.quantization, 6);
    };
    for (const Stage& stage : network.stages) {
        if (isEdge(network, stage)) {
            continue;
        }
        std::string line = opText(stage) + ":";
        for (const ValueId input : stage.inputs) {
            line += valueText(input);
        }
        line += " ->" + valueText(stage.outputs[0]);
        lines.push_back(line + " macs " + std::to_string(stage.macs));
        for (const ConstantId id : stage.constants) {
            const Constant& c = network[id];
            const auto bytes = c.data.bytes();
            const QByteArray data(reinterpret_cast<const char*>(bytes.data()),
                                  static_cast<qsizetype>(bytes.size()));
            const QByteArray hash =
                QCryptographicHash::hash(data, QCryptographicHash::Sha256).toHex();
            lines.push_back("  " + std::string(toString(c.type)) + " " + toString(c.shape) +
                            text(c.quantization, 5) + " " + hash.toStdString());
        }
    }
    return lines;
}

} // namespace

void TestFormats::sameStages_data()
{
    QTest::addColumn<QString>("onnx");
    QTest::addColumn<QString>("tflite");
    QTest::newRow("keyword spotting, int8") << "mlperf_tiny/kws_int8_qdq.onnx"
                                            << "mlperf_tiny/kws_int8.tflite";
    QTest::newRow("image classification, int8") << "mlperf_tiny/ic_int8_qdq.onnx"
                                                << "mlperf_tiny/ic_int8.tflite";
    QTest::newRow("anomaly detection, int8") << "mlperf_tiny/ad_int8_qdq.onnx"
                                             << "mlperf_tiny/ad_int8.tflite";
    QTest::newRow("visual wake words, int8") << "mlperf_tiny/vww_int8_qdq.onnx"
                                             << "mlperf_tiny/vww_int8.tflite";
    QTest::newRow("keyword spotting, float") << "mlperf_tiny/kws_float.onnx"
                                             << "mlperf_tiny/kws_float.tflite";
}

void TestFormats::sameStages()
{
    QFETCH(QString, onnx);
    QFETCH(QString, tflite);
    const std::vector<std::string> left = facts(read(onnx.toStdString()));
    const std::vector<std::string> right = facts(read(tflite.toStdString()));
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
        QCOMPARE(QString::fromStdString(left[i]), QString::fromStdString(right[i]));
    }
    QCOMPARE(left.size(), right.size());
    QVERIFY(left.size() > 20);
}

void TestFormats::parametersOfInt8()
{
    const Network network = read("mlperf_tiny/ic_int8.tflite");
    QVERIFY(isWhole(network));
    QCOMPARE(network.parameters(), 77706);
    QCOMPARE(network.macs(), 12501632);
    const Stage& first = network.stages[0];
    QVERIFY(network[first.inputs[0]].type == DataType::Int8);
    const Constant& weights = network[first.constants[0]];
    QCOMPARE(weights.shape, (Shape{16, 3, 3, 3}));
    QVERIFY(weights.type == DataType::Int8);
    QCOMPARE(weights.quantization->scales.size(), std::size_t{16});
    QCOMPARE(weights.quantization->axis, 0);
    QVERIFY(network[first.constants[1]].type == DataType::Int32);
    for (const Value& value : network.values) {
        QVERIFY(value.type == DataType::Int8 && value.quantization);
    }
}

/// QLinearConv: its bias is stored at the scale of input times weights, without saying so.
void TestFormats::quantizedOperators()
{
    const std::string name = "zoo/qoperator_conv.onnx";
    const auto model = importModel(std::string(TIDEMARK_SOURCE_DIR) + "/tests/golden/" + name);
    QVERIFY(model);
    const Network network = read(name);
    QCOMPARE(summary(network), std::string("copy1: copy; conv1: conv; copy2: copy"));
    const Stage& conv = network.stages[1];
    const Constant& bias = network[conv.constants[1]];
    const Tensor& stored = (*model)[*model->operators[1].inputs[8]];
    QVERIFY(bias.type == DataType::Int32);
    QVERIFY(std::ranges::equal(bias.data.bytes(), stored.constant->bytes()));
    QCOMPARE(bias.quantization->scales.size(), std::size_t{4});
    QVERIFY(network[conv.outputs[0]].type == DataType::Int8);
}

/// uint8 activations are less by 128 inside; here both ends are float.
void TestFormats::unsignedBecomesSigned()
{
    const Network network = read("zoo/qdq_uint8_asym.onnx");
    for (const Value& value : network.values) {
        QVERIFY(value.type == DataType::Float32 || value.type == DataType::Int8);
    }
    QVERIFY(std::ranges::none_of(network.stages,
                                 [](const Stage& stage) { return stage.isPlanOnly(); }));
}

QTEST_GUILESS_MAIN(TestFormats)
#include "test_formats.moc"

// SPDX-License-Identifier: Apache-2.0
// Fixed-point numbers, post-training quantisation, and goldens of TensorFlow Lite Micro.
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include <QTemporaryDir>

#include "core/board/board_file.h"
#include "core/execute/execute.h"
#include "core/execute/kernel_call.h"
#include "core/import/import.h"
#include "core/io/npy.h"
#include "core/lower/fixed_point.h"
#include "core/lower/kernel_tables.h"
#include "core/lower/layout.h"
#include "core/lower/lower.h"
#include "core/lower/stored_numbers.h"
#include "core/place/plan.h"
#include "core/quantize/qdq_onnx.h"
#include "core/quantize/quantize.h"
#include "core/quantize/ranges.h"
#include "core/reference/reference.h"
#include "tests/core/execute/hand_made.h"
#include "tests/core/execute/operator_networks.h"

#include <cmath>

using namespace tidemark;
using namespace tidemark::handmade;

namespace {

const std::string kGolden = std::string(TIDEMARK_SOURCE_DIR) + "/tests/golden/";

NpyArray golden(const std::string& name)
{
    const auto array = readNpy(kGolden + name);
    if (!array) {
        qFatal("%s", array.error().text().c_str());
    }
    return *array;
}

Network lowered(const std::string& path)
{
    const auto model = importModel(path);
    if (!model) {
        qFatal("%s", model.error().text().c_str());
    }
    auto network = lower(*model);
    if (!network) {
        qFatal("%s", network.error().text().c_str());
    }
    return std::move(*network);
}

std::size_t classOf(const std::vector<float>& output)
{
    return static_cast<std::size_t>(std::ranges::max_element(output) - output.begin());
}

/// Digits `first` to `last` as inputs of LeNet-5.
std::vector<std::vector<std::vector<float>>> digits(std::size_t first, std::size_t last)
{
    const std::vector<float> pixels = golden("lenet5/lenet5_test200_u8.npy").toFloats();
    std::vector<std::vector<std::vector<float>>> samples;
    for (std::size_t s = first; s < last; ++s) {
        std::vector<float> sample(pixels.begin() + static_cast<std::ptrdiff_t>(s * 1024),
                                  pixels.begin() + static_cast<std::ptrdiff_t>((s + 1) * 1024));
        for (float& x : sample) {
            x /= 255;
        }
        samples.push_back({sample});
    }
    return samples;
}

} // namespace

class TestQuantize : public QObject {
    Q_OBJECT

private slots:
    void fixedPointNumbers()
    {
        QCOMPARE(fixedPoint(1).multiplier, 1 << 30);
        QCOMPARE(fixedPoint(1).shift, 1);
        QVERIFY(fixedPoint(0) == FixedPoint{});
        QVERIFY(fixedPoint(-1) == FixedPoint{});
        QVERIFY(fixedPoint(std::ldexp(1.0, -33)) == FixedPoint{}); // below 2^-32: flushed
        QCOMPARE(fixedPoint(std::ldexp(1.0, -32)).shift, -31);
        QCOMPARE(fixedPoint(1 - 1e-12).multiplier, 1 << 30); // rounds up to the next power
        for (const double factor : {0.3, 1e-6, 0.9999, 17.0, 1.0 / 3}) {
            const FixedPoint f = fixedPoint(factor);
            QVERIFY(std::abs(std::ldexp(f.multiplier, f.shift - 31) / factor - 1) < 1e-9);
            QVERIFY(f.multiplier >= 1 << 30);
        }
    }

    void rangesCoverZeroAndWhatWasSeen()
    {
        QCOMPARE(affine(0, 2.55).zeroPoints[0], -128);
        QCOMPARE(affine(-2.55, 0).zeroPoints[0], 127);
        QCOMPARE(affine(1, 2.55).zeroPoints[0], -128);
        QVERIFY(affine(0, 0).scales[0] > 0);
        Observer observer;
        std::vector<float> elements(10001);
        for (std::size_t i = 0; i < elements.size(); ++i) {
            elements[i] = static_cast<float>(i % 100) / 100;
        }
        elements[0] = 50; // an outlier
        observer.seeExtremes(elements);
        observer.seeDistribution(elements);
        QuantizeOptions options;
        const float whole = observer.quantization(options).scales[0];
        QVERIFY(std::abs(whole - 50.0F / 255) < 1e-6F);
        options.method = RangeMethod::Percentile;
        options.tail = 1e-3;
        QVERIFY(observer.quantization(options).scales[0] < whole / 20);
    }

    void stopsBetweenStages()
    {
        const Network network = lowered(TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx");
        std::stop_source stopper;
        QuantizeOptions options;
        options.stop = stopper.get_token();
        QVERIFY(quantize(network, digits(0, 1), options));
        stopper.request_stop();
        const auto stopped = quantize(network, digits(0, 1), options);
        QVERIFY(!stopped && stopped.error().what.find("cancelled") != std::string::npos);
    }

    void lenetKeepsItsAnswers_data()
    {
        QTest::addColumn<int>("method");
        QTest::newRow("minmax") << 0;
        QTest::newRow("percentile") << 1;
        QTest::newRow("mse") << 2;
    }
    void lenetKeepsItsAnswers()
    {
        QFETCH(int, method);
        const Network network = lowered(TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx");
        QuantizeOptions options;
        options.method = static_cast<RangeMethod>(method);
        const auto quantised = quantize(network, digits(0, 24), options);
        QVERIFY2(quantised, quantised ? "" : quantised.error().text().c_str());
        QCOMPARE(quantised->errors.size(), network.stages.size());
        for (const StageError& error : quantised->errors) {
            QVERIFY2(error.sqnr > 18, (error.stage + " " + std::to_string(error.sqnr)).c_str());
        }
        const Network& int8 = quantised->network;
        const std::vector<float> labels = golden("lenet5/lenet5_test200_labels.npy").toFloats();
        const std::vector<float> logits = golden("lenet5/lenet5_test200_logits_ort.npy").toFloats();
        int correct = 0;
        int floatCorrect = 0;
        const auto samples = digits(0, 200);
        for (std::size_t s = 0; s < samples.size(); ++s) {
            const auto numbers = quantizeInputs(int8, samples[s]);
            const std::vector<std::vector<std::byte>> inputs{
                bytesOf(DataType::Int8, numbers.front())};
            const auto values = runUnplanned(int8, inputs);
            QVERIFY2(values, values ? "" : values.error().text().c_str());
            const auto output = numbersOf(DataType::Int8, (*values)[int8.outputs[0].index()]);
            const std::vector<float> wanted(logits.begin() + static_cast<std::ptrdiff_t>(10 * s),
                                            logits.begin() +
                                                static_cast<std::ptrdiff_t>(10 * s + 10));
            correct += classOf(output) == static_cast<std::size_t>(labels[s]) ? 1 : 0;
            floatCorrect += classOf(wanted) == static_cast<std::size_t>(labels[s]) ? 1 : 0;
        }
        QVERIFY2(correct >= floatCorrect - 2, // one point of 200
                 qPrintable(QString("%1 of 200, float %2").arg(correct).arg(floatCorrect)));
    }

    /// Every operator that has a float kernel survives quantisation with a sensible result.
    void everyOperatorQuantises()
    {
        int tried = 0;
        for (const std::string& kind : operatorKinds()) {
            for (unsigned seed = 1; seed <= 6; ++seed) {
                const Network network = operatorNetwork(kind, DataType::Float32, seed);
                if (network[network.inputs.front()].type != DataType::Float32 ||
                    network[network.outputs.front()].type == DataType::Int8 ||
                    network[network.outputs.front()].type == DataType::UInt8) {
                    continue; // a cast
                }
                std::vector<std::vector<std::vector<float>>> samples;
                for (unsigned s = 0; s < 3; ++s) {
                    auto& sample = samples.emplace_back();
                    for (const auto& input : operatorInputs(network, s)) {
                        sample.push_back(numbersOf(DataType::Float32, input));
                    }
                }
                const auto quantised = quantize(network, samples);
                QVERIFY2(quantised, (kind + (quantised ? "" : quantised.error().text())).c_str());
                std::vector<std::vector<std::byte>> inputs;
                for (const auto& numbers : quantizeInputs(quantised->network, samples[0])) {
                    inputs.push_back(bytesOf(DataType::Int8, numbers));
                }
                const auto values = runUnplanned(quantised->network, inputs);
                QVERIFY2(values, (kind + (values ? "" : values.error().text())).c_str());
                // Quotients and arg max of nearly equal elements may be far off; others not.
                if (kind != "div" && kind != "argmax") {
                    QVERIFY2(quantised->errors.front().sqnr > 15,
                             (kind + " seed " + std::to_string(seed) + ": " +
                              std::to_string(quantised->errors.front().sqnr))
                                 .c_str());
                }
                ++tried;
            }
        }
        QVERIFY(tried > 200);
    }

    /// Chains of several stages, planned with everything the planner has.
    void plannedInt8EqualsUnplanned()
    {
        const auto board = std::make_shared<const Board>(
            *findBoard("qemu_mps2_an386", TIDEMARK_SOURCE_DIR "/resources/boards"));
        for (unsigned seed = 1; seed <= 60; ++seed) {
            const auto chain = randomNetwork(seed);
            std::vector<std::vector<std::vector<float>>> samples{
                {numbersOf(DataType::Float32, randomInputs(*chain, seed).front())}};
            auto quantised = quantize(*chain, samples);
            QVERIFY2(quantised, quantised ? "" : quantised.error().text().c_str());
            const auto network = std::make_shared<const Network>(std::move(quantised->network));
            const auto planned = plan(network, board, {});
            QVERIFY(planned);
            const auto inputs = operatorInputs(*network, seed);
            const auto values = runUnplanned(*network, inputs);
            const auto outputs = runPlanned(**planned, inputs);
            QVERIFY2(outputs, outputs ? "" : outputs.error().text().c_str());
            QVERIFY(outputs->front() == (*values)[network->outputs.front().index()]);
        }
    }

    /// Written as QDQ ONNX and read back: the same numbers out of the same inputs.
    void qdqModelsReadBack()
    {
        QTemporaryDir dir;
        const std::string path = dir.filePath("qdq.onnx").toStdString();
        const Network lenet = lowered(TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx");
        const auto samples = digits(0, 8);
        const auto quantised = quantize(lenet, samples);
        QVERIFY(quantised);
        const Status written = writeQdqOnnx(quantised->network, path);
        QVERIFY2(written, written ? "" : written.error().text().c_str());
        const Network back = lowered(path);
        const Network& int8 = quantised->network;
        const auto& out = int8[int8.outputs.front()].quantization;
        for (const auto& sample : samples) {
            const auto wanted = runReference(int8, quantizeInputs(int8, sample));
            const auto got = runReference(back, sample);
            QVERIFY2(got, got ? "" : got.error().text().c_str());
            const auto& stored = (*wanted)[int8.outputs.front().index()];
            const auto& real = (*got)[back.outputs.front().index()];
            QCOMPARE(real.size(), stored.size());
            for (std::size_t i = 0; i < real.size(); ++i) {
                QCOMPARE(real[i], static_cast<float>(scaleOf(out)) *
                                      (stored[i] - static_cast<float>(zeroPointOf(out))));
            }
        }
        QVERIFY(!writeQdqOnnx(lenet, path)); // not int8
    }

    /// Long sums of extreme numbers: exact as long as the whole fits 32 bits, whatever the parts.
    void wideSumsDoNotOverflow()
    {
        for (const int sign : {-1, 1}) {
            Network network = operatorNetwork("fully connected", DataType::Int8, 9);
            constexpr std::int64_t kInputs = 70'000;
            Value& in = network.values[network.inputs.front().index()];
            in.rows = in.width = 1;
            in.channels = kInputs;
            in.quantization = Quantization{{1e-4F}, {127}, -1};
            const std::int64_t outputs = network[network.outputs.front()].channels;
            auto& op = std::get<FullyConnectedOp>(network.stages[0].op);
            network.constants.clear();
            op.weights = ConstantId(0);
            op.bias = ConstantId(1);
            network.stages[0].constants = {op.weights, *op.bias};
            const std::vector<float> weights(static_cast<std::size_t>(kInputs * outputs),
                                             static_cast<float>(127 * sign));
            // Every product is -255 * 127 * sign; the bias brings the sum back.
            const float bias = static_cast<float>(sign) * 2147483520.0F;
            Constant constant;
            constant.type = DataType::Int8;
            constant.shape = {outputs, kInputs};
            constant.quantization = Quantization{{1e-4F}, {0}, -1};
            constant.data = ConstantData(bytesOf(DataType::Int8, weights));
            network.constants.push_back(constant);
            constant.role = ConstantRole::Bias;
            constant.type = DataType::Int32;
            constant.shape = {outputs};
            constant.quantization.reset();
            constant.data = ConstantData(bytesOf(
                DataType::Int32, std::vector<float>(static_cast<std::size_t>(outputs), bias)));
            network.constants.push_back(constant);
            const std::vector<float> lowest(kInputs, -128);
            const auto kernels = runUnplanned(
                network, std::vector<std::vector<std::byte>>{bytesOf(DataType::Int8, lowest)});
            const auto reference = runReference(network, std::vector<std::vector<float>>{lowest});
            QVERIFY(kernels && reference);
            const std::size_t output = network.outputs.front().index();
            QVERIFY(numbersOf(DataType::Int8, (*kernels)[output]) == (*reference)[output]);
        }
    }

    void withoutWeightsSizesAreKnown()
    {
        Network network = operatorNetwork("fully connected", DataType::Float32, 3);
        for (Constant& constant : network.constants) {
            constant.data = {};
        }
        const auto quantised = quantize(network, {});
        QVERIFY(quantised);
        QVERIFY(quantised->errors.empty());
        QVERIFY(quantised->network.constants[0].type == DataType::Int8);
        QVERIFY(quantised->network[network.inputs[0]].type == DataType::Int8);
        QVERIFY(!runUnplanned(quantised->network, operatorInputs(quantised->network, 1)));
    }

    void refusals()
    {
        const Network network = operatorNetwork("conv", DataType::Float32, 3);
        QVERIFY(!quantize(network, {}));
        const Network int8 = operatorNetwork("conv", DataType::Int8, 3);
        const auto again = quantize(int8, {});
        QVERIFY(!again && again.error().text().find("int8") != std::string::npos);
        Network odd = network;
        odd.stages[0].op = PlanOnlyOp{"Odd"};
        const auto planOnly = quantize(odd, {});
        QVERIFY(!planOnly && planOnly.error().text().find("Odd") != std::string::npos);
    }

    /// What TensorFlow Lite Micro makes of the same bytes.
    void logSoftmaxEqualsTfliteMicro_data()
    {
        QTest::addColumn<float>("scale");
        QTest::addColumn<QList<int>>("from");
        QTest::addColumn<QList<int>>("wanted");
        QTest::newRow("0.1") << 0.1F << QList<int>{79, -107, -83, -68, -82, 77, 94, 21, -118, -104}
                             << QList<int>{98, -128, -128, -128, -128, 94, 122, 5, -128, -128};
        QTest::newRow("1") << 1.0F << QList<int>{-43, -18, 31, -6}
                           << QList<int>{-128, -128, 127, -128};
        QTest::newRow("0.02") << 0.02F << QList<int>{-61, -88, 49,  60,  -120, -99, -13, -28,
                                                     99,  4,   -21, -18, 42,   22,  -84, 60}
                              << QList<int>{56,  47, 91, 95, 37, 44, 71, 66,
                                            107, 77, 69, 70, 89, 82, 49, 95};
        QTest::newRow("0.004") << 0.004F
                               << QList<int>{65,   116, 73,   -56,  -47, 38,  38,  50,  94,
                                             -54,  112, -128, -109, 121, 113, -52, -93, -48,
                                             -117, 100, 41,   21,   -66, -8,  -80, 69,  -7,
                                             -121, -63, 52,   5,    -33, -64}
                               << QList<int>{75, 78, 75, 67, 67, 73, 73, 74, 76, 67, 78,
                                             62, 63, 78, 78, 67, 64, 67, 63, 77, 73, 72,
                                             66, 70, 65, 75, 70, 63, 66, 74, 71, 68, 66};
    }
    void logSoftmaxEqualsTfliteMicro()
    {
        QFETCH(float, scale);
        QFETCH(QList<int>, from);
        QFETCH(QList<int>, wanted);
        Network network = operatorNetwork("log softmax", DataType::Int8, 1);
        std::get<SoftmaxOp>(network.stages[0].op).beta = 1;
        for (Value& value : network.values) {
            value.rows = value.width = 1;
            value.channels = from.size();
        }
        network.values[network.inputs[0].index()].quantization = Quantization{{scale}, {3}, -1};
        const std::vector<float> input(from.begin(), from.end());
        const auto values = runUnplanned(
            network, std::vector<std::vector<std::byte>>{bytesOf(DataType::Int8, input)});
        const auto reference = runReference(network, std::vector<std::vector<float>>{input});
        QVERIFY(values && reference);
        const std::size_t output = network.outputs[0].index();
        QCOMPARE(numbersOf(DataType::Int8, (*values)[output]),
                 std::vector<float>(wanted.begin(), wanted.end()));
        QCOMPARE((*reference)[output], std::vector<float>(wanted.begin(), wanted.end()));
    }

    /// Sums of exponentials that the fixed point cannot hold are refused, not wrapped.
    void softmaxOfTooManyChannelsIsRefused()
    {
        for (const char* kind : {"softmax", "log softmax"}) {
            for (const std::int64_t channels : {4095, 4096}) {
                Network network = operatorNetwork(kind, DataType::Int8, 1);
                for (Value& value : network.values) {
                    value.rows = value.width = 1;
                    value.channels = channels;
                }
                const std::vector<std::vector<std::byte>> inputs{
                    std::vector<std::byte>(static_cast<std::size_t>(channels))};
                QCOMPARE(bool(runUnplanned(network, inputs)), channels == 4095);
            }
        }
    }

    void sumsBeyond32BitsAreRefused()
    {
        for (const std::int64_t rows : {32'767, 32'768}) { // of 256 elements
            Network network = operatorNetwork("mean", DataType::Int8, 1);
            network.stages[0].op = ReduceOp{Reduction::Mean, true, true, true};
            Value& in = network.values[network.inputs[0].index()];
            in.rows = 1;
            in.width = rows;
            in.channels = 256;
            Value& out = network.values[network.outputs[0].index()];
            out.rows = out.width = out.channels = 1;
            const auto call = kernelCall(withKernelTables(network), network.stages[0]);
            QCOMPARE(bool(call), rows == 32'767);
        }
    }

    /// Quantised models of another toolchain, bit for bit, through the reference and the kernels.
    void mlperfTinyEqualsTfliteMicro_data()
    {
        QTest::addColumn<QString>("model");
        QTest::newRow("keyword spotting") << "kws";
    }
    void mlperfTinyEqualsTfliteMicro()
    {
        QFETCH(QString, model);
        const std::string stem = "mlperf_tiny/" + model.toStdString();
        const Network network = lowered(kGolden + stem + "_int8_qdq.onnx");
        const NpyArray inputs = golden(stem + "_in_int8_nhwc.npy");
        const NpyArray wanted = golden(stem + "_out_int8_tflm.npy");
        const std::vector<float> stored = inputs.toFloats();
        const std::vector<float> answers = wanted.toFloats();
        const auto count = static_cast<std::size_t>(inputs.shape.front());
        const std::size_t size = stored.size() / count;
        const std::size_t classes = answers.size() / count;
        // The ONNX form is float outside: its first stage quantises, its last dequantises.
        const auto& in = network[network.stages.front().outputs.front()].quantization;
        const auto& out = network[network.stages.back().inputs.front()].quantization;
        QVERIFY(in && out);
        for (std::size_t s = 0; s < std::min<std::size_t>(count, 4); ++s) {
            std::vector<float> real;
            for (std::size_t i = 0; i < size; ++i) {
                real.push_back(static_cast<float>(scaleOf(in)) *
                               (stored[s * size + i] - static_cast<float>(zeroPointOf(in))));
            }
            const auto reference = runReference(network, std::vector<std::vector<float>>{real});
            const auto kernels = runUnplanned(
                network, std::vector<std::vector<std::byte>>{bytesOf(DataType::Float32, real)});
            QVERIFY(reference && kernels);
            const std::size_t output = network.outputs.front().index();
            const auto fromKernels = numbersOf(DataType::Float32, (*kernels)[output]);
            for (std::size_t c = 0; c < classes; ++c) {
                const float answer =
                    static_cast<float>(scaleOf(out)) *
                    (answers[s * classes + c] - static_cast<float>(zeroPointOf(out)));
                QCOMPARE((*reference)[output][c], answer);
                QCOMPARE(fromKernels[c], answer);
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestQuantize)
#include "test_quantize.moc"

// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"
#include "core/lower/layout.h"
#include "core/lower/lower.h"
#include "core/reference/reference.h"
#include "tests/core/import/model_builder.h"

#include <QtTest>
#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

using namespace tidemark;
using test::Integers;
using test::ModelBuilder;

class TestReference : public QObject {
    Q_OBJECT

private slots:
    void lenet5Logits_data();
    void lenet5Logits();
    void convolutions_data();
    void convolutions();
    void sequenceConvolution();
    void pools_data();
    void pools();
    void fullyConnectedAfterImage();
    void gemmScalesAndTransposes();
    void activationAfterPoolMovesIntoTheConvolution();
    void refusals();
};

namespace {

const std::string kGolden = std::string(TIDEMARK_SOURCE_DIR) + "/tests/golden/lenet5/";

/// Elements of a NumPy file of version 1, whose type the test knows.
template <class T> std::vector<T> readNpy(const std::string& name)
{
    std::ifstream file(kGolden + name, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    constexpr std::size_t kPreamble = 10;
    if (content.size() < kPreamble) {
        qFatal("cannot read %s", name.c_str());
    }
    const std::size_t header = kPreamble + static_cast<std::uint8_t>(content[8]) +
                               256U * static_cast<std::uint8_t>(content[9]);
    std::vector<T> elements((content.size() - header) / sizeof(T));
    std::memcpy(elements.data(), content.data() + header, elements.size() * sizeof(T));
    return elements;
}

std::vector<float> random(std::size_t count)
{
    std::mt19937 engine(7);
    std::vector<float> elements(count);
    for (float& element : elements) {
        element = static_cast<float>(engine() % 2001) / 1000.0F - 1.0F;
    }
    return elements;
}

std::vector<float> reorder(const Value& value, const std::vector<float>& elements,
                           std::vector<std::byte> (*order)(const Value&,
                                                           std::span<const std::byte>))
{
    const std::vector<std::byte> bytes = order(value, std::as_bytes(std::span(elements)));
    std::vector<float> result(elements.size());
    std::memcpy(result.data(), bytes.data(), bytes.size());
    return result;
}

Network lowered(const Model& model)
{
    const auto network = lower(model);
    if (!network) {
        qFatal("%s", network.error().text().c_str());
    }
    return *network;
}

/// Output 0 of the network for input 0, both in the order of the model.
std::vector<float> run(const Network& network, const std::vector<float>& input)
{
    const std::vector<std::vector<float>> inputs{
        reorder(network[network.inputs[0]], input, toChannelsLast)};
    const auto values = runReference(network, inputs);
    if (!values) {
        qFatal("%s", values.error().text().c_str());
    }
    const ValueId output = network.outputs[0];
    return reorder(network[output], (*values)[output.index()], toModelOrder);
}

double largestError(const std::vector<float>& a, const std::vector<float>& b)
{
    if (a.size() != b.size()) {
        return std::numeric_limits<double>::infinity();
    }
    double error = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        error = std::max(error, std::abs(static_cast<double>(a[i]) - b[i]));
    }
    return error;
}

std::vector<float> floatsOf(const Tensor& tensor)
{
    std::vector<float> floats(tensor.constant->bytes().size() / sizeof(float));
    std::memcpy(floats.data(), tensor.constant->bytes().data(), floats.size() * sizeof(float));
    return floats;
}

/// Convolution straight from its definition, in the model's order (channels first).
std::vector<float> slowConvolution(const Model& model, const std::vector<float>& x)
{
    const Operator& op = model.operators[0];
    const auto& conv = std::get<ConvAttributes>(op.attributes);
    const Shape in = *model[*op.inputs[0]].shape;
    const Shape out = *model[op.outputs[0]].shape;
    const Shape w = *model[*op.inputs[1]].shape;
    const std::vector<float> weights = floatsOf(model[*op.inputs[1]]);
    const std::vector<float> bias = floatsOf(model[*op.inputs[2]]);
    std::vector<float> y;
    for (std::int64_t o = 0; o < out[1]; ++o) {
        const std::int64_t firstChannel = o / (out[1] / conv.groups) * w[1];
        for (std::int64_t p = 0; p < out[2] * out[3]; ++p) {
            double sum = bias[static_cast<std::size_t>(o)];
            for (std::int64_t k = 0; k < w[1] * w[2] * w[3]; ++k) {
                const std::int64_t c = k / (w[2] * w[3]);
                const std::int64_t h = p / out[3] * conv.window.strideH - conv.window.padTop +
                                       k / w[3] % w[2] * conv.window.dilationH;
                const std::int64_t v = p % out[3] * conv.window.strideW - conv.window.padLeft +
                                       k % w[3] * conv.window.dilationW;
                if (h >= 0 && h < in[2] && v >= 0 && v < in[3]) {
                    sum +=
                        weights[static_cast<std::size_t>(o * w[1] * w[2] * w[3] + k)] *
                        x[static_cast<std::size_t>(((firstChannel + c) * in[2] + h) * in[3] + v)];
                }
            }
            y.push_back(static_cast<float>(sum));
        }
    }
    return y;
}

} // namespace

void TestReference::lenet5Logits_data()
{
    QTest::addColumn<QString>("golden");
    QTest::addColumn<bool>("fuse");
    QTest::newRow("PyTorch") << "lenet5_test200_logits_torch.npy" << false;
    QTest::newRow("ONNX Runtime") << "lenet5_test200_logits_ort.npy" << false;
    QTest::newRow("PyTorch, fused pools") << "lenet5_test200_logits_torch.npy" << true;
    QTest::newRow("ONNX Runtime, fused pools") << "lenet5_test200_logits_ort.npy" << true;
}

void TestReference::lenet5Logits()
{
    QFETCH(QString, golden);
    QFETCH(bool, fuse);
    const auto model =
        importModel(std::string(TIDEMARK_SOURCE_DIR) + "/resources/examples/lenet5.onnx");
    QVERIFY(model);
    const Network network = fuse ? fusePools(lowered(*model)) : lowered(*model);
    const auto digits = readNpy<std::uint8_t>("lenet5_test200_u8.npy");
    const auto expected = readNpy<float>(golden.toStdString());
    constexpr std::size_t kPixels = 32 * 32;
    QCOMPARE(digits.size(), 200 * kPixels);
    std::vector<float> logits;
    for (std::size_t digit = 0; digit < 200; ++digit) {
        std::vector<float> image(kPixels);
        std::transform(digits.begin() + static_cast<std::ptrdiff_t>(digit * kPixels),
                       digits.begin() + static_cast<std::ptrdiff_t>((digit + 1) * kPixels),
                       image.begin(), [](std::uint8_t x) { return static_cast<float>(x) / 255; });
        const std::vector<float> one = run(network, image);
        logits.insert(logits.end(), one.begin(), one.end());
    }
    const auto [low, high] = std::ranges::minmax(expected);
    const double error = largestError(logits, expected);
    QVERIFY2(error <= 1e-5 * (high - low), std::to_string(error).c_str());
}

void TestReference::convolutions_data()
{
    QTest::addColumn<QList<int>>("input"); // channels, height, width
    QTest::addColumn<QList<int>>("weights");
    QTest::addColumn<QList<int>>("strides");
    QTest::addColumn<QList<int>>("dilations");
    QTest::addColumn<QList<int>>("pads");
    QTest::addColumn<int>("groups");
    using L = QList<int>;
    QTest::newRow("plain") << L{3, 7, 6} << L{5, 3, 3, 2} << L{1, 1} << L{1, 1} << L{0, 0, 0, 0}
                           << 1;
    QTest::newRow("asymmetric pads")
        << L{2, 5, 9} << L{4, 2, 3, 5} << L{2, 1} << L{1, 1} << L{0, 3, 2, 1} << 1;
    QTest::newRow("dilated") << L{2, 11, 9} << L{3, 2, 3, 2} << L{1, 2} << L{2, 3} << L{1, 0, 2, 1}
                             << 1;
    QTest::newRow("stride beyond kernel")
        << L{1, 10, 11} << L{2, 1, 2, 1} << L{4, 3} << L{1, 1} << L{0, 0, 0, 0} << 1;
    QTest::newRow("grouped") << L{6, 5, 5} << L{4, 3, 3, 3} << L{1, 1} << L{1, 1} << L{1, 1, 1, 1}
                             << 2;
    QTest::newRow("depthwise") << L{4, 6, 5} << L{8, 1, 3, 3} << L{2, 2} << L{1, 1} << L{1, 1, 1, 1}
                               << 4;
    QTest::newRow("1x1") << L{3, 4, 4} << L{7, 3, 1, 1} << L{1, 1} << L{1, 1} << L{0, 0, 0, 0} << 1;
    QTest::newRow("window in the padding")
        << L{1, 3, 3} << L{1, 1, 2, 2} << L{2, 2} << L{1, 1} << L{3, 3, 3, 3} << 1;
}

void TestReference::convolutions()
{
    QFETCH(QList<int>, input);
    QFETCH(QList<int>, weights);
    QFETCH(QList<int>, strides);
    QFETCH(QList<int>, dilations);
    QFETCH(QList<int>, pads);
    QFETCH(int, groups);
    const auto list = [](const QList<int>& l) { return Integers(l.begin(), l.end()); };
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, input[0], input[1], input[2]});
    const TensorId w = builder.weights("w", list(weights));
    const TensorId b = builder.weights("b", {weights[0]});
    builder.output(builder.add("Conv", {x, w, b},
                               {{"strides", list(strides)},
                                {"dilations", list(dilations)},
                                {"pads", list(pads)},
                                {"group", std::int64_t{groups}}}));
    const Model model = builder.build();
    const Network network = lowered(model);
    QVERIFY(std::holds_alternative<ConvOp>(network.stages[0].op));
    const auto image = random(static_cast<std::size_t>(input[0] * input[1] * input[2]));
    QVERIFY(largestError(run(network, image), slowConvolution(model, image)) < 1e-5);
}

void TestReference::sequenceConvolution()
{
    ModelBuilder builder; // y[t] = 10 x0[t] + x1[t + 2], from t = -1 on: pad 1 in front
    const TensorId x = builder.input("x", {1, 2, 4});
    const TensorId w = builder.constant("w", {1, 2, 3}, {10, 0, 0, 0, 0, 1});
    builder.output(builder.add("Conv", {x, w}, {{"pads", Integers{1, 0}}}));
    const Network network = lowered(builder.build());
    QCOMPARE(network.values[0].rows, 4);
    QCOMPARE(network.values[0].channels, 2);
    QCOMPARE(run(network, {1, 2, 3, 4, 5, 6, 7, 8}), (std::vector<float>{6, 17, 28}));
}

void TestReference::pools_data()
{
    QTest::addColumn<QList<int>>("window"); // kernel h, w, stride h, w
    QTest::addColumn<QList<int>>("pads");
    QTest::addColumn<bool>("ceil");
    QTest::addColumn<QList<float>>("expected"); // of the 4 x 5 image 0, 1, ... 19
    using L = QList<int>;
    using F = QList<float>;
    QTest::newRow("2x2") << L{2, 2, 2, 2} << L{0, 0, 0, 0} << false << F{6, 8, 16, 18};
    QTest::newRow("overlapping") << L{3, 3, 1, 2} << L{0, 0, 0, 0} << false << F{12, 14, 17, 19};
    QTest::newRow("stride > kernel") << L{1, 1, 3, 3} << L{0, 0, 0, 0} << false << F{0, 3, 15, 18};
    QTest::newRow("ceil_mode") << L{2, 2, 3, 2} << L{0, 0, 0, 0} << true << F{6, 8, 9, 16, 18, 19};
    QTest::newRow("asymmetric pads")
        << L{2, 2, 2, 2} << L{1, 0, 1, 1} << false << F{1, 3, 4, 11, 13, 14, 16, 18, 19};
}

void TestReference::pools()
{
    QFETCH(QList<int>, window);
    QFETCH(QList<int>, pads);
    QFETCH(bool, ceil);
    QFETCH(QList<float>, expected);
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 4, 5});
    builder.output(builder.add("MaxPool", {x},
                               {{"kernel_shape", Integers{window[0], window[1]}},
                                {"strides", Integers{window[2], window[3]}},
                                {"pads", Integers(pads.begin(), pads.end())},
                                {"ceil_mode", std::int64_t{ceil}}}));
    std::vector<float> image; // the second channel is negative: padding must not win
    for (int i = 0; i < 40; ++i) {
        image.push_back(static_cast<float>(i < 20 ? i : i - 60));
    }
    for (const float first : QList<float>(expected)) {
        expected.push_back(first - 40);
    }
    QCOMPARE(run(lowered(builder.build()), image),
             std::vector<float>(expected.begin(), expected.end()));
}

void TestReference::fullyConnectedAfterImage()
{
    ModelBuilder builder; // weights that tell every element of the flattened image apart
    const TensorId x = builder.input("x", {1, 3, 2, 2});
    std::vector<float> digits;
    for (int i = 0; i < 12; ++i) {
        digits.push_back(static_cast<float>(1 << i));
    }
    const TensorId flat = builder.add("Flatten", {x});
    const TensorId w = builder.constant("w", {12, 1}, digits);
    const TensorId b = builder.constant("b", {1}, {0.5F});
    builder.output(builder.add("Add", {builder.add("MatMul", {flat, w}), b}));
    const Network network = lowered(builder.build());
    QCOMPARE(network.stages.size(), std::size_t{1});
    std::vector<float> image(12);
    for (std::size_t i = 0; i < 12; ++i) {
        image.assign(12, 0);
        image[i] = 1;
        QCOMPARE(run(network, image), std::vector<float>{digits[i] + 0.5F});
    }
}

void TestReference::gemmScalesAndTransposes()
{
    for (const std::int64_t transposed : {0, 1}) {
        ModelBuilder builder;
        const TensorId x = builder.input("x", {1, 2});
        const TensorId w = transposed ? builder.constant("w", {3, 2}, {1, 4, 2, 5, 3, 6})
                                      : builder.constant("w", {2, 3}, {1, 2, 3, 4, 5, 6});
        const TensorId b = builder.constant("b", {1}, {10});
        builder.output(builder.add("Gemm", {x, w, b},
                                   {{"alpha", 2.0F}, {"beta", 0.5F}, {"transB", transposed}}));
        QCOMPARE(run(lowered(builder.build()), {1, -1}), (std::vector<float>{-1, -1, -1}));
    }
}

void TestReference::activationAfterPoolMovesIntoTheConvolution()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 1, 2, 2});
    const TensorId w = builder.constant("w", {2, 1, 1, 1}, {1, -1});
    const TensorId pooled =
        builder.add("MaxPool", {builder.add("Conv", {x, w})}, {{"kernel_shape", Integers{2, 2}}});
    const TensorId limit = builder.constant("limit", {}, {3});
    builder.output(builder.add("Clip", {builder.add("Relu", {pooled}), std::nullopt, limit}));
    const Network network = lowered(builder.build());
    QCOMPARE(network.stages.size(), std::size_t{2});
    QCOMPARE(run(network, {1, 2, 4, 5}), (std::vector<float>{3, 0}));
    QCOMPARE(run(fusePools(network), {1, 2, 4, 5}), (std::vector<float>{3, 0}));
}

void TestReference::refusals()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 4});
    builder.output(builder.add("Gemm", {x, builder.absent("w", {4, 2})}, {}, "last"));
    const Network network = lowered(builder.build());
    const std::vector<std::vector<float>> inputs{{1, 2, 3, 4}};
    const auto absent = runReference(network, inputs);
    QVERIFY(!absent);
    QCOMPARE(absent.error().what, std::string("stage 'last' has no data for its weights 'w'"));
    const std::vector<std::vector<float>> few{{1, 2, 3}};
    QVERIFY(!runReference(network, few));
    QVERIFY(!runReference(network, {}));

    ModelBuilder planned;
    planned.output(planned.add("Mish", {planned.input("x", {1, 4})}));
    const auto planOnly = runReference(lowered(planned.build()), inputs);
    QVERIFY(!planOnly);
    QVERIFY(planOnly.error().what.starts_with("stage 'mish1' (Mish) is plan only"));
}

QTEST_GUILESS_MAIN(TestReference)
#include "test_reference.moc"

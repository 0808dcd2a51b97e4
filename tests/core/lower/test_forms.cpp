// SPDX-License-Identifier: Apache-2.0
// Forms of operators that become several stages, or others than their names say: what they compute,
// against sums written out, and what is said of the forms that no kernel has.
#include "core/reference/reference.h"
#include "tests/core/lower/networks.h"

#include <QtTest>
#include <cmath>
#include <limits>

using namespace tidemark;
using namespace tidemark::test;

class TestForms : public QObject {
    Q_OBJECT

private slots:
    void threeOperands_data();
    void threeOperands();
    void batchesOfProducts_data();
    void batchesOfProducts();
    void batchesAreViews();
    void averagesThatCountPadding_data();
    void averagesThatCountPadding();
    void integerProducts_data();
    void integerProducts();
    void integerConvolutionIsQuantised();
    void weightsWithZeroPoints_data();
    void weightsWithZeroPoints();
    void biasesThatAreNoNumbers();
    void reasons_data();
    void reasons();
};

namespace {

using Reals = std::vector<float>;

Reals numbers(std::size_t count, unsigned seed)
{
    std::mt19937 engine(seed);
    Reals elements(count);
    for (float& element : elements) {
        element = static_cast<float>(engine() % 201) / 100.0F - 1.0F;
    }
    return elements;
}

Reals run(const Network& network, const std::vector<Reals>& inputs)
{
    const auto values = runReference(network, inputs);
    if (!values) {
        qFatal("%s", values.error().text().c_str());
    }
    return (*values)[network.outputs[0].index()];
}

void compare(const Reals& found, const Reals& expected, float tolerance = 1e-5F)
{
    QCOMPARE(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        QVERIFY2(std::abs(found[i] - expected[i]) <= tolerance,
                 qPrintable(QString("%1: %2, not %3").arg(i).arg(found[i]).arg(expected[i])));
    }
}

std::size_t count(const Network& network, const std::string& kind)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        network.stages, [&](const Stage& stage) { return stage.kindText() == kind; }));
}

/// x, quantised and back.
TensorId throughInt8(ModelBuilder& builder, TensorId x, const std::string& name, float scale,
                     std::int64_t zero)
{
    const TensorId s = builder.constant(name + "_scale", {}, {scale});
    const TensorId z = builder.bytes(name + "_zero", {}, DataType::Int8, {zero});
    return builder.add("DequantizeLinear", {builder.add("QuantizeLinear", {x, s, z}), s, z});
}

} // namespace

void TestForms::threeOperands_data()
{
    QTest::addColumn<QString>("type");
    for (const char* type : {"Max", "Min", "Sum"}) {
        QTest::newRow(type) << type;
    }
}

/// Of every shape that broadcasting allows, a constant among them.
void TestForms::threeOperands()
{
    QFETCH(QString, type);
    const Reals row = numbers(4, 1), all = numbers(12, 2), column = numbers(3, 3);
    const Reals fixed = numbers(4, 4);
    ModelBuilder builder;
    const TensorId r = builder.input("row", {4});
    const TensorId a = builder.input("all", {3, 4});
    const TensorId c = builder.input("column", {3, 1});
    const TensorId f = builder.constant("fixed", {1, 4}, fixed);
    builder.output(builder.add("Relu", {builder.add(type.toStdString(), {r, f, a, c})}));
    const Network network = lowered(builder);
    QVERIFY(isWhole(network));
    QCOMPARE(network.stages.size(), std::size_t{3}); // the activation went into the last one
    Reals expected;
    for (std::size_t i = 0; i < 12; ++i) {
        const Reals terms{row[i % 4], fixed[i % 4], all[i], column[i / 4]};
        const float result = type == "Max"   ? std::ranges::max(terms)
                             : type == "Min" ? std::ranges::min(terms)
                                             : terms[0] + terms[1] + terms[2] + terms[3];
        expected.push_back(std::max(0.0F, result));
    }
    compare(run(network, {row, all, column}), expected);
}

void TestForms::batchesOfProducts_data()
{
    QTest::addColumn<int>("left");
    QTest::addColumn<int>("right");
    QTest::addColumn<bool>("turned");
    QTest::newRow("as many") << 3 << 3 << false;
    QTest::newRow("as many, turned") << 3 << 3 << true;
    QTest::newRow("one with each") << 1 << 3 << false;
    QTest::newRow("each with one") << 3 << 1 << false;
    QTest::newRow("each with one, turned") << 3 << 1 << true;
}

void TestForms::batchesOfProducts()
{
    QFETCH(int, left);
    QFETCH(int, right);
    QFETCH(bool, turned);
    constexpr std::size_t kRows = 2, kInner = 4, kColumns = 5;
    const auto leftCount = static_cast<std::size_t>(left);
    const auto rightCount = static_cast<std::size_t>(right);
    const Reals a = numbers(leftCount * kRows * kInner, 5);
    const Reals b = numbers(rightCount * kInner * kColumns, 6);
    ModelBuilder builder;
    const TensorId x = builder.input("x", {left, 2, 4});
    TensorId y = builder.input("y", turned ? Shape{right, 5, 4} : Shape{right, 4, 5});
    y = builder.add("Relu", {y});
    if (turned) {
        y = builder.add("Transpose", {y}, {{"perm", Integers{0, 2, 1}}});
    }
    builder.output(builder.add("MatMul", {x, y}));
    const Network network = lowered(builder);
    QVERIFY(isWhole(network));
    QCOMPARE(network.macs(), 3 * 2 * 4 * 5);
    Reals expected;
    for (std::size_t i = 0; i < 3 * kRows * kColumns; ++i) {
        const std::size_t batch = i / (kRows * kColumns);
        const std::size_t row = i / kColumns % kRows, column = i % kColumns;
        float sum = 0;
        for (std::size_t k = 0; k < kInner; ++k) {
            const std::size_t inB = turned ? column * kInner + k : k * kColumns + column;
            sum += a[(batch % leftCount * kRows + row) * kInner + k] *
                   std::max(0.0F, b[batch % rightCount * kInner * kColumns + inB]);
        }
        expected.push_back(sum);
    }
    compare(run(network, {a, b}), expected);
}

/// Parts and joints of a batch are contiguous: the products alone are left.
void TestForms::batchesAreViews()
{
    ModelBuilder builder;
    const TensorId x = builder.add("Sigmoid", {builder.input("x", {4, 6, 8})});
    const TensorId turned = builder.add("Transpose", {x}, {{"perm", Integers{0, 2, 1}}});
    builder.output(builder.add("Sigmoid", {builder.add("MatMul", {x, turned})}));
    const Network network = withViews(lowered(builder));
    QCOMPARE(network.stages.size(), std::size_t{6});
    QCOMPARE(count(network, "matmul"), std::size_t{4});
    QCOMPARE(network.macs(), 4 * 6 * 6 * 8);
}

void TestForms::averagesThatCountPadding_data()
{
    QTest::addColumn<int>("size");
    QTest::addColumn<int>("pad");
    QTest::newRow("beyond the edge") << 6 << 0;
    QTest::newRow("beyond the padding") << 6 << 1;
    QTest::newRow("inside") << 7 << 1;
}

/// What ceil_mode reaches beyond the padding counts neither as a number nor as an element.
void TestForms::averagesThatCountPadding()
{
    QFETCH(int, size);
    QFETCH(int, pad);
    constexpr int kKernel = 3, kStride = 2;
    AttributeMap attributes = pool(kKernel, kStride);
    attributes["pads"] = Integers{pad, pad, pad, pad};
    attributes["ceil_mode"] = std::int64_t{1};
    attributes["count_include_pad"] = std::int64_t{1};
    ModelBuilder builder;
    builder.output(
        builder.add("AveragePool", {builder.input("x", {1, 1, size, size})}, attributes));
    const Network network = lowered(builder);
    QVERIFY(isWhole(network));
    const Reals x = numbers(static_cast<std::size_t>(size * size), 7);
    const Value& out = network[network.outputs[0]];
    Reals expected;
    for (int row = 0; row < out.rows; ++row) {
        for (int column = 0; column < out.width; ++column) {
            float sum = 0;
            int counted = 0;
            for (int i = 0; i < kKernel * kKernel; ++i) {
                const int r = row * kStride - pad + i / kKernel;
                const int c = column * kStride - pad + i % kKernel;
                counted += r < size + pad && c < size + pad ? 1 : 0;
                const bool isInside = r >= 0 && c >= 0 && r < size && c < size;
                sum += isInside ? x[static_cast<std::size_t>(r * size + c)] : 0;
            }
            expected.push_back(sum / static_cast<float>(counted));
        }
    }
    compare(run(network, {x}), expected);
}

void TestForms::integerProducts_data()
{
    QTest::addColumn<bool>("perChannel");
    QTest::addColumn<int>("weightZero");
    QTest::newRow("one scale") << false << 0;
    QTest::newRow("a scale per channel") << true << 0;
    QTest::newRow("weights with a zero point") << false << -7;
}

/// uint8 from outside, sums of integers, one multiplication: real numbers, exactly.
void TestForms::integerProducts()
{
    QFETCH(bool, perChannel);
    QFETCH(int, weightZero);
    const Integers weights{-128, 5, 127, -3, 0, 64, 7, -90};
    const Reals scales = perChannel ? Reals{0.5F, 0.25F} : Reals{0.5F};
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 4}, DataType::UInt8);
    const TensorId w = builder.bytes("w", {4, 2}, DataType::Int8, weights);
    const TensorId sums =
        builder.add("MatMulInteger", {x, w, builder.bytes("xz", {}, DataType::UInt8, {3}),
                                      builder.bytes("wz", {}, DataType::Int8, {weightZero})});
    const TensorId real = builder.add("Cast", {sums}, {{"to", std::int64_t{1}}});
    const TensorId scale =
        builder.constant("s", {static_cast<std::int64_t>(scales.size())}, scales);
    builder.output(builder.add(
        "Add", {builder.add("Mul", {real, scale}), builder.constant("bias", {2}, {1, -1})}));
    const Network network = lowered(builder);
    QVERIFY(isWhole(network));
    QCOMPARE(network.stages.back().kindText(), std::string("fully connected"));
    QCOMPARE(network.macs(), 8);
    const Reals in{0, 3, 255, 100};
    Reals expected;
    for (std::size_t o = 0; o < 2; ++o) {
        float sum = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            sum += (in[i] - 3) * static_cast<float>(weights[2 * i + o] - weightZero);
        }
        expected.push_back(sum * scales[perChannel ? o : 0] + (o == 0 ? 1.0F : -1.0F));
    }
    compare(run(network, {in}), expected, 1e-2F);
}

/// Between tensors of known scales it is what QLinearConv is.
void TestForms::integerConvolutionIsQuantised()
{
    const auto network = [](bool integer) {
        ModelBuilder builder;
        const TensorId s = builder.constant("s", {}, {0.02F});
        const TensorId z = builder.bytes("z", {}, DataType::Int8, {4});
        const TensorId x = builder.add("QuantizeLinear", {builder.input("x", {1, 1, 4, 4}), s, z});
        const TensorId w = builder.bytes("w", {1, 1, 2, 2}, DataType::Int8, {10, -20, 30, 127});
        TensorId y = x;
        if (integer) {
            const TensorId sums = builder.add("ConvInteger", {x, w, z});
            y = builder.add("Mul", {builder.add("Cast", {sums}, {{"to", std::int64_t{1}}}),
                                    builder.constant("f", {}, {0.02F * 0.5F})});
        } else {
            const TensorId half = builder.constant("half", {}, {0.5F});
            y = builder.add("Conv", {builder.add("DequantizeLinear", {x, s, z}),
                                     builder.add("DequantizeLinear", {w, half})});
        }
        builder.output(throughInt8(builder, y, "y", 0.7F, -3));
        return lowered(builder);
    };
    const Network left = network(true), right = network(false);
    QCOMPARE(summary(left), std::string("copy1: copy; conv1: conv; copy2: copy"));
    QCOMPARE(summary(left), summary(right));
    QVERIFY(left[left.stages[1].outputs[0]].type == DataType::Int8);
    compare(run(left, {numbers(16, 8)}), run(right, {numbers(16, 8)}), 0);
}

void TestForms::weightsWithZeroPoints_data()
{
    QTest::addColumn<int>("zero");
    QTest::addColumn<bool>("isSigned");
    QTest::addColumn<bool>("fits");
    QTest::newRow("none") << 0 << true << true;
    QTest::newRow("5") << 5 << true << true;
    QTest::newRow("-100") << -100 << true << false;
    QTest::newRow("uint8, 128") << 128 << false << true;
    QTest::newRow("uint8, 100") << 100 << false << true;
    QTest::newRow("uint8, 0") << 0 << false << true;
}

/// A zero point goes into the weights where 8 bits still hold them; else floats compute.
void TestForms::weightsWithZeroPoints()
{
    QFETCH(int, zero);
    QFETCH(bool, isSigned);
    QFETCH(bool, fits);
    const Integers weights =
        isSigned ? Integers{-50, 60, 7, 127, -1, 0} : Integers{50, 60, 7, 127, 3, 0};
    ModelBuilder builder;
    const TensorId x = throughInt8(builder, builder.input("x", {1, 3}), "x", 0.01F, 2);
    const DataType type = isSigned ? DataType::Int8 : DataType::UInt8;
    const TensorId w = builder.add("DequantizeLinear", {builder.bytes("w", {3, 2}, type, weights),
                                                        builder.constant("ws", {}, {0.03F}),
                                                        builder.bytes("wz", {}, type, {zero})});
    builder.output(throughInt8(builder, builder.add("MatMul", {x, w}), "y", 0.1F, 0));
    const Network network = lowered(builder);
    const auto product = std::ranges::find(network.stages, std::string("fully connected"),
                                           [](const Stage& s) { return s.kindText(); });
    QVERIFY(product != network.stages.end());
    QCOMPARE(network[product->outputs[0]].type == DataType::Int8, fits);
    QCOMPARE(product->note.empty(), fits);
    QVERIFY(fits || product->note.find("'w'") != std::string::npos);
    const Reals in{0.5F, -0.25F, 1.0F};
    Reals expected;
    for (std::size_t o = 0; o < 2; ++o) {
        float sum = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            sum += in[i] * 0.03F * static_cast<float>(weights[2 * i + o] - zero);
        }
        expected.push_back(std::clamp(sum, -12.8F, 12.7F));
    }
    compare(run(network, {in}), expected, 0.051F);
}

/// A bias that int8 cannot store leaves its operator to floats.
void TestForms::biasesThatAreNoNumbers()
{
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        ModelBuilder builder;
        const TensorId x = throughInt8(builder, builder.input("x", {1, 2}), "x", 0.01F, 0);
        const TensorId w =
            builder.add("DequantizeLinear", {builder.bytes("w", {2, 1}, DataType::Int8, {1, 2}),
                                             builder.constant("ws", {}, {0.5F})});
        const TensorId y = builder.add("Gemm", {x, w, builder.constant("b", {1}, {bad})});
        builder.output(throughInt8(builder, y, "y", 1, 0));
        const Network network = lowered(builder);
        QCOMPARE(count(network, "fully connected"), std::size_t{1});
        QVERIFY(network[network.stages[2].outputs[0]].type == DataType::Float32);
    }
}

void TestForms::reasons_data()
{
    QTest::addColumn<int>("form");
    QTest::addColumn<QString>("reason");
    QTest::newRow("batch") << 0
                           << "its input 'x' is 2x1x4x4, kernels take images and sequences of "
                              "batch 1";
    QTest::newRow("weights") << 1 << "its weights 'w' are computed while the network runs";
    QTest::newRow("type") << 2 << "'x' is of type int8 without a scale";
    QTest::newRow("dynamic") << 3
                             << "its zero point 'DynamicQuantizeLinear_0_out2' is computed "
                                "while the network runs: quantise the model statically";
    QTest::newRow("sums") << 4
                          << "its sums are not made float by a Cast and a multiplication by a "
                             "constant scale";
    QTest::newRow("no kernel") << 5 << "no kernel yet";
    QTest::newRow("second output") << 6 << "its second output is read, which no kernel gives";
}

void TestForms::reasons()
{
    QFETCH(int, form);
    QFETCH(QString, reason);
    ModelBuilder builder;
    const TensorId w = builder.weights("w", {1, 1, 2, 2});
    const TensorId bytes = builder.bytes("wb", {4, 2}, DataType::Int8, Integers(8, 1));
    TensorId result;
    switch (form) {
    case 0:
        result = builder.add("Conv", {builder.input("x", {2, 1, 4, 4}), w});
        break;
    case 1:
        result = builder.add("Conv",
                             {builder.input("x", {1, 1, 4, 4}), builder.input("w", {1, 1, 2, 2})});
        break;
    case 2:
        result = builder.add("Conv", {builder.input("x", {1, 1, 4, 4}, DataType::Int8), w});
        break;
    case 3: {
        const TensorId x = builder.add("DynamicQuantizeLinear", {builder.input("x", {1, 4})});
        (void)builder.secondOutput();
        const TensorId zero = builder.secondOutput();
        result = builder.add("MatMulInteger", {x, bytes, zero});
        break;
    }
    case 4:
        result = builder.add("MatMulInteger", {builder.input("x", {1, 4}, DataType::UInt8), bytes});
        break;
    case 5:
        result = builder.add("LRN", {builder.input("x", {1, 1, 4, 4})});
        break;
    default:
        (void)builder.add("MaxPool", {builder.input("x", {1, 1, 4, 4})}, pool(2, 2));
        result = builder.secondOutput();
        break;
    }
    builder.output(result);
    const Network network = lowered(builder);
    const auto* op = std::get_if<PlanOnlyOp>(&network.stages.back().op);
    QVERIFY(op);
    QCOMPARE(QString::fromStdString(op->reason), reason);
}

QTEST_GUILESS_MAIN(TestForms)
#include "test_forms.moc"

// SPDX-License-Identifier: Apache-2.0
// Shape rules and constant folding, operator by operator.
#include "core/import/operator_table.h"
#include "core/model/constant_elements.h"
#include "tests/core/import/model_builder.h"

#include <QtTest>
#include <cstring>
#include <set>

using namespace tidemark;
using namespace tidemark::test;

class TestShapes : public QObject {
    Q_OBJECT

private slots:
    void rules_data();
    void rules();
    void secondOutputs();
    void types();
    void refusals_data();
    void refusals();
    void resolvedWindows();
    void clipLimits();
    void folding();
    void reshapeByComputedShape();
    void fillsWithoutData();
    void halves();
    void table();
};

namespace {

/// An operator over float inputs x0, x1, ..., and integer constants after them.
struct Case {
    std::string type;
    std::vector<Shape> inputs;
    std::vector<Integers> constants;
    AttributeMap attributes;
};

TensorId add(ModelBuilder& builder, const Case& c)
{
    std::vector<std::optional<TensorId>> inputs;
    for (std::size_t i = 0; i < c.inputs.size(); ++i) {
        inputs.push_back(builder.input("x" + std::to_string(i), c.inputs[i]));
    }
    for (std::size_t i = 0; i < c.constants.size(); ++i) {
        inputs.push_back(builder.integers("c" + std::to_string(i), c.constants[i]));
    }
    return builder.add(c.type, inputs, c.attributes);
}

std::string shapeText(const Result<Model>& model, TensorId id)
{
    if (!model) {
        return model.error().text();
    }
    const auto& shape = (*model)[id].shape;
    return shape ? toString(*shape) : "unknown";
}

Integers elementsOf(const Tensor& tensor)
{
    return constantIntegers(tensor).value_or(Integers{});
}

using I = Integers;

} // namespace

Q_DECLARE_METATYPE(Case)

void TestShapes::rules_data()
{
    QTest::addColumn<Case>("c");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, Case c, const char* expected) {
        QTest::newRow(name) << c << expected;
    };
    const Shape image{1, 3, 9, 7};
    row("conv", {"Conv", {image, {4, 3, 3, 3}}, {}, {}}, "1x4x7x5");
    row("conv asymmetric pads",
        {"Conv", {image, {4, 3, 3, 3}}, {}, {{"pads", I{0, 1, 2, 3}}, {"strides", I{2, 1}}}},
        "1x4x5x9");
    row("conv dilated", {"Conv", {image, {4, 3, 2, 3}}, {}, {{"dilations", I{3, 2}}}}, "1x4x6x3");
    row("conv same upper",
        {"Conv", {image, {4, 3, 3, 3}}, {}, {{"auto_pad", "SAME_UPPER"}, {"strides", I{2, 3}}}},
        "1x4x5x3");
    row("conv valid", {"Conv", {image, {4, 3, 3, 3}}, {}, {{"auto_pad", "VALID"}}}, "1x4x7x5");
    row("conv grouped", {"Conv", {image, {6, 1, 1, 1}}, {}, {{"group", std::int64_t{3}}}},
        "1x6x9x7");
    row("conv 1-D", {"Conv", {{2, 3, 9}, {4, 3, 3}}, {}, {{"pads", I{2, 0}}}}, "2x4x9");
    row("max pool", {"MaxPool", {image}, {}, {{"kernel_shape", I{2, 2}}, {"strides", I{2, 2}}}},
        "1x3x4x3");
    row("max pool ceil",
        {"MaxPool",
         {image},
         {},
         {{"kernel_shape", I{2, 2}}, {"strides", I{2, 2}}, {"ceil_mode", std::int64_t{1}}}},
        "1x3x5x4");
    row("max pool ceil, last window beyond the edge",
        {"MaxPool",
         {{1, 1, 3, 3}},
         {},
         {{"kernel_shape", I{1, 1}}, {"strides", I{3, 3}}, {"ceil_mode", std::int64_t{1}}}},
        "1x1x1x1");
    row("average pool",
        {"AveragePool", {image}, {}, {{"kernel_shape", I{3, 3}}, {"pads", I{1, 1, 1, 1}}}},
        "1x3x9x7");
    row("global pool", {"GlobalAveragePool", {image}, {}, {}}, "1x3x1x1");
    row("transposed conv",
        {"ConvTranspose",
         {image, {3, 2, 3, 3}},
         {},
         {{"strides", I{2, 2}}, {"pads", I{1, 1, 1, 1}}, {"output_padding", I{1, 0}}}},
        "1x2x18x13");
    row("transposed conv, given shape",
        {"ConvTranspose",
         {image, {3, 2, 3, 3}},
         {},
         {{"strides", I{2, 2}}, {"output_shape", I{20, 15}}}},
        "1x2x20x15");
    row("gemm",
        {"Gemm",
         {{4, 2}, {3, 4}, {3}},
         {},
         {{"transA", std::int64_t{1}}, {"transB", std::int64_t{1}}}},
        "2x3");
    row("matmul", {"MatMul", {{5, 1, 2, 3}, {4, 3, 6}}, {}, {}}, "5x4x2x6");
    row("matmul vectors", {"MatMul", {{3}, {3}}, {}, {}}, "scalar");
    row("matmul row vector", {"MatMul", {{3}, {2, 3, 4}}, {}, {}}, "2x4");
    row("broadcast", {"Add", {{4, 1, 3}, {2, 1}}, {}, {}}, "4x2x3");
    row("sum of three", {"Sum", {{4, 1}, {3}, {}}, {}, {}}, "4x3");
    row("softmax", {"Softmax", {image}, {}, {}}, "1x3x9x7");
    row("flatten", {"Flatten", {image}, {}, {}}, "1x189");
    row("flatten axis", {"Flatten", {image}, {}, {{"axis", std::int64_t{-2}}}}, "3x63");
    row("reshape", {"Reshape", {image}, {{0, -1, 7}}, {}}, "1x27x7");
    row("reshape attribute", {"Reshape", {image}, {}, {{"shape", I{189}}}}, "189");
    row("squeeze all", {"Squeeze", {{1, 3, 1}}, {}, {}}, "3");
    row("squeeze axes", {"Squeeze", {{1, 3, 1}}, {{-1}}, {}}, "1x3");
    row("unsqueeze", {"Unsqueeze", {{3, 4}}, {{0, -1}}, {}}, "1x3x4x1");
    row("unsqueeze attribute", {"Unsqueeze", {{3, 4}}, {}, {{"axes", I{1}}}}, "3x1x4");
    row("transpose", {"Transpose", {image}, {}, {{"perm", I{0, 2, 3, 1}}}}, "1x9x7x3");
    row("transpose reversed", {"Transpose", {{2, 3, 4}}, {}, {}}, "4x3x2");
    row("concat", {"Concat", {{1, 3, 2}, {1, 5, 2}}, {}, {{"axis", std::int64_t{1}}}}, "1x8x2");
    row("split", {"Split", {{1, 6}}, {{6}}, {{"axis", std::int64_t{-1}}}}, "1x6");
    row("slice", {"Slice", {image}, {{1, -4}, {100, -1}, {1, 2}, {1, 2}}, {}}, "1x2x2x7");
    row("slice backwards", {"Slice", {{10}}, {{-1}, {-100}, {0}, {-3}}, {}}, "4");
    row("slice to nothing", {"Slice", {{10}}, {{5}, {2}}, {}}, "0");
    row("slice attributes", {"Slice", {{10, 4}}, {}, {{"starts", I{2}}, {"ends", I{5}}}}, "3x4");
    row("gather", {"Gather", {{5, 6, 7}, {2, 3}}, {}, {{"axis", std::int64_t{1}}}}, "5x2x3x7");
    row("expand", {"Expand", {{3, 1}}, {{2, 1, 4}}, {}}, "2x3x4");
    row("tile", {"Tile", {{3, 2}}, {{1, 4}}, {}}, "3x8");
    row("pad", {"Pad", {image}, {{0, 0, 1, 2, 0, 0, 3, -1}}, {}}, "1x3x13x8");
    row("pad attribute", {"Pad", {{3, 4}}, {}, {{"pads", I{1, 0, 0, 2}}}}, "4x6");
    row("depth to space", {"DepthToSpace", {{1, 8, 2, 3}}, {}, {{"blocksize", std::int64_t{2}}}},
        "1x2x4x6");
    row("space to depth", {"SpaceToDepth", {{1, 2, 4, 6}}, {}, {{"blocksize", std::int64_t{2}}}},
        "1x8x2x3");
    row("upsample",
        {"Upsample", {{1, 2, 3, 5}}, {}, {{"scales", std::vector<float>{1, 1, 2, 1.4F}}}},
        "1x2x6x7");
    row("reduce", {"ReduceMean", {image}, {}, {{"axes", I{2, -1}}}}, "1x3x1x1");
    row("reduce all", {"ReduceSum", {image}, {}, {{"keepdims", std::int64_t{0}}}}, "scalar");
    row("argmax",
        {"ArgMax", {image}, {}, {{"axis", std::int64_t{1}}, {"keepdims", std::int64_t{0}}}},
        "1x9x7");
    row("topk", {"TopK", {{4, 9}}, {{3}}, {}}, "4x3");
    row("lstm", {"LSTM", {{7, 1, 5}, {1, 12, 5}, {1, 12, 3}}, {}, {}}, "7x1x1x3");
    row("no rule, no shape", {"NonZero", {image}, {}, {}}, "unknown");
}

void TestShapes::rules()
{
    QFETCH(Case, c);
    QFETCH(QString, expected);
    ModelBuilder builder;
    const TensorId id = add(builder, c);
    QCOMPARE(QString::fromStdString(shapeText(builder.tryBuild(), id)), expected);
}

void TestShapes::secondOutputs()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 7});
    builder.add("Split", {x}, {{"axis", std::int64_t{2}}});
    const TensorId rest = builder.secondOutput();
    builder.add("MaxPool", {x}, {{"kernel_shape", Integers{3}}});
    const TensorId indices = builder.secondOutput();
    const Model model = builder.build();
    QCOMPARE(*model[rest].shape, (Shape{1, 2, 3})); // 7 is 4 and 3
    QCOMPARE(*model[indices].shape, (Shape{1, 2, 5}));
    QVERIFY(model[indices].type == DataType::Int64);
}

void TestShapes::types()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {2, 2});
    const TensorId q = builder.input("q", {2, 2}, DataType::Int8);
    const TensorId scale = builder.constant("scale", {}, {0.5F});
    const TensorId isLess = builder.add("Less", {x, x});
    const TensorId half = builder.add("Cast", {x}, {{"to", std::int64_t{10}}});
    const TensorId bytes = builder.add("QuantizeLinear", {x, scale});
    const TensorId real = builder.add("DequantizeLinear", {q, scale});
    const TensorId sums = builder.add("MatMulInteger", {q, q});
    const TensorId either = builder.add("Where", {isLess, q, q});
    const Model model = builder.build();
    QVERIFY(model[isLess].type == DataType::Bool);
    QVERIFY(model[half].type == DataType::Float16);
    QVERIFY(model[bytes].type == DataType::UInt8);
    QVERIFY(model[real].type == DataType::Float32);
    QVERIFY(model[sums].type == DataType::Int32);
    QVERIFY(model[either].type == DataType::Int8);
}

void TestShapes::refusals_data()
{
    QTest::addColumn<Case>("c");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char* name, Case c, const char* expected) {
        QTest::newRow(name) << c << expected;
    };
    const Shape image{1, 3, 9, 7};
    const Shape weights{4, 3, 3, 3};
    row("stride 0", {"Conv", {image, weights}, {}, {{"strides", I{1, 0}}}}, "has a stride of 0");
    row("dilation 0", {"Conv", {image, weights}, {}, {{"dilations", I{0, 1}}}},
        "has a dilation of 0");
    row("negative pad", {"Conv", {image, weights}, {}, {{"pads", I{-1, 0, 0, 0}}}},
        "has a pad of -1 and 0");
    row("huge pad", {"Conv", {image, weights}, {}, {{"pads", I{1LL << 62, 0, 0, 0}}}},
        "has a pad of 4611686018427387904 and 0");
    row("kernel too large", {"MaxPool", {image}, {}, {{"kernel_shape", I{2, 8}}}},
        "has a window of 8 over a padded input of 7");
    row("kernel 0", {"MaxPool", {image}, {}, {{"kernel_shape", I{0, 1}}}},
        "has a kernel extent of 0");
    row("2-D pool of a sequence", {"MaxPool", {{1, 3, 9}}, {}, {{"kernel_shape", I{2, 2}}}},
        "has a two-dimensional window over 1x3x9");
    row("groups", {"Conv", {image, weights}, {}, {{"group", std::int64_t{2}}}},
        "reads 1x3x9x7 with weights 4x3x3x3 in 2 groups");
    row("groups 0", {"Conv", {image, weights}, {}, {{"group", std::int64_t{0}}}},
        "reads 1x3x9x7 with weights 4x3x3x3 in 0 groups");
    row("kernel_shape", {"Conv", {image, weights}, {}, {{"kernel_shape", I{3, 2}}}},
        "reads 1x3x9x7 with weights 4x3x3x3 in 1 groups");
    row("bias", {"Conv", {image, weights, {5}}, {}, {}}, "has a bias of 5");
    row("conv of a matrix", {"Conv", {{3, 4}, {2, 3}}, {}, {}}, "reads 3x4");
    row("matmul", {"MatMul", {{1, 4}, {5, 3}}, {}, {}}, "multiplies 1x4 by 5x3");
    row("gemm sum", {"Gemm", {{1, 4}, {4, 3}, {2}}, {}, {}}, "adds 2 to 1x3");
    row("broadcast", {"Add", {{2, 3}, {2, 4}}, {}, {}}, "combines 2x3 with 2x4");
    row("reshape", {"Reshape", {{2, 3}}, {{4, -1}}, {}}, "reshapes 2x3 to 4x-1");
    row("reshape twice open", {"Reshape", {{2, 3}}, {{-1, -1}}, {}}, "reshapes 2x3 to -1x-1");
    row("squeeze", {"Squeeze", {{2, 3}}, {{0}}, {}}, "squeezes axis 0 of 2x3");
    row("unsqueeze", {"Unsqueeze", {{2}}, {{0, 0}}, {}}, "names axis 0 of 3");
    row("flatten", {"Flatten", {{2, 3}}, {}, {{"axis", std::int64_t{3}}}}, "names axis 3 of 2");
    row("transpose", {"Transpose", {{2, 3}}, {}, {{"perm", I{0, 0}}}},
        "permutes 2 dimensions by (0x0)");
    row("concat", {"Concat", {{2, 3}, {3, 3}}, {}, {{"axis", std::int64_t{1}}}},
        "joins 2x3 and 3x3 along axis 1");
    row("split", {"Split", {{6}}, {{5}}, {}},
        "splits an extent of 6 into 1 parts that do not add up to it");
    row("slice step 0", {"Slice", {{6}}, {{0}, {6}, {0}, {0}}, {}},
        "has limits that do not go with 6");
    row("pad", {"Pad", {{2}}, {{-2, -1}}, {}}, "pads 2 by -2 and -1");
    row("too many elements", {"Expand", {{1}}, {{1 << 30, 1 << 30}}, {}},
        "makes a tensor 'Expand_0_out' that has too many elements (1073741824x1073741824)");
    row("zero point", {"MatMulInteger", {{1, 4}, {4, 3}}, {{-(1LL << 31)}}, {}},
        "has a zero point of -2147483648");
    row("too few inputs", {"Add", {{2}}, {}, {}}, "has 1 inputs");
    row("too many inputs", {"Relu", {{2}, {2}}, {}, {}}, "has 2 inputs");
}

void TestShapes::refusals()
{
    QFETCH(Case, c);
    QFETCH(QString, expected);
    ModelBuilder builder;
    add(builder, c);
    const auto model = builder.tryBuild();
    QVERIFY(!model);
    const QString begin = QString("operator '%1_0' (%1) ").arg(QString::fromStdString(c.type));
    QCOMPARE(QString::fromStdString(model.error().what), begin + expected);
    QVERIFY(!model.error().mend.empty());
}

void TestShapes::resolvedWindows()
{
    const auto padsOf = [](const char* mode) {
        ModelBuilder builder; // 6 rows by 3 at stride 2: one row of padding, and 7 columns by 4: 3
        const TensorId x = builder.input("x", {1, 1, 6, 7});
        const TensorId w = builder.weights("w", {1, 1, 3, 4});
        builder.add("Conv", {x, w}, {{"auto_pad", mode}, {"strides", Integers{2, 1}}});
        return std::get<ConvAttributes>(builder.build().operators[0].attributes);
    };
    const ConvAttributes upper = padsOf("SAME_UPPER");
    QCOMPARE(upper.window, (Window{3, 4, 2, 1, 1, 1, 0, 1, 1, 2}));
    QCOMPARE(upper.autoPad, AutoPad::Explicit);
    QVERIFY(upper.kernelGiven);
    QCOMPARE(padsOf("SAME_LOWER").window, (Window{3, 4, 2, 1, 1, 1, 1, 2, 0, 1}));
}

void TestShapes::clipLimits()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {2});
    const TensorId six = builder.constant("six", {}, {6});
    builder.add("Clip", {x, std::nullopt, six});
    builder.add("Clip", {x, builder.input("computed", {})});
    builder.add("Clip", {x}, {{"min", -1.0F}});
    const Model model = builder.build();
    const auto clip = [&](std::size_t i) {
        return std::get<ClipAttributes>(model.operators[i].attributes);
    };
    QCOMPARE(clip(0).max, 6.0F);
    QVERIFY(clip(0).constant);
    QVERIFY(!clip(1).constant);
    QCOMPARE(clip(2).min, -1.0F);
}

void TestShapes::folding()
{
    ModelBuilder builder;
    const TensorId six = builder.integers("six", {0, 1, 2, 3, 4, 5});
    const TensorId matrix = builder.add("Reshape", {six, builder.integers("s", {2, 3})});
    const TensorId turned = builder.add("Transpose", {matrix});
    const TensorId picked = builder.add("Gather", {matrix, builder.integers("i", {2, -3})},
                                        {{"axis", std::int64_t{1}}});
    const TensorId joined = builder.add("Concat", {matrix, picked}, {{"axis", std::int64_t{1}}});
    const TensorId cut =
        builder.add("Slice", {matrix, builder.integers("from", {2}), builder.integers("to", {-9}),
                              builder.integers("axis", {1}), builder.integers("step", {-2})});
    const TensorId wide = builder.add("Expand", {cut, builder.integers("e", {2, 2, 2})});
    const TensorId sum = builder.add("Add", {picked, builder.integers("ten", {10})});
    const TensorId product = builder.add("Mul", {matrix, builder.integers("m", {1, -1, 2})});
    const TensorId quotient = builder.add("Div", {matrix, builder.integers("d", {2})});
    const TensorId x = builder.input("x", {4, 5});
    const TensorId shape = builder.add("Shape", {x});
    const TensorId size = builder.add("Size", {x});
    const TensorId isFive = builder.add("Equal", {shape, builder.integers("five", {5})});
    const TensorId chosen = builder.add("Where", {isFive, shape, builder.integers("zero", {0})});
    const TensorId cast = builder.add("Cast", {shape}, {{"to", std::int64_t{1}}});
    const Model model = builder.build();
    QVERIFY(model.operators.empty());
    QCOMPARE(elementsOf(model[turned]), (Integers{0, 3, 1, 4, 2, 5}));
    QCOMPARE(elementsOf(model[picked]), (Integers{2, 0, 5, 3}));
    QCOMPARE(elementsOf(model[joined]), (Integers{0, 1, 2, 2, 0, 3, 4, 5, 5, 3}));
    QCOMPARE(elementsOf(model[cut]), (Integers{2, 0, 5, 3}));
    QCOMPARE(elementsOf(model[wide]), (Integers{2, 0, 5, 3, 2, 0, 5, 3}));
    QCOMPARE(elementsOf(model[sum]), (Integers{12, 10, 15, 13}));
    QCOMPARE(elementsOf(model[product]), (Integers{0, -1, 4, 3, -4, 10}));
    QCOMPARE(elementsOf(model[quotient]), (Integers{0, 0, 1, 1, 2, 2}));
    QCOMPARE(elementsOf(model[shape]), (Integers{4, 5}));
    QCOMPARE(elementsOf(model[size]), (Integers{20}));
    QCOMPARE(elementsOf(model[chosen]), (Integers{0, 5}));
    QCOMPARE(*constantReals(model[cast]), (std::vector<double>{4, 5}));
}

void TestShapes::reshapeByComputedShape()
{
    // What exporters write for x.view(x.size(0), -1).
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 3, 4, 5});
    const TensorId batch =
        builder.add("Gather", {builder.add("Shape", {x}), builder.integers("zero", {0})});
    const TensorId target =
        builder.add("Concat", {batch, builder.integers("open", {-1})}, {{"axis", std::int64_t{0}}});
    const TensorId y = builder.add("Reshape", {x, target});
    const Model model = builder.build();
    QCOMPARE(*model[y].shape, (Shape{1, 60}));
    QCOMPARE(model.operators.size(), std::size_t{1});
}

void TestShapes::fillsWithoutData()
{
    ModelBuilder builder;
    Tensor three;
    three.type = DataType::Float32;
    three.shape = Shape{1};
    const float value = 3;
    std::vector<std::byte> bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    three.constant = ConstantData(bytes);
    const TensorId small =
        builder.add("ConstantOfShape", {builder.integers("s", {2, 2})}, {{"value", three}});
    const TensorId large = builder.add("ConstantOfShape", {builder.integers("l", {8192, 8192})});
    const Model model = builder.build();
    QCOMPARE(*constantReals(model[small]), (std::vector<double>{3, 3, 3, 3}));
    QCOMPARE(*model[large].shape, (Shape{8192, 8192}));
    QVERIFY(model[large].constant && model[large].constant->bytes().empty());
}

void TestShapes::halves()
{
    QCOMPARE(halfToFloat(0x3c00), 1.0F);
    QCOMPARE(halfToFloat(0xc500), -5.0F);
    QCOMPARE(halfToFloat(0x0001), 5.9604645e-8F);
    QCOMPARE(halfToFloat(0x0400), 6.1035156e-5F);
    QCOMPARE(halfToFloat(0x7bff), 65504.0F);
    QVERIFY(std::isinf(halfToFloat(0xfc00)));
    QVERIFY(std::isnan(halfToFloat(0x7c01)));
}

void TestShapes::table()
{
    std::set<std::string_view> names;
    for (const OperatorEntry& entry : operatorTable()) {
        QVERIFY(names.insert(entry.name).second);
        QCOMPARE(findOperator(entry.name), &entry);
        QVERIFY(entry.minInputs <= entry.maxInputs);
        // Whoever runs or folds an operator must know its shape.
        QVERIFY(entry.infer || (entry.support != Support::Runnable && !entry.fold));
    }
    QVERIFY(!findOperator("FancyNewOp"));
    QVERIFY(!findOperator("conv"));
    QVERIFY(!findOperator(""));
}

QTEST_GUILESS_MAIN(TestShapes)
#include "test_shapes.moc"

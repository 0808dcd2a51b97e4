// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"
#include "tests/core/lower/networks.h"

#include <QtTest>

using namespace tidemark;
using namespace tidemark::test;

class TestLower : public QObject {
    Q_OBJECT

private slots:
    void lenet5();
    void lenet5WithFusedPools();
    void names_data();
    void names();
    void namesAreUnique();
    void activationsOfSharedResults();
    void biasFromAdd();
    void outputsThatAreReadInside();
    void inputThatIsTheOutput();
    void outputsSeenInTwoOrders();
    void views();
    void inputSeenThroughAView();
    void viewThatMovesElements();
    void sharedWeights();
    void deadCode();
    void planOnly_data();
    void planOnly();
    void planOnlyParameters();
    void recurrent();
    void sequences();
    void ceilModeBecomesPadding();
    void refusals();
};

namespace {

Network lenet()
{
    const auto model =
        importModel(std::string(TIDEMARK_SOURCE_DIR) + "/resources/examples/lenet5.onnx");
    if (!model) {
        qFatal("%s", model.error().text().c_str());
    }
    return lowered(*model);
}

} // namespace

void TestLower::lenet5()
{
    const Network network = lenet();
    QCOMPARE(summary(network),
             std::string("conv1: conv+relu; pool1: maxpool; conv2: conv+relu; pool2: maxpool; "
                         "fc1: fully connected+relu; fc2: fully connected+relu; "
                         "fc3: fully connected"));
    QCOMPARE(elements(network), 9118);
    QCOMPARE(network.macs(), 416520);
    QCOMPARE(network.parameters(), 61706);
    QCOMPARE(network.parameterBytes().count(), 246824);
    QCOMPARE(network.stages[0].macs, 117600);
    QCOMPARE(geometry(network, network.stages[2].outputs[0]), std::string("10x10x16"));
    QCOMPARE(geometry(network, network.outputs[0]), std::string("1x1x10"));
    QCOMPARE(network[network.outputs[0]].name, std::string("logits"));
    QCOMPARE(network[network.outputs[0]].modelShape, (Shape{1, 10}));
    QCOMPARE(network[network.stages[0].constants[0]].shape, (Shape{6, 5, 5, 1}));
    QCOMPARE(network[network.stages[4].constants[0]].shape, (Shape{120, 400}));
    QVERIFY(isWhole(network));
}

void TestLower::lenet5WithFusedPools()
{
    const Network network = fusePools(lenet());
    QCOMPARE(summary(network), std::string("conv1: conv+relu+maxpool; conv2: conv+relu+maxpool; "
                                           "fc1: fully connected+relu; fc2: fully connected+relu; "
                                           "fc3: fully connected"));
    QCOMPARE(elements(network), 2814);
    QCOMPARE(network.macs(), 416520);
    QCOMPARE(network.parameterBytes().count(), 246824);
    const auto& conv = std::get<ConvOp>(network.stages[1].op);
    QCOMPARE(conv.convRows, 10);
    QCOMPARE(geometry(network, network.stages[1].outputs[0]), std::string("5x5x16"));
    QVERIFY(isWhole(network));
}

void TestLower::names_data()
{
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("name");
    QTest::newRow("none") << ""
                          << "softplus1";
    QTest::newRow("number") << "/0/Softplus"
                            << "softplus1";
    QTest::newRow("type and number") << "Softplus_17"
                                     << "softplus1";
    QTest::newRow("exporter's") << "node_softplus_3"
                                << "softplus1";
    QTest::newRow("chosen") << "activation_a"
                            << "activation_a";
    QTest::newRow("path") << "/layer1/layer1.0/Softplus"
                          << "layer1_0";
    QTest::newRow("number first") << "3rd"
                                  << "n3rd";
    QTest::newRow("quotes") << "a\"b<c>\n"
                            << "a_b_c";
    QTest::newRow("other script") << QString::fromUtf8("узел") << "softplus1";
    QTest::newRow("long") << QString("block_").repeated(20) + "end"
                          << "block_end";
    QTest::newRow("long word") << QString("x").repeated(100) << QString("x").repeated(32);
}

void TestLower::names()
{
    QFETCH(QString, given);
    QFETCH(QString, name);
    ModelBuilder builder;
    builder.output(builder.add("Softplus", {builder.input("x", {1, 4})}, {}, given.toStdString()));
    builder.model().operators[0].name = given.toStdString();
    QCOMPARE(QString::fromStdString(lowered(builder).stages[0].name), name);
}

void TestLower::namesAreUnique()
{
    ModelBuilder builder;
    TensorId x = builder.input("x", {1, 4});
    for (const char* name : {"tanh1", "a/b", "a.b", "Tanh", "", "a_b_1"}) {
        x = builder.add("Tanh", {x});
        builder.model().operators.back().name = name;
    }
    builder.output(x);
    std::vector<std::string> names;
    for (const Stage& stage : lowered(builder).stages) {
        names.push_back(stage.name);
    }
    QCOMPARE(names, (std::vector<std::string>{"tanh1", "a_b", "a_b_2", "tanh2", "tanh3", "a_b_1"}));
}

void TestLower::activationsOfSharedResults()
{
    ModelBuilder builder; // Relu must not swallow a convolution that another stage reads
    const TensorId x = builder.input("x", {1, 1, 4, 4});
    const TensorId conv = builder.add("Conv", {x, builder.weights("w", {2, 1, 1, 1})});
    builder.output(builder.add("Relu", {conv}));
    builder.output(builder.add("MaxPool", {conv}, pool(2, 2)));
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("conv1: conv; relu1: relu; pool1: maxpool"));
    QCOMPARE(*whyNotFused(network, StageId(0), StageId(2)),
             std::string("another stage reads the convolution's result, too"));
    QCOMPARE(fusePools(network).stages.size(), std::size_t{3});

    ModelBuilder twice; // Identity and Dropout do not count as readers, their readers do
    const TensorId y = twice.input("x", {1, 1, 4, 4});
    const TensorId sum = twice.add("Conv", {y, twice.weights("w", {2, 1, 1, 1})});
    const TensorId same = twice.add("Identity", {sum});
    twice.output(twice.add("Relu", {same}));
    QCOMPARE(summary(lowered(twice)), std::string("conv1: conv+relu"));
    twice.output(twice.add("Tanh", {twice.add("Dropout", {same})}));
    QCOMPARE(summary(lowered(twice)), std::string("conv1: conv; relu1: relu; tanh1: tanh"));
}

void TestLower::biasFromAdd()
{
    const auto stages = [](Shape addend, bool swapped) {
        ModelBuilder builder;
        const TensorId x = builder.input("x", {1, 3, 2, 3});
        const TensorId conv = builder.add("Conv", {x, builder.weights("w", {3, 3, 1, 1})});
        const TensorId c = builder.weights("c", std::move(addend));
        builder.output(swapped ? builder.add("Add", {c, conv}) : builder.add("Add", {conv, c}));
        return lowered(builder).stages.size();
    };
    QCOMPARE(stages({3, 1, 1}, false), std::size_t{1});
    QCOMPARE(stages({1, 3, 1, 1}, true), std::size_t{1});
    QCOMPARE(stages({}, false), std::size_t{1});
    QCOMPARE(stages({3}, false), std::size_t{2});          // along the width
    QCOMPARE(stages({3, 2, 3}, false), std::size_t{2});    // one per element
    QCOMPARE(stages({2, 3, 1, 1}, false), std::size_t{3}); // makes a batch of two: repeated, added
}

void TestLower::outputsThatAreReadInside()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 1, 4, 4});
    const TensorId conv = builder.add("Conv", {x, builder.weights("w", {2, 1, 1, 1})});
    builder.output(conv);
    builder.output(builder.add("MaxPool", {conv}, pool(2, 2)));
    const Network network = lowered(builder);
    QCOMPARE(*whyNotFused(network, StageId(0), StageId(1)),
             std::string("the convolution's result is an output of the network"));
    const Network fused = fusePools(network);
    QCOMPARE(summary(fused), std::string("conv1: conv; pool1: maxpool"));
    QCOMPARE(fused.outputs.size(), std::size_t{2});

    ModelBuilder relu; // an output before its activation: both are wanted
    const TensorId y = relu.input("x", {1, 1, 4, 4});
    const TensorId raw = relu.add("Conv", {y, relu.weights("w", {2, 1, 1, 1})});
    relu.output(raw);
    relu.output(relu.add("Relu", {raw}));
    QCOMPARE(summary(lowered(relu)), std::string("conv1: conv; relu1: relu"));
}

void TestLower::inputThatIsTheOutput()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 4, 4});
    builder.output(builder.add("Identity", {x}));
    const Network network = lowered(builder);
    QVERIFY(network.stages.empty());
    QCOMPARE(network.values.size(), std::size_t{1});
    QCOMPARE(network.inputs, network.outputs);
    QCOMPARE(network.values[0].name, std::string("x"));
    QVERIFY(isWhole(fusePools(network)));
}

/// One value can be only in one order and of one shape for those who give or get it.
void TestLower::outputsSeenInTwoOrders()
{
    const AttributeMap toLast{{"perm", Integers{0, 2, 3, 1}}};
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 3, 4});
    const TensorId y = builder.add("Relu", {x});
    builder.output(builder.add("Transpose", {x}, toLast));
    builder.output(y);
    builder.output(builder.add("Transpose", {y}, toLast));
    builder.output(builder.add("Reshape", {y, builder.integers("s", {6, 4})}));
    const Network network = lowered(builder);
    QCOMPARE(network.stages.size(), std::size_t{4}); // relu and three copies
    const auto& outputs = network.outputs;
    QVERIFY(outputs[0] != network.inputs[0]);
    const auto shapeAt = [&](std::size_t i) { return network[outputs[i]].modelShape; };
    QCOMPARE(network[network.inputs[0]].modelShape, (Shape{1, 2, 3, 4}));
    QCOMPARE(shapeAt(0), (Shape{1, 3, 4, 2}));
    QCOMPARE(shapeAt(1), (Shape{1, 2, 3, 4}));
    QCOMPARE(shapeAt(2), (Shape{1, 3, 4, 2}));
    QCOMPARE(shapeAt(3), (Shape{6, 4}));
    const auto isLast = [&](std::size_t i) { return network[outputs[i]].modelChannelsLast; };
    QVERIFY(isLast(0) && !isLast(1) && isLast(2) && !isLast(3));
    QVERIFY(isWhole(network));
}

void TestLower::views()
{
    ModelBuilder builder; // nothing moves: image, flattened, squeezed, and a vector again
    TensorId x = builder.input("x", {1, 2, 3, 4});
    x = builder.add("Conv", {x, builder.weights("w1", {2, 2, 1, 1})});
    x = builder.add("Reshape", {x, builder.integers("s", {1, 1, 24})});
    x = builder.add("Squeeze", {x, builder.integers("a", {1})});
    x = builder.add("Relu", {x});
    x = builder.add("MatMul", {x, builder.weights("w2", {24, 5})});
    x = builder.add("Unsqueeze", {x, builder.integers("u", {2, 3})}); // 1x5x1x1
    x = builder.add("Conv", {x, builder.weights("w3", {3, 5, 1, 1})});
    builder.output(builder.add("Flatten", {x}));
    const Network network = lowered(builder);
    QCOMPARE(summary(network),
             std::string("conv1: conv; relu1: relu; fc1: fully connected; conv2: conv"));
    QCOMPARE(geometry(network, network.stages[1].outputs[0]), std::string("3x4x2"));
    QCOMPARE(network[network.outputs[0]].name, std::string("Flatten_7_out"));
    QCOMPARE(network[network.outputs[0]].modelShape, (Shape{1, 3}));
    QVERIFY(isWhole(network));
}

void TestLower::inputSeenThroughAView()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2 * 3 * 4});
    const TensorId image = builder.add("Reshape", {x, builder.integers("s", {1, 2, 3, 4})});
    builder.output(builder.add("Conv", {image, builder.weights("w", {1, 2, 1, 1})}));
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("conv1: conv"));
    QCOMPARE(geometry(network, network.inputs[0]), std::string("3x4x2"));
    QCOMPARE(network[network.inputs[0]].modelShape, (Shape{1, 24}));

    builder.output(builder.add("Relu", {x})); // reads it as it lies
    const Network both = lowered(builder);
    QCOMPARE(summary(both), std::string("conv1: conv; relu1: relu"));
    QVERIFY(!both[both.outputs[1]].modelChannelsLast);
}

void TestLower::viewThatMovesElements()
{
    ModelBuilder builder; // 4 channels of 1x2 become 2 channels of 2x2: other rows in memory
    TensorId x = builder.input("x", {1, 4, 1, 2});
    x = builder.add("Relu", {builder.add("Tanh", {x})});
    x = builder.add("Reshape", {x, builder.integers("s", {1, 2, 2, 2})});
    builder.output(builder.add("MaxPool", {x}, pool(2, 2)));
    QCOMPARE(summary(lowered(builder)),
             std::string("tanh1: tanh; relu1: relu; rearrange1: rearrange; pool1: maxpool"));
}

void TestLower::sharedWeights()
{
    ModelBuilder builder;
    TensorId x = builder.input("x", {1, 4});
    const TensorId w = builder.weights("w", {4, 4});
    const TensorId b = builder.weights("b", {4});
    x = builder.add("Gemm", {x, w, b});
    x = builder.add("Gemm", {x, w, b});
    x = builder.add("Gemm", {x, w, b}, {{"transB", std::int64_t{1}}});
    builder.output(x);
    const Network network = lowered(builder);
    QCOMPARE(network.stages[0].constants, network.stages[1].constants);
    QVERIFY(network.stages[0].constants[0] != network.stages[2].constants[0]);
    QCOMPARE(network.stages[0].constants[1], network.stages[2].constants[1]);
    QCOMPARE(network.parameters(), 16 + 16 + 4); // the other order is another table in flash
}

void TestLower::deadCode()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 4});
    builder.add("Gemm", {x, builder.weights("unused", {4, 100})});
    builder.add("com.example.Unknown", {x}); // has no shape, but nobody asks
    builder.output(builder.add("Gemm", {x, builder.weights("w", {4, 2})}));
    builder.input("ignored", {1, 3});
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("fc1: fully connected"));
    QCOMPARE(network.parameters(), 8);
    QCOMPARE(network.inputs.size(), std::size_t{2}); // the caller passes it all the same
}

void TestLower::planOnly_data()
{
    QTest::addColumn<int>("batch");
    QTest::addColumn<bool>("isFloat");
    QTest::addColumn<bool>("weightsAreConstant");
    QTest::newRow("batch of two") << 2 << true << true;
    QTest::newRow("int8") << 1 << false << true;
    QTest::newRow("computed weights") << 1 << true << false;
}

void TestLower::planOnly()
{
    QFETCH(int, batch);
    QFETCH(bool, isFloat);
    QFETCH(bool, weightsAreConstant);
    ModelBuilder builder;
    const TensorId x =
        builder.input("x", {batch, 2, 5, 5}, isFloat ? DataType::Float32 : DataType::Int8);
    const TensorId w =
        weightsAreConstant ? builder.weights("w", {3, 2, 3, 3}) : builder.input("w", {3, 2, 3, 3});
    builder.output(builder.add("Conv", {x, w}));
    const Network network = lowered(builder);
    QVERIFY(network.stages[0].isPlanOnly());
    QCOMPARE(network.stages[0].kindText(), std::string("Conv"));
    QCOMPARE(network.stages[0].macs, batch * 3 * 9 * 18);
    QCOMPARE(network.parameters(), weightsAreConstant ? 54 : 0);
    QCOMPARE(network[network.outputs[0]].elements(), batch * 27);
    QCOMPARE(inputRows(network, network.stages[0], 0, 0),
             (RowRange{0, network[network.inputs[0]].rows}));
}

void TestLower::planOnlyParameters()
{
    ModelBuilder builder; // limits and shapes steer; only the slope is stored
    TensorId x = builder.input("x", {1, 3, 4, 4});
    x = builder.add("Slice", {x, builder.integers("from", {0}), builder.integers("to", {2})});
    x = builder.add("Pad", {x, builder.integers("pads", {0, 0, 1, 1, 0, 0, 1, 1})});
    builder.output(builder.add("PRelu", {x, builder.weights("slope", {3, 1, 1})}));
    QCOMPARE(lowered(builder).parameters(), 3);
}

void TestLower::recurrent()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {7, 1, 5});
    const TensorId all = builder.add(
        "LSTM", {x, builder.weights("w", {1, 12, 5}), builder.weights("r", {1, 12, 3})});
    const TensorId last = builder.secondOutput();
    builder.output(last);
    const Network network = lowered(builder);
    QCOMPARE(network.stages[0].macs, 7 * (60 + 36));
    QCOMPARE(network.parameters(), 96);
    QCOMPARE(network.stages[0].outputs.size(), std::size_t{2});
    QVERIFY(all.isValid());
    QVERIFY(isWhole(network));
}

void TestLower::sequences()
{
    ModelBuilder builder; // 1-D: every time step is a row
    TensorId x = builder.input("x", {1, 3, 20});
    x = builder.add("Relu", {builder.add("Conv", {x, builder.weights("w", {4, 3, 5})},
                                         {{"strides", Integers{2}}})});
    builder.output(builder.add("MaxPool", {x}, {{"kernel_shape", Integers{2}}}));
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("conv1: conv+relu; pool1: maxpool"));
    QCOMPARE(geometry(network, network.inputs[0]), std::string("20x1x3"));
    QCOMPARE(geometry(network, network.outputs[0]), std::string("7x1x4"));
    QCOMPARE(inputRows(network, network.stages[0], 0, 3), (RowRange{6, 11}));

    ModelBuilder tokens; // without windows, three dimensions are no sequence
    tokens.output(tokens.add("Softplus", {tokens.input("x", {1, 3, 20})}));
    const Network other = lowered(tokens);
    QCOMPARE(geometry(other, other.inputs[0]), std::string("3x1x20"));
    QVERIFY(other[other.inputs[0]].modelChannelsLast);
}

void TestLower::ceilModeBecomesPadding()
{
    ModelBuilder builder;
    AttributeMap attributes = pool(3, 2);
    attributes["ceil_mode"] = std::int64_t{1};
    builder.output(builder.add("MaxPool", {builder.input("x", {1, 1, 8, 7})}, attributes));
    const Network network = lowered(builder);
    const Window window = std::get<MaxPoolOp>(network.stages[0].op).window;
    QCOMPARE(window.padBottom, 1);
    QCOMPARE(window.padRight, 0);
    QCOMPARE(inputRows(network, network.stages[0], 0, 3), (RowRange{6, 8}));
}

void TestLower::refusals()
{
    ModelBuilder unknown;
    unknown.output(unknown.add("com.example.Foo", {unknown.input("x", {1, 4})}, {}, "bar\n"));
    QCOMPARE(lower(unknown.build()).error().what,
             std::string("operator 'bar\\x0a' (com.example.Foo) has no known output shape"));

    ModelBuilder constant;
    constant.input("x", {1});
    constant.output(constant.weights("c", {3}));
    QCOMPARE(lower(constant.build()).error().what, std::string("output 'c' is a constant"));

    ModelBuilder empty;
    const TensorId x = empty.input("x", {1, 4});
    empty.output(empty.add(
        "Slice", {x, empty.integers("from", {0, 3}), empty.integers("to", {1, 3})}, {}, "cut"));
    QCOMPARE(lower(empty.build()).error().what,
             std::string("operator 'cut' (Slice) makes an empty tensor 'Slice_0_out'"));

    ModelBuilder huge;
    const TensorId a = huge.input("a", {1 << 20, 1 << 19});
    const TensorId b = huge.input("b", {1 << 19, 1 << 20});
    huge.output(huge.add("MatMul", {a, b}, {}, "product"));
    QCOMPARE(lower(huge.build()).error().what,
             std::string("operator 'product' (MatMul) takes too many multiplications"));
}

QTEST_GUILESS_MAIN(TestLower)
#include "test_lower.moc"

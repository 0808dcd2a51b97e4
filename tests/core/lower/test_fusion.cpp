// SPDX-License-Identifier: Apache-2.0
// What goes into epilogues, and what is seen where it lies instead of copied.
#include "tests/core/lower/networks.h"

#include <QtTest>

using namespace tidemark;
using namespace tidemark::test;

class TestFusion : public QObject {
    Q_OBJECT

private slots:
    void residual();
    void residualOfTwoConvolutions();
    void residualsThatStay();
    void splitsBecomeViews();
    void concatsBecomeViews();
    void viewsThatStayCopies();
    void batchNormGoesIntoWeights();
    void paddingGoesIntoWindows();
    void transposesCancel();
};

namespace {

AttributeMap axis(std::int64_t axis)
{
    return {{"axis", axis}};
}

TensorId conv(ModelBuilder& builder, TensorId x, const std::string& name, std::int64_t channels)
{
    return builder.add("Conv", {x, builder.weights(name, {channels, channels, 1, 1})});
}

} // namespace

void TestFusion::residual()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 4, 4});
    const TensorId a = builder.add("Relu", {conv(builder, x, "w1", 2)});
    const TensorId b = conv(builder, a, "w2", 2);
    builder.output(builder.add("Relu", {builder.add("Add", {a, b})}));
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("conv1: conv+relu; conv2: conv; add1: add+relu"));
    const Network fused = fuseEpilogues(network);
    QVERIFY(isWhole(fused));
    QCOMPARE(summary(fused), std::string("conv1: conv+relu; conv2: conv+add+relu"));
    const Stage& stage = fused.stages[1];
    QCOMPARE(stage.inputs.size(), std::size_t{2});
    QCOMPARE(stage.inputs[1], fused.stages[0].outputs[0]);
    QCOMPARE(stage.outputs, fused.outputs);
    QCOMPARE(fused.values.size(), network.values.size() - 1);
    QCOMPARE(fused.macs(), network.macs());
    QCOMPARE(summary(fusePools(network)), summary(network));
    QVERIFY(!whyNotFused(network, StageId(1), StageId(2)));
}

void TestFusion::residualOfTwoConvolutions()
{
    ModelBuilder builder; // the convolution that comes later takes the sum
    const TensorId x = builder.input("x", {1, 2, 4, 4});
    const TensorId late = conv(builder, conv(builder, x, "w1", 2), "w2", 2);
    const TensorId cut = conv(builder, x, "w3", 2);
    const TensorId sum = builder.add("Add", {late, cut});
    builder.output(builder.add("MaxPool", {sum}, pool(2, 2)));
    const Network fused = fuseEpilogues(lowered(builder));
    QVERIFY(isWhole(fused));
    QCOMPARE(summary(fused),
             std::string("conv1: conv; conv2: conv; conv3: conv+add; pool1: maxpool"));
    QCOMPARE(*whyNotFused(fused, StageId(2), StageId(3)),
             std::string("the convolution adds a residual already"));
}

void TestFusion::residualsThatStay()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 4, 4});
    const TensorId a = conv(builder, x, "w1", 2);
    builder.output(builder.add("Add", {a, a}));
    const TensorId b = conv(builder, x, "w2", 2);
    builder.output(builder.add("Add", {b, builder.input("v", {1, 2, 1, 1})}));
    builder.output(builder.add("Sub", {conv(builder, x, "w3", 2), x}));
    const Network network = lowered(builder);
    QCOMPARE(fuseEpilogues(network).stages.size(), network.stages.size());
    QCOMPARE(*whyNotFused(network, StageId(0), StageId(1)),
             std::string("it adds a tensor to itself"));
    QCOMPARE(*whyNotFused(network, StageId(2), StageId(3)),
             std::string("it repeats one of its operands"));
    QCOMPARE(*whyNotFused(network, StageId(4), StageId(5)), std::string("it is no max-pool"));
}

void TestFusion::splitsBecomeViews()
{
    ModelBuilder builder; // rows of an image lie one after the other, channels do not
    const TensorId x = conv(builder, builder.input("x", {1, 4, 6, 2}), "w", 4);
    const TensorId rows =
        builder.add("Slice", {x, builder.integers("from", {2}), builder.integers("to", {5}),
                              builder.integers("axes", {2})});
    builder.output(builder.add("Relu", {rows}));
    const TensorId channels =
        builder.add("Slice", {x, builder.integers("from2", {1}), builder.integers("to2", {3}),
                              builder.integers("axes2", {1})});
    builder.output(builder.add("Relu", {channels}));
    const Network network = lowered(builder);
    QCOMPARE(network.stages.size(), std::size_t{5});
    const Network seen = withViews(network);
    QCOMPARE(seen.stages.size(), std::size_t{4});
    const Value& part = seen[seen.stages[1].inputs[0]];
    QVERIFY(part.storage.has_value());
    QCOMPARE(part.storage->base, seen.stages[0].outputs[0]);
    QCOMPARE(part.storage->elementOffset, 2 * 2 * 4);
    QCOMPARE(part.rows, 3);
    QVERIFY(!seen[seen.stages[3].inputs[0]].storage);
}

void TestFusion::concatsBecomeViews()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 4, 4});
    const TensorId a = conv(builder, x, "w1", 2);
    const TensorId b = conv(builder, x, "w2", 2);
    const TensorId joined = builder.add("Concat", {a, b}, axis(2));
    builder.output(builder.add("Relu", {joined}));
    const Network seen = withViews(lowered(builder));
    QCOMPARE(summary(seen), std::string("conv1: conv; conv2: conv; relu1: relu"));
    const Value& second = seen[seen.stages[1].outputs[0]];
    QCOMPARE(second.storage->base, seen.stages[2].inputs[0]);
    QCOMPARE(second.storage->elementOffset, 32);
}

void TestFusion::viewsThatStayCopies()
{
    ModelBuilder builder;
    const TensorId x = builder.input("x", {1, 2, 4, 4});
    const TensorId a = conv(builder, x, "w1", 2);
    builder.output(builder.add("Relu", {builder.add("Concat", {a, a}, axis(2))})); // twice
    builder.output(builder.add("Relu", {builder.add("Concat", {a, x}, axis(2))})); // an input
    builder.output(builder.add("Relu", {builder.add("Concat", {a, conv(builder, x, "w2", 2)},
                                                    axis(1))})); // channel by channel
    const Network network = lowered(builder);
    QCOMPARE(withViews(network).stages.size(), network.stages.size());
}

void TestFusion::batchNormGoesIntoWeights()
{
    ModelBuilder builder;
    TensorId x = builder.input("x", {1, 1, 1, 1});
    x = builder.add("Conv", {x, builder.constant("w", {2, 1, 1, 1}, {1, 2})});
    x = builder.add("BatchNormalization",
                    {x, builder.constant("scale", {2}, {2, 4}), builder.constant("b", {2}, {1, 0}),
                     builder.constant("mean", {2}, {3, 1}), builder.constant("var", {2}, {4, 16})},
                    {{"epsilon", 0.0F}});
    x = builder.add("Mul", {x, builder.constant("half", {}, {0.5F})});
    builder.output(builder.add("Relu", {x}));
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("conv1: conv+relu"));
    const auto numbers = [&](std::size_t i) {
        const auto bytes = network[network.stages[0].constants[i]].data.bytes();
        std::vector<float> result(bytes.size() / sizeof(float));
        std::memcpy(result.data(), bytes.data(), bytes.size());
        return result;
    };
    QCOMPARE(numbers(0), (std::vector<float>{0.5F, 1.0F}));   // w * scale / sqrt(var) * half
    QCOMPARE(numbers(1), (std::vector<float>{-1.0F, -0.5F})); // (b - mean * scale / sd) * half
}

void TestFusion::paddingGoesIntoWindows()
{
    const auto stages = [](float value, const char* reader) {
        ModelBuilder builder;
        TensorId x = builder.input("x", {1, 2, 5, 5});
        x = builder.add("Pad", {x, builder.integers("pads", {0, 0, 1, 2, 0, 0, 3, 4}),
                                builder.constant("value", {}, {value})});
        builder.output(std::string(reader) == "Conv"
                           ? builder.add("Conv", {x, builder.weights("w", {2, 2, 3, 3})})
                           : builder.add(reader, {x}, pool(3, 2)));
        return lowered(builder);
    };
    const Network inside = stages(0, "Conv");
    QCOMPARE(summary(inside), std::string("conv1: conv"));
    const Window w = std::get<ConvOp>(inside.stages[0].op).window;
    QCOMPARE((Shape{w.padTop, w.padLeft, w.padBottom, w.padRight}), (Shape{1, 2, 3, 4}));
    QCOMPARE(summary(stages(1, "Conv")), std::string("pad1: pad; conv1: conv"));
    QCOMPARE(summary(stages(0, "AveragePool")), std::string("averagepool1: average pool"));
    QVERIFY(std::get<AveragePoolOp>(stages(0, "AveragePool").stages[0].op).countPad);
    QCOMPARE(summary(stages(0, "MaxPool")), std::string("pad1: pad; pool1: maxpool"));
}

void TestFusion::transposesCancel()
{
    ModelBuilder builder; // channels last outside, channels first inside
    TensorId x = builder.input("x", {1, 5, 6, 3});
    x = builder.add("Transpose", {x}, {{"perm", Integers{0, 3, 1, 2}}});
    x = builder.add("Conv", {x, builder.weights("w", {4, 3, 1, 1})});
    builder.output(builder.add("Transpose", {x}, {{"perm", Integers{0, 2, 3, 1}}}));
    const Network network = lowered(builder);
    QCOMPARE(summary(network), std::string("conv1: conv"));
    QCOMPARE(geometry(network, network.inputs[0]), std::string("5x6x3"));
    QVERIFY(network[network.inputs[0]].modelChannelsLast);
    QVERIFY(network[network.outputs[0]].modelChannelsLast);
    QCOMPARE(network[network.outputs[0]].modelShape, (Shape{1, 5, 6, 4}));
}

QTEST_GUILESS_MAIN(TestFusion)
#include "test_fusion.moc"

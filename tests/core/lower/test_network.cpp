// SPDX-License-Identifier: Apache-2.0
// Networks: what they say of themselves, their input rows, and their pools.
#include "core/lower/layout.h"
#include "core/reference/reference.h"
#include "tests/core/lower/networks.h"

#include <QtTest>
#include <algorithm>

using namespace tidemark;
using namespace tidemark::test;

class TestNetwork : public QObject {
    Q_OBJECT

private slots:
    void kindTexts();
    void whyPoolsStay_data();
    void whyPoolsStay();
    void fusedPoolsKeepIdsWhole();
    void inputRowsAgainstBruteForce();
    void layouts();
};

void TestNetwork::kindTexts()
{
    ModelBuilder builder;
    TensorId x = builder.input("x", {1, 2, 8, 8});
    const TensorId six = builder.constant("six", {}, {6});
    const TensorId zero = builder.constant("zero", {}, {0});
    const TensorId half = builder.constant("half", {}, {0.5F});
    x = builder.add("Clip", {x, zero, half});
    x = builder.add("Conv", {x, builder.weights("w1", {4, 1, 3, 3})}, {{"group", std::int64_t{2}}});
    x = builder.add("Clip", {x, zero, six});
    x = builder.add("MaxPool", {x}, pool(2, 2));
    x = builder.add("Tanh", {x});
    x = builder.add("Relu", {x});
    x = builder.add("Gemm", {builder.add("Flatten", {x}), builder.weights("w2", {36, 3})});
    builder.output(builder.add("Clip", {x, half}));
    QCOMPARE(summary(fusePools(lowered(builder))),
             std::string("clip1: clip; conv1: grouped conv+relu6+maxpool; tanh1: tanh; "
                         "relu1: relu; fc1: fully connected+clip"));
}

void TestNetwork::whyPoolsStay_data()
{
    QTest::addColumn<int>("kernel");
    QTest::addColumn<int>("stride");
    QTest::addColumn<int>("pad");
    QTest::addColumn<QString>("reason");
    QTest::newRow("fits") << 2 << 2 << 0 << "";
    QTest::newRow("gaps") << 1 << 2 << 0 << "";
    QTest::newRow("overlap") << 3 << 2 << 0
                             << "the pool's windows overlap, so convolution rows would be needed "
                                "twice";
    QTest::newRow("pads") << 2 << 2 << 1 << "the pool pads its input";
}

void TestNetwork::whyPoolsStay()
{
    QFETCH(int, kernel);
    QFETCH(int, stride);
    QFETCH(int, pad);
    QFETCH(QString, reason);
    ModelBuilder builder;
    TensorId x = builder.input("x", {1, 1, 8, 8});
    x = builder.add("Conv", {x, builder.weights("w", {2, 1, 1, 1})});
    AttributeMap attributes = pool(kernel, stride);
    attributes["pads"] = Integers{pad, pad, pad, pad};
    x = builder.add("MaxPool", {x}, attributes);
    builder.output(builder.add("MaxPool", {x}, pool(1, 1)));
    const Network network = lowered(builder);
    QCOMPARE(QString::fromStdString(whyNotFused(network, StageId(0), StageId(1)).value_or("")),
             reason);
    QCOMPARE(fusePools(network).stages.size(), std::size_t{reason.isEmpty() ? 2U : 3U});
    QCOMPARE(*whyNotFused(network, StageId(1), StageId(2)),
             std::string("it does not follow a convolution"));
    QCOMPARE(*whyNotFused(network, StageId(0), StageId(2)),
             std::string("it does not read this convolution"));
    QCOMPARE(*whyNotFused(network, StageId(0), StageId(0)), std::string("it is no max-pool"));
}

void TestNetwork::fusedPoolsKeepIdsWhole()
{
    ModelBuilder builder; // two branches; pools that fuse stand between stages that do not
    const TensorId x = builder.input("x", {1, 2, 8, 8});
    const auto branch = [&](const std::string& name) {
        TensorId t = builder.add("Conv", {x, builder.weights(name, {3, 2, 3, 3})});
        t = builder.add("MaxPool", {builder.add("Relu", {t})}, pool(2, 2));
        return builder.add("Tanh", {t});
    };
    const TensorId left = branch("wl");
    const TensorId right = branch("wr");
    builder.output(builder.add("Concat", {left, right}, {{"axis", std::int64_t{1}}}));
    builder.output(right);
    const Network network = lowered(builder);
    const Network fused = fusePools(network);
    QVERIFY(isWhole(network));
    QVERIFY(isWhole(fused));
    QCOMPARE(fused.values.size(), network.values.size() - 2);
    QCOMPARE(fused.stages[0].operators.size(), std::size_t{3}); // Conv, Relu, MaxPool
    QCOMPARE(fused[fused.outputs[1]].name, network[network.outputs[1]].name);
    QCOMPARE(summary(fusePools(fused)), summary(fused));
}

void TestNetwork::inputRowsAgainstBruteForce()
{
    std::mt19937 random(99);
    const auto pick = [&](std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(random()) % (high - low + 1);
    };
    int checked = 0;
    while (checked < 200) {
        ModelBuilder builder;
        const std::int64_t rows = pick(1, 14);
        TensorId x = builder.input("x", {1, 1, rows, 2});
        if (pick(0, 4) > 0) {
            const std::int64_t kernel = pick(1, 4);
            const TensorId w = builder.constant(
                "w", {1, 1, kernel, 1}, std::vector<float>(static_cast<std::size_t>(kernel), 1.0F));
            x = builder.add("Conv", {x, w},
                            {{"strides", Integers{pick(1, 5), 1}},
                             {"dilations", Integers{pick(1, 3), 1}},
                             {"pads", Integers{pick(0, 3), 0, pick(0, 3), 0}}});
        }
        if (pick(0, 1) == 1) {
            const std::int64_t kernel = pick(1, 3);
            x = builder.add("MaxPool", {x},
                            {{"kernel_shape", Integers{kernel, 1}},
                             {"strides", Integers{pick(1, 4), 1}},
                             {"dilations", Integers{pick(1, 2), 1}},
                             {"pads", Integers{pick(0, kernel - 1), 0, pick(0, kernel - 1), 0}},
                             {"ceil_mode", pick(0, 1)}});
        }
        builder.output(builder.add("Relu", {x}));
        const auto model = builder.tryBuild();
        if (!model) {
            continue; // a window larger than its input
        }
        const Network network = fusePools(lowered(*model));
        if (network.stages.size() != 1) {
            continue;
        }
        ++checked;
        // An input row matters to an output row when putting ones there changes it from zero.
        const Stage& stage = network.stages[0];
        const std::int64_t outRows = network[stage.outputs[0]].rows;
        std::vector<RowRange> seen(static_cast<std::size_t>(outRows), RowRange{rows, 0});
        for (std::int64_t row = 0; row < rows; ++row) {
            std::vector<float> image(static_cast<std::size_t>(rows * 2), 0);
            std::fill_n(image.begin() + static_cast<std::ptrdiff_t>(row * 2), 2, 1.0F);
            const std::vector<std::vector<float>> inputs{image};
            const auto values = runReference(network, inputs);
            QVERIFY(values);
            const auto& output = (*values)[stage.outputs[0].index()];
            for (std::size_t out = 0; out < seen.size(); ++out) {
                if (output[out * 2] != 0) {
                    seen[out].begin = std::min(seen[out].begin, row);
                    seen[out].end = std::max(seen[out].end, row + 1);
                }
            }
        }
        for (std::int64_t out = 0; out < outRows; ++out) {
            const RowRange range = inputRows(network, stage, 0, out);
            const RowRange truth = seen[static_cast<std::size_t>(out)];
            QVERIFY(range.begin >= 0 && range.begin <= range.end && range.end <= rows);
            if (truth.end > 0) { // the range is the hull of what matters, or wider over holes
                QVERIFY(range.begin <= truth.begin && truth.end <= range.end);
            }
            const auto* conv = std::get_if<ConvOp>(&stage.op);
            const auto* maxPool = std::get_if<MaxPoolOp>(&stage.op);
            const std::int64_t dilation = conv      ? conv->window.dilationH
                                          : maxPool ? maxPool->window.dilationH
                                                    : 1;
            if (dilation == 1) {
                QCOMPARE(range.size(), std::max<std::int64_t>(truth.end - truth.begin, 0));
            }
        }
    }
}

void TestNetwork::layouts()
{
    Value value;
    value.rows = 2;
    value.width = 1;
    value.channels = 3;
    value.type = DataType::Int16;
    const std::vector<std::int16_t> byChannel{1, 2, 3, 4, 5, 6};
    const std::vector<std::int16_t> byPixel{1, 3, 5, 2, 4, 6};
    const auto bytesOf = [](const std::vector<std::int16_t>& elements) {
        const auto bytes = std::as_bytes(std::span(elements));
        return std::vector<std::byte>(bytes.begin(), bytes.end());
    };
    QVERIFY(toChannelsLast(value, bytesOf(byChannel)) == bytesOf(byPixel));
    QVERIFY(toModelOrder(value, bytesOf(byPixel)) == bytesOf(byChannel));
}

QTEST_GUILESS_MAIN(TestNetwork)
#include "test_network.moc"

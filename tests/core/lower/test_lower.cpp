// SPDX-License-Identifier: Apache-2.0
#include "core/import/import.h"
#include "core/lower/lower.h"

#include <QtTest>

using namespace tidemark;

class TestLower : public QObject {
    Q_OBJECT

private slots:
    void lenet5();
    void lenet5WithFusedPools();
};

namespace {

Network lenet()
{
    const auto model =
        importModel(std::string(TIDEMARK_SOURCE_DIR) + "/resources/examples/lenet5.onnx");
    if (!model) {
        qFatal("%s", model.error().text().c_str());
    }
    const auto network = lower(*model);
    if (!network) {
        qFatal("%s", network.error().text().c_str());
    }
    return *network;
}

std::string summary(const Network& network)
{
    std::string text;
    for (const Stage& stage : network.stages) {
        text += stage.name + ": " + stage.kindText() + "; ";
    }
    return text;
}

std::int64_t elements(const Network& network)
{
    std::int64_t sum = 0;
    for (const Value& value : network.values) {
        sum += value.elements();
    }
    return sum;
}

} // namespace

void TestLower::lenet5()
{
    const Network network = lenet();
    QCOMPARE(summary(network),
             std::string("conv1: conv+relu; pool1: maxpool; conv2: conv+relu; pool2: maxpool; "
                         "fc1: fully connected+relu; fc2: fully connected+relu; "
                         "fc3: fully connected; "));
    QCOMPARE(elements(network), 9118);
    QCOMPARE(network.macs(), 416520);
    QCOMPARE(network.parameters(), 61706);
    QCOMPARE(network.parameterBytes().count(), 246824);
}

void TestLower::lenet5WithFusedPools()
{
    const Network network = fusePools(lenet());
    QCOMPARE(summary(network), std::string("conv1: conv+relu+maxpool; conv2: conv+relu+maxpool; "
                                           "fc1: fully connected+relu; fc2: fully connected+relu; "
                                           "fc3: fully connected; "));
    QCOMPARE(elements(network), 2814);
    QCOMPARE(network.macs(), 416520);
    QCOMPARE(network.parameterBytes().count(), 246824);
}

QTEST_GUILESS_MAIN(TestLower)
#include "test_lower.moc"

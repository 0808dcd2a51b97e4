// SPDX-License-Identifier: Apache-2.0
// The bytes that shapes say kernels move against those that virtual boards counted
// (tests/golden/cost/bytes.json, made by tidemark-fit-costs --bytes): to the byte.
#include <QtTest>

#include "core/cost/stage_work.h"
#include "core/execute/kernel_call.h"
#include "core/lower/kernel_tables.h"
#include "tests/core/cost/training_networks.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

using namespace tidemark;

namespace {

std::string textOf(double read, double written, double constants)
{
    return std::to_string(read) + " read, " + std::to_string(written) + " written, " +
           std::to_string(constants) + " of constants";
}

/// What shapes do not tell: slopes are read for negative elements alone, and compilers load a
/// requantise record that all outputs have in common once a row, or once.
double slack(const Network& network, const StageWork& work)
{
    if (work.kernel.starts_with("prelu")) {
        return work.constantBytes().read;
    }
    const Stage& stage = network.stages.front();
    const auto isRecord = [&](ConstantId id) {
        return network[id].role == ConstantRole::Table && network[id].bytes() == Bytes(8);
    };
    const bool common = std::ranges::any_of(stage.constants, isRecord);
    return common ? 8.0 * static_cast<double>(network[stage.outputs.front()].rows - 1) : 0;
}

} // namespace

class TestStageWork : public QObject {
    Q_OBJECT

private slots:
    void everyKernelMovesTheCountedBytes_data()
    {
        QTest::addColumn<QString>("counts");
        QTest::addColumn<std::size_t>("networks");
        QTest::addColumn<std::size_t>("kernels"); // at least
        QTest::newRow("fp32") << "fp32" << std::size_t(test::kAllNetworks) << std::size_t{16};
        QTest::newRow("int8") << "int8" << std::size_t(test::kAllNetworks) << std::size_t{16};
        QTest::newRow("int8 with scratch") << "scratch" << std::size_t{20} << std::size_t{1};
    }

    void everyKernelMovesTheCountedBytes()
    {
        QFETCH(QString, counts);
        QFETCH(std::size_t, networks);
        QFETCH(std::size_t, kernels);
        const bool scratch = counts == "scratch";
        std::ifstream stream(TIDEMARK_SOURCE_DIR "/tests/golden/cost/bytes.json");
        const auto golden = nlohmann::json::parse(stream)[counts.toStdString()];
        QCOMPARE(golden.size(), networks);
        std::set<std::string> seen;
        for (const auto& [k, counted] : golden.items()) {
            const DataType type = counts == "fp32" ? DataType::Float32 : DataType::Int8;
            const Network network =
                withKernelTables(test::trainingNetwork(type, static_cast<unsigned>(std::stoul(k))));
            const StageWork work = stageWork(network, network.stages.front(), scratch);
            QVERIFY(!scratch || kernelScratch(network, network.stages.front()) > Bytes(0));
            Traffic values = work.valueBytes();
            values += work.scratch;
            const double constants = work.constantBytes().read;
            const bool close =
                std::abs(constants - counted[2].get<double>()) <= slack(network, work);
            const std::string expected = textOf(counted[0], counted[1], counted[2]);
            const std::string said =
                textOf(values.read, values.written, close ? counted[2].get<double>() : constants);
            QVERIFY2(said == expected,
                     (work.kernel + " " + k + ": " + said + ", counted " + expected).c_str());
            seen.insert(work.kernel.substr(0, work.kernel.find(' ')));
        }
        QVERIFY2(seen.size() >= kernels, std::to_string(seen.size()).c_str());
    }
};

QTEST_APPLESS_MAIN(TestStageWork)
#include "test_stage_work.moc"

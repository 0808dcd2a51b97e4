// SPDX-License-Identifier: Apache-2.0
// Operators in firmware: side by side as networks of several inputs and outputs, built for the
// virtual boards, compared with the reference. Every operator on one board, every kernel on all.
#include <QtTest>

#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/execute/kernel_call.h"
#include "core/execute/kernel_params.h"
#include "core/lower/kernel_tables.h"
#include "core/place/plan.h"
#include "core/reference/reference.h"
#include "firmware_bridge/host/device_run.h"
#include "tests/core/execute/operator_networks.h"
#include "tests/firmware/missing_program.h"

#include <QTemporaryDir>
#include <cmath>
#include <map>
#include <memory>

using namespace tidemark;
using namespace tidemark::bridge;
using tidemark::bridge::testing::missingProgram;
using namespace tidemark::handmade;

namespace {

struct Job {
    std::string name;
    QTemporaryDir folder;
    DeviceRequest request;
    std::vector<float> wanted; ///< all outputs' numbers
    Network network;
    std::unique_ptr<DeviceRun> run;
};

DataType outputType(const Network& network)
{
    return network[network.outputs.front()].type;
}

/// Networks by the types of their inputs and outputs, so that a board's bytes read as one array.
using Groups = std::map<std::pair<DataType, DataType>, std::vector<Network>>;

void addTo(Groups& groups, Network part)
{
    const std::pair types{part[part.inputs.front()].type, outputType(part)};
    groups[types].push_back(std::move(part));
}

/// Every kind of operator with inputs and outputs of one type.
Groups everyOperator()
{
    Groups groups;
    for (const DataType type : {DataType::Int8, DataType::Float32}) {
        for (unsigned k = 0; k < operatorKinds().size(); ++k) {
            Network part = operatorNetwork(operatorKinds()[k], type, k + 20);
            if (outputType(part) == type && part[part.inputs.front()].type == type) {
                addTo(groups, std::move(part));
            }
        }
    }
    return groups;
}

std::int64_t bytesOf(const Network& network)
{
    std::int64_t sum = 0;
    for (const Value& value : network.values) {
        sum += value.bytes().count();
    }
    return sum;
}

/// Every row kernel once, in networks small enough for the smallest board.
Groups everyKernel()
{
    constexpr std::int64_t kFewest = 6; // elements of an output worth looking at
    std::map<std::string, Network> smallest;
    for (const std::string& kind : operatorKinds()) {
        for (const DataType type : {DataType::Int8, DataType::Float32}) {
            for (unsigned seed = 1; seed <= 12; ++seed) {
                Network part = operatorNetwork(kind, type, seed);
                const Network ready = withKernelTables(part);
                const auto call = kernelCall(ready, ready.stages.front());
                const Value& output = part[part.outputs.front()];
                if (!call || output.elements() < kFewest || output.type == DataType::Int64 ||
                    output.type == DataType::UInt8) {
                    continue;
                }
                const std::string kernel(call->kernel);
                const auto known = smallest.find(kernel);
                if (known == smallest.end() || bytesOf(part) < bytesOf(known->second)) {
                    smallest.insert_or_assign(kernel, std::move(part));
                }
            }
        }
    }
    Groups groups;
    for (auto& [kernel, part] : smallest) {
        addTo(groups, std::move(part));
    }
    return groups;
}

} // namespace

class TestOperatorBoards : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void everyOperatorRuns();
    void typesMayMix();
    void everyKernelRunsOnEveryBoard_data();
    void everyKernelRunsOnEveryBoard();

private:
    static std::unique_ptr<Job> prepare(const std::string& boardId,
                                        const std::vector<Network>& parts);
    static void runAll(const std::string& boardId, const Groups& groups);
};

std::unique_ptr<Job> TestOperatorBoards::prepare(const std::string& boardId,
                                                 const std::vector<Network>& parts)
{
    auto job = std::make_unique<Job>();
    job->name = boardId + " " + std::string(toString(outputType(parts.front())));
    job->network = sideBySide(parts);
    const auto network = std::make_shared<const Network>(job->network);
    const auto board = findBoard(boardId, std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
    const auto planned = plan(network, std::make_shared<const Board>(*board), {});
    const auto bundle = writeBundle(**planned, job->folder.filePath("bundle").toStdString());
    if (!bundle) {
        qWarning("%s: %s", job->name.c_str(), bundle.error().text().c_str());
        return nullptr;
    }
    job->request.bundle = bundle->directory;
    job->request.board = *board;
    job->request.paint = true;
    const auto inputs = operatorInputs(*network, 4);
    std::vector<std::byte> together;
    std::vector<std::vector<float>> numbers;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        together.insert(together.end(), inputs[i].begin(), inputs[i].end());
        numbers.push_back(numbersOf((*network)[network->inputs[i]].type, inputs[i]));
    }
    job->request.inputs.push_back(together);
    const auto values = runReference(*network, numbers);
    for (const ValueId id : network->outputs) {
        const auto& output = (*values)[id.index()];
        job->wanted.insert(job->wanted.end(), output.begin(), output.end());
    }
    return job;
}

void TestOperatorBoards::initTestCase()
{
    if (const std::string missing = missingProgram(); !missing.empty()) {
        QSKIP((missing + " is not installed").c_str());
    }
}

void TestOperatorBoards::everyOperatorRuns()
{
    runAll("qemu_mps2_an386", everyOperator());
}

/// Inputs and outputs of an odd number of bytes before others of whole words.
void TestOperatorBoards::typesMayMix()
{
    std::vector<Network> parts;
    for (const DataType type : {DataType::Float32, DataType::Int8, DataType::Float32}) {
        parts.push_back(operatorNetwork("fully connected", type, 1));
    }
    runAll("qemu_mps2_an386", {{{DataType::Float32, DataType::Float32}, std::move(parts)}});
}

void TestOperatorBoards::everyKernelRunsOnEveryBoard_data()
{
    QTest::addColumn<QString>("board");
    for (const char* board : {"qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505",
                              "qemu_mps3_an547", "qemu_sifive_e"}) {
        QTest::newRow(board) << board;
    }
}

void TestOperatorBoards::everyKernelRunsOnEveryBoard()
{
    QFETCH(QString, board);
    const Groups groups = everyKernel();
    std::size_t kernels = 0;
    for (const auto& [types, parts] : groups) {
        kernels += parts.size();
    }
    QCOMPARE(kernels, std::variant_size_v<KernelParams> - 1); // one alternative is none
    runAll(board.toStdString(), groups);
}

void TestOperatorBoards::runAll(const std::string& boardId, const Groups& groups)
{
    std::vector<std::unique_ptr<Job>> jobs;
    for (const auto& [types, parts] : groups) {
        jobs.push_back(prepare(boardId, parts));
    }
    for (const auto& job : jobs) {
        QVERIFY(job);
        job->run = std::make_unique<DeviceRun>(job->request);
        job->run->start();
    }
    for (const auto& job : jobs) {
        QTRY_VERIFY2_WITH_TIMEOUT(job->run->isFinished(), job->name.c_str(), 120'000);
        const auto& result = job->run->result();
        QVERIFY2(bool(result), (job->name + ": " + (result ? "" : result.error().text())).c_str());
        QVERIFY2(result->passed(),
                 (job->name + ": " + (result->passed() ? "" : result->problems[0])).c_str());
        const auto& got = result->outputs.front();
        QCOMPARE(got.size(), job->wanted.size());
        const bool exact = outputType(job->network) != DataType::Float32;
        for (std::size_t i = 0; i < got.size(); ++i) {
            const double wanted = job->wanted[i];
            const double room = exact ? 0 : 1e-5 * std::max(8.0, std::abs(wanted));
            const bool bothNan = std::isnan(got[i]) && std::isnan(wanted);
            QVERIFY2(bothNan || got[i] == wanted || std::abs(got[i] - wanted) <= room,
                     qPrintable(QString("%1: element %2 is %3, wanted %4")
                                    .arg(job->name.c_str())
                                    .arg(i)
                                    .arg(got[i])
                                    .arg(wanted)));
        }
    }
}

QTEST_GUILESS_MAIN(TestOperatorBoards)
#include "test_operator_boards.moc"

// SPDX-License-Identifier: Apache-2.0
// Every operator in firmware: side by side as networks of several inputs and outputs, built for the
// virtual boards, compared with the reference.
#include <QtTest>

#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/place/plan.h"
#include "core/reference/reference.h"
#include "firmware_bridge/host/device_run.h"
#include "tests/core/execute/operator_networks.h"
#include "tests/firmware/missing_program.h"

#include <QTemporaryDir>
#include <cmath>
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

} // namespace

class TestOperatorBoards : public QObject {
    Q_OBJECT

private slots:
    void everyOperatorRuns();

private:
    static std::unique_ptr<Job> prepare(const std::string& boardId, DataType type,
                                        std::size_t first, std::size_t step);
};

std::unique_ptr<Job> TestOperatorBoards::prepare(const std::string& boardId, DataType type,
                                                 std::size_t first, std::size_t step)
{
    auto job = std::make_unique<Job>();
    std::vector<Network> parts;
    for (std::size_t k = first; k < operatorKinds().size(); k += step) {
        Network part = operatorNetwork(operatorKinds()[k], type, static_cast<unsigned>(k) + 20);
        // One type for all inputs and outputs, so that their bytes read as one array.
        if (part.values[part.outputs.front().index()].type == type &&
            part.values[part.inputs.front().index()].type == type) {
            parts.push_back(std::move(part));
        }
    }
    job->name = boardId + " " + std::string(toString(type));
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

void TestOperatorBoards::everyOperatorRuns()
{
    if (const std::string missing = missingProgram(); !missing.empty()) {
        QSKIP((missing + " is not installed").c_str());
    }
    std::vector<std::unique_ptr<Job>> jobs;
    jobs.push_back(prepare("qemu_mps2_an386", DataType::Int8, 0, 1));
    jobs.push_back(prepare("qemu_mps2_an500", DataType::Float32, 0, 2));
    jobs.push_back(prepare("qemu_mps2_an505", DataType::Float32, 1, 2));
    jobs.push_back(prepare("qemu_mps3_an547", DataType::Int8, 0, 2));
    jobs.push_back(prepare("qemu_sifive_e", DataType::Int8, 1, 3));
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
        const bool exact = job->network.values.back().type == DataType::Int8;
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

// SPDX-License-Identifier: Apache-2.0
// LeNet-5 on the five virtual boards: exported, built, run, counted, painted, compared.
#include <QtTest>

#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/import/import.h"
#include "core/io/npy.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "core/reference/reference.h"
#include "firmware_bridge/host/device_run.h"
#include "tests/firmware/missing_program.h"

#include <QTemporaryDir>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>

using namespace tidemark;
using namespace tidemark::bridge;
using tidemark::bridge::testing::missingProgram;

namespace {

constexpr const char* kSource = TIDEMARK_SOURCE_DIR;
constexpr std::array kBoards{"qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505",
                             "qemu_mps3_an547", "qemu_sifive_e"};
constexpr std::size_t kPixels = 32 * 32;

/// One board's job and its folder.
struct Job {
    std::string board;
    QTemporaryDir folder;
    DeviceRequest request;
    std::unique_ptr<DeviceRun> run;
};

} // namespace

class TestLenetBoards : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void countedRun();
    void secondRunCountsTheSame();
    void timersUnderIcountAgree();

private:
    void prepare(Job& job, const std::shared_ptr<const Network>& network);
    /// All jobs at once; each has its thread, its QEMU and its port.
    void runAll();

    std::vector<std::unique_ptr<Job>> m_jobs;
    std::vector<Measurement> m_first; ///< of countedRun(), by board
};

void TestLenetBoards::initTestCase()
{
    if (const std::string missing = missingProgram(); !missing.empty()) {
        QSKIP((missing + " is not installed").c_str());
    }
    const auto model = importModel(std::string(kSource) + "/resources/examples/lenet5.onnx");
    QVERIFY2(bool(model), model ? "" : model.error().text().c_str());
    auto network = lower(*model);
    QVERIFY2(bool(network), network ? "" : network.error().text().c_str());
    const auto shared = std::make_shared<const Network>(std::move(*network));
    for (const char* board : kBoards) {
        m_jobs.push_back(std::make_unique<Job>());
        m_jobs.back()->board = board;
        prepare(*m_jobs.back(), shared);
    }
}

void TestLenetBoards::prepare(Job& job, const std::shared_ptr<const Network>& network)
{
    const auto board = findBoard(job.board, std::string(kSource) + "/resources/boards");
    QVERIFY2(bool(board), board ? "" : board.error().text().c_str());
    const auto planned = plan(network, std::make_shared<const Board>(*board), {});
    QVERIFY2(bool(planned), planned ? "" : planned.error().text().c_str());
    const auto bundle = writeBundle(**planned, job.folder.filePath("bundle").toStdString());
    QVERIFY2(bool(bundle), bundle ? "" : bundle.error().text().c_str());
    job.request.bundle = bundle->directory;
    job.request.board = *board;
    const auto digits =
        readNpy(std::string(kSource) + "/tests/golden/lenet5/lenet5_test200_u8.npy");
    QVERIFY2(bool(digits), digits ? "" : digits.error().text().c_str());
    std::vector<float> pixels = digits->toFloats();
    for (const std::size_t sample : {0, 57}) {
        const auto first = pixels.begin() + std::ptrdiff_t(sample * kPixels);
        std::vector<float> input(first, first + std::ptrdiff_t(kPixels));
        for (float& pixel : input) {
            pixel /= 255;
        }
        auto values = runReference(*network, std::span(&input, 1));
        QVERIFY2(bool(values), values ? "" : values.error().text().c_str());
        const auto bytes = std::as_bytes(std::span(input));
        job.request.inputs.emplace_back(bytes.begin(), bytes.end());
        job.request.reference.push_back((*values)[network->outputs.front().index()]);
    }
}

void TestLenetBoards::runAll()
{
    for (const auto& job : m_jobs) {
        job->run = std::make_unique<DeviceRun>(job->request);
        job->run->start();
    }
    for (const auto& job : m_jobs) {
        QTRY_VERIFY2_WITH_TIMEOUT(job->run->isFinished(), job->board.c_str(), 60'000);
        const auto& result = job->run->result();
        QVERIFY2(bool(result), (job->board + ": " + (result ? "" : result.error().text())).c_str());
    }
}

void TestLenetBoards::countedRun()
{
    runAll();
    for (const auto& job : m_jobs) {
        const Measurement& m = *job->run->result();
        const char* board = job->board.c_str();
        QVERIFY2(m.meter == Meter::CounterPlugin, board);
        QVERIFY2(m.passed(), (job->board + ": " + (m.passed() ? "" : m.problems[0])).c_str());
        QVERIFY2(m.match && m.match->classEqual && m.match->maxRelError < 1e-5, board);
        QVERIFY2(m.repeatable == true, board);
        QCOMPARE(m.stages.size(), std::size_t(5));
        Bytes arena, weights;
        for (const SectionMeasurement& section : m.sections) {
            QCOMPARE(section.linked, section.planned);
            (section.name.starts_with(".tm_arena.") ? arena : weights) += section.linked;
        }
        QCOMPARE(arena.count(), 8800);
        QCOMPARE(weights.count(), 246824);
        QCOMPARE(m.painting.size(), std::size_t(1));
        QVERIFY2(m.painting[0].holds(), board);
        QVERIFY2(m.stack && m.stack->used <= m.stack->reserved, board);
        // Every weight is read at least once, and every stage reads and writes something.
        std::int64_t read = 0;
        for (const StageMeasurement& stage : m.stages) {
            std::uint64_t loads = 0, stores = 0;
            for (const BankTraffic& bank : stage.banks) {
                read += bank.loaded.count();
                loads += bank.loads;
                stores += bank.stores;
            }
            QVERIFY2(loads > 0 && stores > 0 && stage.instructions > loads, board);
        }
        QVERIFY2(read > 246'824, board);
        m_first.push_back(m);
    }
}

void TestLenetBoards::secondRunCountsTheSame()
{
    for (const auto& job : m_jobs) {
        job->request.build = job->request.paint = false;
        job->request.inputs.resize(1);
        job->request.reference.resize(1);
    }
    runAll();
    for (std::size_t i = 0; i < m_jobs.size(); ++i) {
        const Measurement& first = m_first.at(i);
        const Measurement& second = *m_jobs[i]->run->result();
        QCOMPARE(second.hash, first.hash);
        QCOMPARE(second.outputs[0], first.outputs[0]);
        for (std::size_t s = 0; s < first.stages.size(); ++s) {
            QCOMPARE(second.stages[s].instructions, first.stages[s].instructions);
            QVERIFY(second.stages[s].banks == first.stages[s].banks);
        }
    }
}

void TestLenetBoards::timersUnderIcountAgree()
{
    for (const auto& job : m_jobs) {
        job->request.counterPlugin = false;
    }
    runAll();
    for (std::size_t i = 0; i < m_jobs.size(); ++i) {
        const Measurement& m = *m_jobs[i]->run->result();
        const char* board = m_jobs[i]->board.c_str();
        QVERIFY2(m.meter == Meter::IcountTimer, board);
        QVERIFY2(m.repeatable == true, board);
        for (std::size_t s = 0; s < m.stages.size(); ++s) {
            const auto counted = static_cast<double>(*m_first.at(i).stages[s].instructions);
            const auto timed = static_cast<double>(*m.stages[s].instructions);
            // The hook between two stages is another than the plugin's glue.
            QVERIFY2(std::abs(timed - counted) <= 50,
                     qPrintable(QString("%1 stage %2: timed %3, counted %4")
                                    .arg(board)
                                    .arg(s)
                                    .arg(timed, 0, 'f', 0)
                                    .arg(counted, 0, 'f', 0)));
        }
    }
}

QTEST_GUILESS_MAIN(TestLenetBoards)
#include "test_lenet_boards.moc"

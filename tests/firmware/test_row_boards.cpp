// SPDX-License-Identifier: Apache-2.0
// Plans by rows on the virtual boards, the input there at once or row by row: the bits of a run
// with full buffers, every changed byte in the arena, every linked byte planned.
#include <QtTest>

#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/execute/execute.h"
#include "core/execute/kernel_call.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "core/quantize/quantize.h"
#include "firmware_bridge/host/device_run.h"
#include "tests/core/execute/operator_networks.h"
#include "tests/core/place/fixtures.h"
#include "tests/firmware/missing_program.h"

#include <QTemporaryDir>
#include <map>
#include <memory>

using namespace tidemark;
using namespace tidemark::bridge;
using tidemark::bridge::testing::missingProgram;

namespace {

using NetworkPtr = std::shared_ptr<const Network>;

NetworkPtr networkOf(const std::string& file)
{
    const auto model = importModel(std::string(TIDEMARK_SOURCE_DIR) + file);
    const auto network = model ? lower(*model) : Result<Network>(model.error());
    if (!network) {
        qWarning("%s", network.error().text().c_str());
        return nullptr;
    }
    return std::make_shared<const Network>(*network);
}

/// A float network in int8, by one random input.
NetworkPtr inInt8(const Network& network)
{
    std::mt19937 random(3);
    const auto input = test::randomInputs(network, random).front();
    const std::vector<std::vector<std::vector<float>>> samples{
        {numbersOf(DataType::Float32, input)}};
    const auto quantised = quantize(network, samples);
    if (!quantised) {
        qWarning("%s", quantised.error().text().c_str());
        return nullptr;
    }
    auto named = quantised->network;
    named.modelName = network.modelName + "_int8";
    return std::make_shared<const Network>(named);
}

struct Job {
    std::string name;
    QTemporaryDir folder;
    DeviceRequest request;
    PlanPtr plan;
    std::vector<double> wanted;
    std::unique_ptr<DeviceRun> run;
};

} // namespace

class TestRowBoards : public QObject {
    Q_OBJECT

private slots:
    void initTestCase();
    void rowsAndStreams();
    void scratchSavesWork();
    void timersAgreeWithCounts();

private:
    void add(const NetworkPtr& network, const std::string& board, Technique technique,
             const std::vector<Budget>& budgets = {}, const ScratchOf& scratchOf = {},
             RingForm rings = RingForm::Windows);
    void runAll(const std::vector<Job*>& jobs);

    std::vector<std::unique_ptr<Job>> m_jobs;
};

void TestRowBoards::initTestCase()
{
    if (const std::string missing = missingProgram(); !missing.empty()) {
        QSKIP((missing + " is not installed").c_str());
    }
    const NetworkPtr lenet = networkOf("/resources/examples/lenet5.onnx");
    const NetworkPtr resNet = networkOf("/tests/golden/mlperf_tiny/ic_int8.tflite");
    const NetworkPtr keywords = networkOf("/tests/golden/mlperf_tiny/kws_int8.tflite");
    std::mt19937 random(3);
    const NetworkPtr cifar = inInt8(*test::withWeights(*test::cifarNet(DataType::Float32), random));
    QVERIFY(lenet && resNet && keywords && cifar);
    const NetworkPtr digits = inInt8(*lenet);
    QVERIFY(digits);
    const std::map<NetworkPtr, int> published{
        {digits, 1'224}, {cifar, 5'440}, {keywords, 5'146}, {resNet, 13'376}};
    for (const NetworkPtr& network : {digits, cifar, keywords, resNet}) {
        add(network, "qemu_mps2_an386", Technique::Rows);
        QVERIFY2(m_jobs.back()->plan->activationBytes <= Bytes(published.at(network)),
                 m_jobs.back()->name.c_str());
        add(network, "qemu_mps2_an386", Technique::Stream);
    }
    // Rows at addresses of their own, out of tables.
    const std::map<NetworkPtr, std::pair<int, int>> apart{{keywords, {4'000, 3'600}},
                                                          {resNet, {9'792, 8'640}}};
    for (const auto& [network, bytes] : apart) {
        for (const Technique technique : {Technique::Rows, Technique::Stream}) {
            const bool streams = technique == Technique::Stream;
            add(network, "qemu_mps2_an386", technique, {}, {}, RingForm::Rows);
            QVERIFY2(m_jobs.back()->plan->activationBytes <=
                         Bytes(streams ? bytes.second : bytes.first),
                     m_jobs.back()->name.c_str());
            QVERIFY(m_jobs.back()->plan->rowTableBytes() > Bytes(0));
            m_jobs.back()->name = "rows apart, " + m_jobs.back()->name;
        }
    }
    for (const char* board :
         {"qemu_mps2_an500", "qemu_mps2_an505", "qemu_mps3_an547", "qemu_sifive_e"}) {
        add(keywords, board, Technique::Rows, {}, {}, RingForm::Rows);
        m_jobs.back()->name = "rows apart, " + m_jobs.back()->name;
    }
    add(keywords, "qemu_mps2_an386", Technique::Rows, {}, kernelScratch);
    QVERIFY(m_jobs.back()->plan->scratchBytes > Bytes(0));
    for (const char* board : {"qemu_mps2_an386", "qemu_mps2_an500", "qemu_mps2_an505",
                              "qemu_mps3_an547", "qemu_sifive_e"}) {
        add(lenet, board, Technique::Rows);
    }
    for (const char* board : {"qemu_mps2_an386", "qemu_sifive_e"}) {
        add(lenet, board, Technique::Stream);
    }
    // No room for a copy of the input: rows are used as they come over the serial port.
    add(lenet, "qemu_sifive_e", Technique::Stream, {{"DTIM", Bytes(8 * 1024)}});
    QVERIFY(!m_jobs.back()->plan->serverKeepsInput);
    m_jobs.back()->name += ", fed";
}

void TestRowBoards::add(const NetworkPtr& network, const std::string& boardId, Technique technique,
                        const std::vector<Budget>& budgets, const ScratchOf& scratchOf,
                        RingForm rings)
{
    auto job = std::make_unique<Job>();
    job->name = network->modelName + " on " + boardId + ", " + std::string(toString(technique));
    const auto board = findBoard(boardId, std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
    QVERIFY2(bool(board), board ? "" : board.error().text().c_str());
    Constraints constraints;
    constraints.technique = technique;
    constraints.budgets = budgets;
    constraints.rings = rings;
    const auto planned =
        plan(network, std::make_shared<const Board>(*board), constraints, {}, {}, scratchOf);
    QVERIFY2(bool(planned), planned ? "" : planned.error().text().c_str());
    job->plan = *planned;
    QVERIFY2(job->plan->techniqueApplied == technique, job->name.c_str());
    const auto bundle = writeBundle(*job->plan, job->folder.filePath("bundle").toStdString());
    QVERIFY2(bool(bundle), (job->name + (bundle ? "" : bundle.error().text())).c_str());
    job->request.bundle = bundle->directory;
    job->request.board = *board;
    job->request.inputs = handmade::operatorInputs(*network, 8);
    const auto values = runUnplanned(*network, job->request.inputs);
    QVERIFY(bool(values));
    const ValueId output = network->outputs.front();
    const auto numbers = numbersOf((*network)[output].type, (*values)[output.index()]);
    job->wanted.assign(numbers.begin(), numbers.end());
    m_jobs.push_back(std::move(job));
}

/// Two at a time: every job builds a firmware and plays it in an emulator.
void TestRowBoards::runAll(const std::vector<Job*>& jobs)
{
    std::size_t started = 0;
    const auto running = [&] {
        return std::count_if(jobs.begin(), jobs.begin() + static_cast<std::ptrdiff_t>(started),
                             [](const Job* job) { return !job->run->isFinished(); });
    };
    while (started < jobs.size() || running() > 0) {
        for (; started < jobs.size() && running() < 2; ++started) {
            jobs[started]->run = std::make_unique<DeviceRun>(jobs[started]->request);
            jobs[started]->run->start();
        }
        QTRY_VERIFY_WITH_TIMEOUT(running() < 2 && (started < jobs.size() || running() == 0),
                                 120'000);
    }
    for (const Job* job : jobs) {
        const auto& result = job->run->result();
        QVERIFY2(bool(result), (job->name + ": " + (result ? "" : result.error().text())).c_str());
        QVERIFY2(result->passed(),
                 (job->name + ": " + (result->passed() ? "" : result->problems[0])).c_str());
        QVERIFY2(result->outputs.front() == job->wanted, (job->name + ": other bits").c_str());
    }
}

void TestRowBoards::rowsAndStreams()
{
    std::vector<Job*> jobs;
    for (const auto& job : m_jobs) {
        jobs.push_back(job.get());
    }
    runAll(jobs);
    for (const Job* job : jobs) {
        const char* name = job->name.c_str();
        const Measurement& m = *job->run->result();
        QVERIFY2(m.meter == Meter::CounterPlugin && m.repeatable == true, name);
        Bytes arena, constants;
        for (const SectionMeasurement& section : m.sections) {
            QCOMPARE(section.linked, section.planned);
            (section.name.starts_with(".tm_arena.") ? arena : constants) += section.linked;
        }
        QCOMPARE(arena, job->plan->activationBytes);
        const Plan& plan = *job->plan;
        QCOMPARE(constants, plan.banks[plan.board->defaultConstants.index()].planned);
        QCOMPARE(m.painting.size(), std::size_t(1));
        QVERIFY2(m.painting[0].holds(), name);
        QCOMPARE(m.painting[0].plannedEnd, job->plan->activationBytes);
        QVERIFY2(m.stack && m.stack->used <= m.stack->reserved, name);
        for (const StageMeasurement& stage : m.stages) {
            QVERIFY2(stage.instructions && *stage.instructions > 0, name);
        }
    }
}

/// Exponentials kept in scratch are not computed again.
void TestRowBoards::scratchSavesWork()
{
    const auto softmax = [&](bool scratch) {
        const auto job = std::ranges::find_if(m_jobs, [&](const auto& j) {
            return j->name.starts_with("kws") && j->plan->techniqueApplied == Technique::Rows &&
                   (j->plan->scratchBytes > Bytes(0)) == scratch;
        });
        return *(*job)->run->result()->stages.back().instructions;
    };
    QVERIFY(softmax(true) < softmax(false) * 3 / 4);
}

/// The stages' ticks add up over calls that alternate, and waiting for rows is nobody's time.
void TestRowBoards::timersAgreeWithCounts()
{
    std::vector<Job*> jobs;
    std::vector<Measurement> counted;
    for (const auto& job : m_jobs) {
        const bool keywords = job->plan->network->modelName.starts_with("kws");
        const bool plain =
            job->plan->scratchBytes == Bytes(0) && job->plan->rowTableBytes() == Bytes(0);
        if ((keywords && plain) || job->name.ends_with("fed")) {
            counted.push_back(*job->run->result());
            job->request.build = job->request.paint = job->request.counterPlugin = false;
            jobs.push_back(job.get());
        }
    }
    QCOMPARE(jobs.size(), std::size_t(3));
    runAll(jobs);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const Measurement& timed = *jobs[i]->run->result();
        QVERIFY(timed.meter == Meter::IcountTimer && timed.repeatable == true);
        for (std::size_t s = 0; s < timed.stages.size(); ++s) {
            const auto instructions = static_cast<double>(*timed.stages[s].instructions);
            const auto exact = static_cast<double>(*counted[i].stages[s].instructions);
            // Between two calls lie the hook and the driver's look at the table.
            const double calls = static_cast<double>(std::count_if(
                jobs[i]->plan->schedule.events.begin(), jobs[i]->plan->schedule.events.end(),
                [&](const Event& event) { return event.stage.index() == s; }));
            QVERIFY2(std::abs(instructions - exact) <= 60 * calls,
                     qPrintable(QString("%1 stage %2: timed %3, counted %4")
                                    .arg(jobs[i]->name.c_str())
                                    .arg(s)
                                    .arg(instructions, 0, 'f', 0)
                                    .arg(exact, 0, 'f', 0)));
        }
    }
}

QTEST_GUILESS_MAIN(TestRowBoards)
#include "test_row_boards.moc"

// SPDX-License-Identifier: Apache-2.0
// Weights staged around their stages on the virtual boards: the bits of a run without a plan, what
// is linked and painted is what was planned, and the bank of the copies is read and written as
// predicted, to the byte, stage by stage.
#include <QtTest>

#include "core/board/board_file.h"
#include "core/bundle/bundle.h"
#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "firmware_bridge/host/device_run.h"
#include "tests/core/execute/operator_networks.h"
#include "tests/firmware/missing_program.h"

#include <QTemporaryDir>
#include <memory>

using namespace tidemark;
using namespace tidemark::bridge;
using tidemark::bridge::testing::missingProgram;

namespace {

std::shared_ptr<const Network> networkOf(const std::string& file)
{
    const auto model = importModel(std::string(TIDEMARK_SOURCE_DIR) + file);
    const auto network = model ? lower(*model) : Result<Network>(model.error());
    return network ? std::make_shared<const Network>(*network) : nullptr;
}

} // namespace

class TestStagingBoards : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        if (const std::string missing = missingProgram(); !missing.empty()) {
            QSKIP((missing + " is not installed").c_str());
        }
        m_keywords = networkOf("/tests/golden/mlperf_tiny/kws_int8.tflite");
        m_digits = networkOf("/resources/examples/lenet5.onnx");
        QVERIFY(m_keywords && m_digits);
    }

    void copiesOnABoard_data()
    {
        QTest::addColumn<QString>("board");
        QTest::addColumn<QString>("bank"); // of the copies, and of nothing else
        QTest::addColumn<int>("technique");
        QTest::addColumn<QString>("driver");
        // The few stages of LeNet-5 make loops, those of the keyword network a table of turns.
        const QString an386 = "qemu_mps2_an386", an547 = "qemu_mps3_an547";
        QTest::newRow("an386 loops") << an386 << "BLOCKRAM" << int(Technique::Liveness) << "loops";
        QTest::newRow("an386 rows") << an386 << "BLOCKRAM" << int(Technique::Rows) << "table";
        QTest::newRow("an386 stream") << an386 << "BLOCKRAM" << int(Technique::Stream) << "table";
        QTest::newRow("an547 loops") << an547 << "ISRAM" << int(Technique::Liveness) << "loops";
        QTest::newRow("an547 stream") << an547 << "ISRAM" << int(Technique::Stream) << "table";
    }
    void copiesOnABoard()
    {
        QFETCH(QString, board);
        QFETCH(QString, bank);
        QFETCH(int, technique);
        QFETCH(QString, driver);
        DeviceRequest request;
        const auto found =
            findBoard(board.toStdString(), std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
        QVERIFY(bool(found));
        request.board = *found;
        const auto network = driver == "loops" ? m_digits : m_keywords;
        Constraints constraints;
        constraints.technique = Technique(technique);
        constraints.staging = Staging::Around;
        for (const char* name : {"conv1.weights", "conv2.bias", "fc1.bias"}) {
            constraints.pins.push_back({name, bank.toStdString(), std::nullopt});
        }
        const auto planned =
            plan(network, std::make_shared<const Board>(request.board), constraints);
        QVERIFY2(bool(planned) && (*planned)->fits, planned ? "" : planned.error().text().c_str());
        const Plan& plan = **planned;
        const BankId copies = *request.board.findBank(bank.toStdString());
        QTemporaryDir folder;
        const auto bundle = writeBundle(plan, folder.filePath("bundle").toStdString());
        QVERIFY2(bool(bundle), bundle ? "" : bundle.error().text().c_str());
        QFile manifest(folder.filePath("bundle/manifest.json"));
        QVERIFY(manifest.open(QIODevice::ReadOnly));
        QVERIFY(manifest.readAll().contains(("\"form\": \"" + driver + "\"").toLatin1()));
        request.bundle = bundle->directory;
        request.inputs = handmade::operatorInputs(*network, 8);

        DeviceRun run(request);
        run.start();
        QTRY_VERIFY_WITH_TIMEOUT(run.isFinished(), 120'000);
        QVERIFY2(bool(run.result()), run.result() ? "" : run.result().error().text().c_str());
        const Measurement& m = *run.result();
        QVERIFY2(m.passed(), m.passed() ? "" : m.problems[0].c_str());
        const auto values = runUnplanned(*network, request.inputs);
        QVERIFY(bool(values));
        const ValueId output = network->outputs.front();
        const auto numbers = numbersOf((*network)[output].type, (*values)[output.index()]);
        QVERIFY(m.outputs.front() == std::vector<double>(numbers.begin(), numbers.end()));

        bool hasStaged = false;
        for (const SectionMeasurement& section : m.sections) {
            QCOMPARE(section.linked, section.planned);
            hasStaged = hasStaged || section.name == ".tm_staged." + bank.toStdString();
        }
        QVERIFY(hasStaged);
        for (const PaintedBank& painted : m.painting) {
            QVERIFY(painted.holds());
        }
        QVERIFY(plan.cost.banks[copies.index()].written > 0);
        QVERIFY(m.meter == Meter::CounterPlugin);
        for (std::size_t s = 0; s < m.stages.size(); ++s) {
            const Traffic& predicted = plan.cost.stages[s].banks[copies.index()];
            const BankTraffic& counted = m.stages[s].banks[copies.index()];
            QCOMPARE(static_cast<double>(counted.loaded.count()), predicted.read);
            QCOMPARE(static_cast<double>(counted.stored.count()), predicted.written);
            const auto& instructions = plan.cost.stages[s].instructions;
            QVERIFY2(instructions.value, instructions.reason.c_str());
        }
    }

private:
    std::shared_ptr<const Network> m_keywords, m_digits;
};

QTEST_GUILESS_MAIN(TestStagingBoards)
#include "test_staging_boards.moc"

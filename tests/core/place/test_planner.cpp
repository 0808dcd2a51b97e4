// SPDX-License-Identifier: Apache-2.0
#include "core/explain/figure.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "core/place/plan_checker.h"
#include "core/place/plan_json.h"
#include "core/schedule/driver_form.h"
#include "core/schedule/lifetimes.h"
#include "tests/core/place/fixtures.h"
#include "tests/support/soak.h"

#include <QtTest>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

using namespace tidemark;

namespace {

PlanPtr planned(const std::shared_ptr<const Network>& network,
                const std::shared_ptr<const Board>& board, const Constraints& constraints = {})
{
    const Result<PlanPtr> made = plan(network, board, constraints);
    return made ? *made : nullptr;
}

Constraints rung(Technique technique)
{
    Constraints constraints;
    constraints.technique = technique;
    return constraints;
}

QString joined(const std::vector<std::string>& problems)
{
    QString text;
    for (const std::string& problem : problems) {
        text += QString::fromStdString(problem) + "; ";
    }
    return text;
}

/// Values that must exist at an event, from the events alone: made at it or before, and touched
/// at it or later (outputs: to the end).
std::set<std::size_t> liveByDefinition(const Network& network, const Schedule& schedule,
                                       std::size_t event)
{
    std::set<std::size_t> made;
    for (const ValueId input : network.inputs) {
        made.insert(input.index());
    }
    for (std::size_t e = 0; e <= event; ++e) {
        for (const ValueId output : network[schedule.events[e].stage].outputs) {
            made.insert(output.index());
        }
    }
    std::set<std::size_t> needed;
    for (const ValueId output : network.outputs) {
        needed.insert(output.index());
    }
    for (std::size_t e = event; e < schedule.events.size(); ++e) {
        const Stage& stage = network[schedule.events[e].stage];
        for (const ValueId id : stage.inputs) {
            needed.insert(id.index());
        }
        for (const ValueId id : stage.outputs) {
            needed.insert(id.index());
        }
    }
    std::set<std::size_t> live;
    std::set_intersection(made.begin(), made.end(), needed.begin(), needed.end(),
                          std::inserter(live, live.begin()));
    return live;
}

} // namespace

using Made = std::shared_ptr<const Network> (*)(DataType);
Q_DECLARE_METATYPE(Made)

class TestPlanner : public QObject {
    Q_OBJECT

private slots:
    void rungsOfLenet_data()
    {
        QTest::addColumn<int>("technique");
        QTest::addColumn<int>("bytes");
        QTest::addColumn<QByteArray>("proof");
        QTest::newRow("unshared") << int(Technique::Unshared) << 36472 << QByteArray("gap");
        QTest::newRow("fused") << int(Technique::Fused) << 11256 << QByteArray("gap");
        QTest::newRow("pingpong") << int(Technique::PingPong) << 8800 << QByteArray("optimal");
        QTest::newRow("liveness") << int(Technique::Liveness) << 8800 << QByteArray("optimal");
        // At pooled row r the input is needed from 64r on, the output up to 84(r + 1): the input
        // begins 344 above conv1, at most, and conv1 one row of 80 above conv2.
        QTest::newRow("overlap") << int(Technique::Overlap) << (80 + 344 + 1024) * 4
                                 << QByteArray("optimal");
        QTest::newRow("rows") << int(Technique::Rows) << 1224 * 4 << QByteArray("optimal");
        // fc1 takes conv2 row by row: its sums of 480 bytes replace 5 rows of 320.
        QTest::newRow("stream") << int(Technique::Stream) << 896 * 4 << QByteArray("optimal");
    }
    void rungsOfLenet()
    {
        QFETCH(int, technique);
        QFETCH(int, bytes);
        QFETCH(QByteArray, proof);
        const auto p = planned(test::lenet5(), test::board(), rung(Technique(technique)));
        QVERIFY(p);
        QVERIFY2(p->fits, qPrintable(joined(checkPlan(*p))));
        QCOMPARE(p->activationBytes.count(), bytes);
        QCOMPARE(p->peakRam.count(), bytes + 1024);
        QCOMPARE(p->weightBytes.count(), 246824);
        QCOMPARE(int(p->techniqueApplied), technique);
        QCOMPARE(QByteArray(toString(p->lowerBound.status).data()), proof);
        // Only a stream of so few stages needs a table: 5 addresses and 4 loops of 4 bytes, 20
        // turns.
        const bool streamed = Technique(technique) == Technique::Stream;
        QCOMPARE(p->banks[2].used().count(), 246824 + (streamed ? 56 : 0));
        QCOMPARE(p->findBuffer(std::string(kScheduleTable)).has_value(), streamed);
        QCOMPARE(p->scheduleLowerBound.bytes.count(), streamed ? 832 * 4 : 1224 * 4);
    }

    /// The table that firmware runs a schedule by is part of the plan, and nothing else is.
    void aTableOfTheWrongSizeIsFound()
    {
        const auto p = planned(test::lenet5(), test::board(), rung(Technique::Stream));
        QVERIFY(p && checkPlan(*p).empty());
        const auto table = p->findBuffer(std::string(kScheduleTable));
        QVERIFY(table);
        QVERIFY((*p)[*table].isDriverTable() && (*p)[*table].isConstant());
        for (const int more : {-4, 4, -56}) {
            Plan broken = *p;
            broken.buffers[table->index()].bytes += Bytes(more);
            broken.banks[broken.placement(*table).bank.index()].planned += Bytes(more);
            const auto problems = checkPlan(broken);
            QCOMPARE(problems.size(), std::size_t{1});
            QCOMPARE(problems.front(), "tables of the schedule take 56 B in firmware, but " +
                                           std::to_string(56 + more) + " B are planned");
        }
    }

    /// What each published network needs, as good as the best layouts known or better.
    void publishedNetworks_data()
    {
        QTest::addColumn<Made>("network");
        QTest::addColumn<QList<int>>("bytes"); // by rung
        QTest::addColumn<QList<int>>("bound"); // over all row schedules: resident, streamed
        const auto row = [](const char* name, Made made, QList<int> bytes, QList<int> bound) {
            QTest::newRow(name) << made << bytes << bound;
        };
        row("LeNet-5", test::lenet5, {9118, 2814, 2200, 2200, 1448, 1224, 1016}, {1224, 1016});
        row("CIFAR-10", test::cifarNet, {51722, 12810, 11264, 11264, 8832, 5440, 4416},
            {5440, 4288});
        row("keyword spotting", test::keywordNet, {72578, 72578, 16000, 16000, 11840, 5146, 4836},
            {3866, 3536});
        row("ResNet-8", test::resNet8, {89172, 89172, 49152, 49152, 32768, 12864, 11808},
            {9792, 8640});
        row("wake words", test::wakeWordNet, {259460, 259460, 64512, 55296, 37632, 28032, 13536},
            {28032, 9888});
        row("anomaly detection", test::autoEncoder, {2312, 2312, 768, 768, 768, 768, 768},
            {768, 768});
    }
    void publishedNetworks()
    {
        QFETCH(Made, network);
        QFETCH(QList<int>, bytes);
        QFETCH(QList<int>, bound);
        QList<int> reached;
        for (const Technique technique : allTechniques()) {
            const auto p =
                planned(network(DataType::Int8), test::board(512 * 1024), rung(technique));
            QVERIFY2(p->fits, qPrintable(joined(checkPlan(*p))));
            reached.append(static_cast<int>(p->activationBytes.count()));
            // The layout's proof comes with the usual effort, but for one of them.
            const bool open = technique == Technique::Rows && p->activationBytes == Bytes(12'864);
            QVERIFY(technique < Technique::Liveness || open ||
                    p->lowerBound.status == ProofStatus::Optimal);
            QCOMPARE(static_cast<int>(p->scheduleLowerBound.bytes.count()),
                     bound[p->techniqueApplied == Technique::Stream ? 1 : 0]);
        }
        QCOMPARE(reached, bytes);
    }

    /// As the files have them, by rows: no packing of these schedules is smaller.
    void filesAreProvenByRows_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<int>("bytes");
        QTest::newRow("keyword spotting") << QByteArray("mlperf_tiny/kws_int8.tflite") << 5146;
        QTest::newRow("ResNet-8") << QByteArray("mlperf_tiny/ic_int8.tflite") << 13376;
        QTest::newRow("wake words") << QByteArray("mlperf_tiny/vww_int8.tflite") << 28032;
    }
    void filesAreProvenByRows()
    {
        QFETCH(QByteArray, file);
        QFETCH(int, bytes);
        const auto model =
            importModel(std::string(TIDEMARK_SOURCE_DIR "/tests/golden/") + file.toStdString());
        QVERIFY(model);
        const auto p = planned(std::make_shared<const Network>(*lower(*model)),
                               test::board(512 * 1024), rung(Technique::Rows));
        QVERIFY2(p->fits, qPrintable(joined(checkPlan(*p))));
        QCOMPARE(static_cast<int>(p->activationBytes.count()), bytes);
        QVERIFY(p->lowerBound.status == ProofStatus::Optimal);
        QCOMPARE(p->lowerBound.bytes, p->activationBytes);
    }

    void aHugeConvolutionIsOnlyAsLargeAsItsPool()
    {
        // TensorFlow Lite Micro needs 1,472,624 bytes for it (its issue 2513).
        const auto p = planned(test::tflm2513(), test::board(512 * 1024));
        QVERIFY(p->fits);
        QVERIFY(p->activationBytes <= Bytes(129'480));
    }

    void unsharedThatDoesNotFitSaysWhere()
    {
        const auto p =
            planned(test::lenet5(), test::board(16 * 1024, 1024), rung(Technique::Unshared));
        QVERIFY(p);
        QVERIFY(!p->fits);
        QCOMPARE(p->activationBytes.count(), 36472);
        QCOMPARE(p->conflicts.size(), 1U);
        const QString text = QString::fromStdString(p->conflicts[0].text);
        QVERIFY2(text.startsWith("TCM is over by "), qPrintable(text));
        QVERIFY2(text.contains("conv1"), qPrintable(text));
        QCOMPARE(p->conflicts[0].over.count(), 36472 + 1024 + p->serverBytes.count() - 16 * 1024);
    }

    void anotherBankIsTakenWhereTheDefaultIsTooSmall()
    {
        const auto p = planned(test::lenet5(), test::board(4096, 64 * 1024));
        QVERIFY(p->fits);
        QCOMPARE(p->placement(*p->findBuffer("conv1")).bank, BankId(1));
        QCOMPARE(p->banks[0].stack.count(), 1024);
    }

    void serverGivesUpItsInputCopyBeforeThePlanFails()
    {
        const auto roomy = planned(test::lenet5(), test::board(64 * 1024));
        QVERIFY(roomy->fits && roomy->serverKeepsInput);
        const std::int64_t tight = 8800 + 1024 + roomy->serverBytes.count() - 4;
        const auto p = planned(test::lenet5(), test::board(tight, 1024));
        QVERIFY(p->fits);
        QVERIFY(!p->serverKeepsInput);
        QCOMPARE(p->serverBytes.count() + 4096, roomy->serverBytes.count());
    }

    void pinsAreKept()
    {
        Constraints constraints;
        constraints.pins = {{"conv1", "SSRAM", Bytes(256)}, {"fc1.weights", "TCM", std::nullopt}};
        const auto p = planned(test::lenet5(), test::board(400 * 1024), constraints);
        QVERIFY(p);
        QVERIFY2(p->fits, qPrintable(joined(checkPlan(*p))));
        const Placement& conv1 = p->placement(*p->findBuffer("conv1"));
        QCOMPARE(conv1.bank, BankId(1));
        QCOMPARE(conv1.offset.count(), 256);
        QVERIFY(conv1.pinned);
        QCOMPARE(p->banks[1].planned.count(), 256 + 4704);
        // A constant in RAM is counted there, and its image stays in flash.
        QCOMPARE(p->placement(*p->findBuffer("fc1.weights")).bank, BankId(0));
        QCOMPARE(p->banks[2].images.count(), 400 * 120 * 4);
        QCOMPARE(p->banks[2].used().count(), 246824);
        QCOMPARE(p->peakRam.count(), p->banks[0].planned.count() + 1024 + 256 + 4704);
    }

    void pinToAReadOnlyBankIsAConflict()
    {
        Constraints constraints;
        constraints.pins = {{"conv1", "MRAM", std::nullopt}};
        const auto p = planned(test::lenet5(), test::board(), constraints);
        QVERIFY(p && !p->fits);
        QVERIFY(QString::fromStdString(p->conflicts[0].text).contains("MRAM"));
        QCOMPARE(p->conflicts[0].buffers.size(), 1U);
    }

    void overlappingPinsAreAConflict()
    {
        Constraints constraints;
        constraints.pins = {{"input0", "TCM", Bytes(0)}, {"conv1", "TCM", Bytes(4)}};
        const auto p = planned(test::lenet5(), test::board(), constraints);
        QVERIFY(p && !p->fits);
        const QString text = QString::fromStdString(p->conflicts[0].text);
        QVERIFY2(text.contains("input0") && text.contains("conv1"), qPrintable(text));
    }

    void badConstraintsAreUsageErrors_data()
    {
        QTest::addColumn<QByteArray>("pinBuffer");
        QTest::addColumn<QByteArray>("bank");
        QTest::addColumn<QByteArray>("mentions");
        QTest::newRow("no such bank")
            << QByteArray("conv1") << QByteArray("NOWHERE") << QByteArray("SSRAM");
        QTest::newRow("no such buffer")
            << QByteArray("conv9") << QByteArray("TCM") << QByteArray("conv2");
        QTest::newRow("fused away")
            << QByteArray("pool1") << QByteArray("TCM") << QByteArray("liveness");
    }
    void badConstraintsAreUsageErrors()
    {
        QFETCH(QByteArray, pinBuffer);
        QFETCH(QByteArray, bank);
        QFETCH(QByteArray, mentions);
        Constraints constraints;
        constraints.pins = {{pinBuffer.toStdString(), bank.toStdString(), std::nullopt}};
        const auto made = plan(test::lenet5(), test::board(), constraints);
        QVERIFY(!made);
        QVERIFY(made.error().kind == ErrorKind::Usage);
        QVERIFY2(QString::fromStdString(made.error().text()).contains(mentions),
                 made.error().text().c_str());
    }

    void budgetShrinksABank()
    {
        Constraints constraints;
        constraints.budgets = {{"TCM", Bytes(8000)}, {"SSRAM", Bytes(0)}};
        const auto p = planned(test::lenet5(), test::board(), constraints);
        QVERIFY(!p->fits);
        QCOMPARE(p->banks[0].capacity.count(), 8000);
        constraints.budgets = {{"FLUX", Bytes(8000)}};
        QVERIFY(!plan(test::lenet5(), test::board(), constraints));
    }

    void fusedPoolsKeepTheirConvolutionsName()
    {
        const auto p = planned(test::lenet5(), test::board());
        QVERIFY(p->findBuffer("conv1"));
        QCOMPARE((*p)[*p->findBuffer("conv1")].bytes.count(), 4704);
        QVERIFY(!p->findBuffer("pool1"));
        QCOMPARE(p->schedule.events.size(), 14U + 5 + 3);
    }

    void residencyEqualsItsDefinitionOnRandomNetworks()
    {
        std::mt19937 random(1);
        for (int round = 0; round < test::soakRounds(100); ++round) {
            const auto network = test::randomNetwork(random);
            const Schedule schedule = stageByStage(*network);
            const auto lives = valueLifetimes(*network, schedule);
            for (std::size_t e = 0; e < schedule.events.size(); ++e) {
                const auto live = liveByDefinition(*network, schedule, e);
                for (std::size_t v = 0; v < lives.size(); ++v) {
                    const bool touchedAtAll = live.count(v) > 0;
                    // An input nobody reads, or a value nobody reads, lives while it is written.
                    QVERIFY2(!touchedAtAll || lives[v].contains(EventId(e)),
                             network->values[v].name.c_str());
                    if (lives[v].contains(EventId(e)) && !touchedAtAll) {
                        QVERIFY(e == 0 && std::find(network->inputs.begin(), network->inputs.end(),
                                                    ValueId(v)) != network->inputs.end());
                    }
                }
            }
        }
    }

    void everyRandomPlanIsProvenAndMonotone()
    {
        std::mt19937 random(2);
        for (int round = 0; round < test::soakRounds(300); ++round) {
            const auto network = test::randomNetwork(random);
            Bytes previous(std::numeric_limits<std::int64_t>::max());
            for (const Technique technique : allTechniques()) {
                const auto p =
                    planned(network, test::board(1 << 20, 1 << 20, 1 << 20), rung(technique));
                QVERIFY(p);
                QVERIFY2(p->fits, qPrintable(joined(checkPlan(*p))));
                QVERIFY(p->activationBytes <= previous);
                QVERIFY(p->lowerBound.bytes <= p->activationBytes);
                QVERIFY2(p->scheduleLowerBound.bytes <= p->activationBytes,
                         p->scheduleLowerBound.argument.c_str());
                QVERIFY(p->techniqueApplied <= technique);
                previous = p->activationBytes;
            }
        }
    }

    void chainsNeedTheirLargestNeighbours()
    {
        // In + out of one stage, at most, alternating the two ends of the arena.
        const auto fused = fusePools(*test::lenet5());
        Bytes most;
        for (const Stage& stage : fused.stages) {
            most = std::max(most, fused[stage.inputs[0]].bytes() + fused[stage.outputs[0]].bytes());
        }
        QCOMPARE(planned(test::lenet5(), test::board())->activationBytes, most);
    }

    void samePlanTwice()
    {
        auto a = planToJson(*planned(test::lenet5(), test::board()));
        auto b = planToJson(*planned(test::lenet5(), test::board()));
        a.erase("timing");
        b.erase("timing");
        QCOMPARE(QByteArray::fromStdString(a.dump()), QByteArray::fromStdString(b.dump()));
    }

    void aCancelledPlanSaysSo()
    {
        std::stop_source source;
        source.request_stop();
        const auto made = plan(test::lenet5(), test::board(), {}, {}, source.get_token());
        QVERIFY(made);
        QVERIFY((*made)->stopped);
    }

    void everyFigureOpensIntoItsTerms()
    {
        for (const Technique technique : allTechniques()) {
            const auto p = planned(test::lenet5(), test::board(), rung(technique));
            for (const Figure& figure : explain(*p)) {
                QVERIFY2(!figure.title.empty() && !figure.formula.empty() && !figure.source.empty(),
                         figure.id.c_str());
                double sum = 0;
                for (const Term& term : figure.terms) {
                    sum += term.value;
                }
                if (!figure.terms.empty()) {
                    QVERIFY2(sum == figure.value,
                             (figure.id + " at " + std::string(toString(technique))).c_str());
                }
            }
        }
    }

    void theLadderHasEveryRung()
    {
        const auto rungs = ladder(PlanningSession(test::lenet5()), test::board(), {});
        std::vector<std::int64_t> bytes;
        for (const Rung& rung : rungs) {
            bytes.push_back(rung.activationBytes.count());
        }
        QCOMPARE(bytes, (std::vector<std::int64_t>{36472, 11256, 8800, 8800, 5792, 4896, 3584}));
    }

    void jsonHasTheStableKeys()
    {
        const auto json = planToJson(*planned(test::lenet5(), test::board()));
        for (const char* key :
             {"fits", "conflicts", "technique_applied", "peak_ram_bytes", "lower_bound_bytes",
              "proof", "schedule_lower_bound_bytes", "schedule_proof", "activation_bytes",
              "scratch_bytes", "weight_bytes", "server_bytes", "banks", "buffers", "stages",
              "latency", "energy", "timing"}) {
            QVERIFY2(json.contains(key), key);
        }
        QVERIFY(json["latency"]["value"].is_null());
        QCOMPARE(json["latency"]["provenance"].get<std::string>(), std::string("unknown"));
        for (const char* key :
             {"name", "kind", "bank", "offset", "bytes", "first_event", "last_event", "pinned"}) {
            QVERIFY2(json["buffers"][0].contains(key), key);
        }
    }

    void optionTextsParse()
    {
        QCOMPARE(*parsePin("conv1=TCM@0x100"), (Pin{"conv1", "TCM", Bytes(256)}));
        QCOMPARE(*parsePin("a=B"), (Pin{"a", "B", std::nullopt}));
        for (const char* bad : {"", "=", "a=", "=B", "a", "a=B@", "a=B@-4", "a=B@x", "a=@4"}) {
            QVERIFY2(!parsePin(bad), bad);
        }
        QCOMPARE(*parseBudget("TCM=8192"), (Budget{"TCM", Bytes(8192)}));
        for (const char* bad :
             {"", "TCM", "TCM=", "=5", "TCM=-1", "TCM=1e3", "TCM=99999999999999999999"}) {
            QVERIFY2(!parseBudget(bad), bad);
        }
    }
};

QTEST_APPLESS_MAIN(TestPlanner)
#include "test_planner.moc"

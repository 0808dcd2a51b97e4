// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/execute/execute.h"
#include "core/execute/kernel_call.h"
#include "core/explain/figure.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan.h"
#include "core/place/plan_checker.h"
#include "core/place/planning_session.h"
#include "core/schedule/turn_loops.h"
#include "operator_networks.h"
#include "tests/core/place/fixtures.h"
#include "tests/support/soak.h"

using namespace tidemark;

namespace {

using Arrays = std::vector<std::vector<std::byte>>;

PlanPtr planned(const std::shared_ptr<const Network>& network, Technique technique,
                const std::vector<Pin>& pins = {}, RingForm rings = RingForm::Windows)
{
    Constraints constraints;
    constraints.technique = technique;
    constraints.pins = pins;
    constraints.rings = rings;
    const auto made = plan(network, test::board(1 << 20, 1 << 20, 1 << 22), constraints);
    return made ? *made : nullptr;
}

PlanPtr plannedApart(const std::shared_ptr<const Network>& network, Technique technique)
{
    return planned(network, technique, {}, RingForm::Rows);
}

bool hasRowsApart(const Plan& plan)
{
    return std::ranges::any_of(plan.buffers, &Buffer::hasRowsApart);
}

QString problemsOf(const Plan& plan)
{
    QString text;
    for (const std::string& problem : checkPlan(plan)) {
        text += QString::fromStdString(problem) + "; ";
    }
    return text;
}

/// Outputs of a network, each tensor in memory of its own.
Arrays unplanned(const Network& network, const Arrays& inputs)
{
    const auto values = runUnplanned(network, inputs);
    Arrays outputs;
    for (const ValueId output : network.outputs) {
        outputs.push_back(values ? (*values)[output.index()] : std::vector<std::byte>());
    }
    return outputs;
}

const std::vector<Technique> kByRows{Technique::Liveness, Technique::Overlap, Technique::Rows,
                                     Technique::Stream};

/// Disturbed plans, and how many of them the checker caught.
struct Disturbed {
    int disturbed = 0, caught = 0;

    /// Empty if the plan is caught or harmless.
    QString escape(const Plan& broken, const Network& network, const Arrays& inputs)
    {
        ++disturbed;
        if (!checkPlan(broken).empty()) {
            ++caught;
            return {};
        }
        const auto outputs = runPlanned(broken, inputs);
        return !outputs ? QString::fromStdString(outputs.error().text())
               : *outputs == unplanned(network, inputs) ? QString()
                                                        : QString("other outputs");
    }
};

} // namespace

class TestRowPlans : public QObject {
    Q_OBJECT

private slots:
    void publishedNetworksRunBitForBit_data()
    {
        QTest::addColumn<int>("which");
        QTest::newRow("LeNet-5") << 0;
        QTest::newRow("CIFAR-10") << 1;
        QTest::newRow("keyword spotting") << 2;
        QTest::newRow("ResNet-8") << 3;
    }
    void publishedNetworksRunBitForBit()
    {
        QFETCH(int, which);
        // In fp32, which needs no quantisation; the schedules are the same but for the sizes.
        using Make = std::shared_ptr<const Network> (*)(DataType);
        const std::vector<Make> makers{test::lenet5, test::cifarNet, test::keywordNet,
                                       test::resNet8};
        std::mt19937 random(7);
        const auto network =
            test::withWeights(*makers[static_cast<std::size_t>(which)](DataType::Float32), random);
        const Arrays inputs = test::randomInputs(*network, random);
        const Arrays expected = unplanned(*network, inputs);
        QVERIFY(!expected.front().empty());
        for (const Technique technique : kByRows) {
            const auto p = planned(network, technique);
            QVERIFY2(p->fits, qPrintable(problemsOf(*p)));
            QVERIFY(p->techniqueApplied == technique);
            const auto outputs = runPlanned(*p, inputs);
            QVERIFY2(bool(outputs), outputs ? "" : outputs.error().text().c_str());
            QVERIFY(*outputs == expected);
            const auto apart = plannedApart(network, technique);
            QVERIFY2(apart->fits, qPrintable(problemsOf(*apart)));
            QVERIFY(*runPlanned(*apart, inputs) == expected);
        }
    }

    /// Rows at addresses of their own: as small as the row schedules themselves allow, or nearly.
    void rowsApartNeedLess_data()
    {
        QTest::addColumn<int>("which");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("streamed");
        QTest::newRow("LeNet-5") << 0 << 1'224 << 1'016;
        QTest::newRow("CIFAR-10") << 1 << 5'440 << 4'288;
        QTest::newRow("keyword spotting") << 2 << 4'000 << 3'600;
        QTest::newRow("ResNet-8") << 3 << 9'792 << 8'736;
        QTest::newRow("wake words") << 4 << 28'032 << 10'400;
    }
    void rowsApartNeedLess()
    {
        QFETCH(int, which);
        QFETCH(int, rows);
        QFETCH(int, streamed);
        using Make = std::shared_ptr<const Network> (*)(DataType);
        const std::vector<Make> makers{test::lenet5, test::cifarNet, test::keywordNet,
                                       test::resNet8, test::wakeWordNet};
        const auto network = makers[static_cast<std::size_t>(which)](DataType::Int8);
        for (const Technique technique : {Technique::Rows, Technique::Stream}) {
            const auto p = plannedApart(network, technique);
            QVERIFY2(p->fits, qPrintable(problemsOf(*p)));
            const Bytes wanted(technique == Technique::Rows ? rows : streamed);
            QVERIFY2(p->activationBytes <= wanted,
                     qPrintable(QString::number(p->activationBytes.count())));
            QVERIFY(p->lowerBound.bytes >= p->scheduleLowerBound.bytes);
            // Windows cost no flash, and are kept where they are as good.
            const Bytes windows = planned(network, technique)->activationBytes;
            QCOMPARE(hasRowsApart(*p), p->activationBytes < windows);
            QCOMPARE(p->rowTableBytes() > Bytes(0), hasRowsApart(*p));
            QCOMPARE(p->windowBytes.value_or(p->activationBytes), windows);
            const auto figures = explain(*p);
            const auto tables = std::ranges::find(figures, "row_table_bytes", &Figure::id);
            QCOMPARE(tables != figures.end(), hasRowsApart(*p));
            if (hasRowsApart(*p)) {
                double sum = 0;
                for (const Term& term : tables->terms) {
                    sum += term.value;
                }
                QCOMPARE(sum, static_cast<double>(p->rowTableBytes().count()));
            }
        }
    }

    /// The same again, and no change where the shown plan is planned anew near itself.
    void rowsApartArePlannedAgain()
    {
        const auto network = test::resNet8(DataType::Int8);
        const auto one = plannedApart(network, Technique::Rows);
        const auto two = plannedApart(network, Technique::Rows);
        QCOMPARE(one->buffers.size(), two->buffers.size());
        for (std::size_t i = 0; i < one->buffers.size(); ++i) {
            QVERIFY(one->buffers[i].rowOffsets == two->buffers[i].rowOffsets);
            QCOMPARE(one->placements[i].offset, two->placements[i].offset);
        }
        const auto shown = preview(*one, one->constraints);
        QVERIFY(shown);
        QVERIFY2((*shown)->fits, qPrintable(problemsOf(**shown)));
        QCOMPARE((*shown)->activationBytes, one->activationBytes);
    }

    /// A pin with an offset is of a window; one of a bank alone leaves the rows free there.
    void pinsOfRowsApart()
    {
        const auto network = test::resNet8(DataType::Int8);
        const auto made = plannedApart(network, Technique::Rows);
        const auto apart = std::ranges::find_if(made->buffers, &Buffer::hasRowsApart);
        QVERIFY(apart != made->buffers.end());
        const auto fixed = planned(network, Technique::Rows, {{apart->name, "TCM", Bytes(20'000)}},
                                   RingForm::Rows);
        QVERIFY2(fixed->fits, qPrintable(problemsOf(*fixed)));
        const BufferId id = *fixed->findBuffer(apart->name);
        QCOMPARE(fixed->placement(id).offset, Bytes(20'000));
        QVERIFY(!(*fixed)[id].hasRowsApart());
        const auto moved =
            planned(network, Technique::Rows, {{apart->name, "SSRAM", {}}}, RingForm::Rows);
        QVERIFY2(moved->fits, qPrintable(problemsOf(*moved)));
        QCOMPARE(moved->placement(*moved->findBuffer(apart->name)).bank, BankId(1));
    }

    /// Every kind of stage, int8 and fp32, three side by side.
    void everyOperatorRunsBitForBit()
    {
        unsigned seed = 1;
        for (const DataType type : {DataType::Float32, DataType::Int8}) {
            for (const std::string& kind : handmade::operatorKinds()) {
                const auto network = std::make_shared<const Network>(
                    handmade::sideBySide({handmade::operatorNetwork(kind, type, seed),
                                          handmade::operatorNetwork(kind, type, seed + 1)}));
                const Arrays inputs = handmade::operatorInputs(*network, ++seed);
                const Arrays expected = unplanned(*network, inputs);
                for (const Technique technique : kByRows) {
                    const auto p = plannedApart(network, technique);
                    QVERIFY2(p->fits, (kind + " at " + std::string(toString(technique)) + ": " +
                                       problemsOf(*p).toStdString())
                                          .c_str());
                    const auto outputs = runPlanned(*p, inputs);
                    QVERIFY2(bool(outputs),
                             outputs ? "" : (kind + ": " + outputs.error().text()).c_str());
                    QVERIFY2(*outputs == expected,
                             (kind + " at " + std::string(toString(technique))).c_str());
                }
            }
        }
    }

    /// What kernels ask for lies in the arena, where others are dead, and changes no bit.
    void scratchIsPlacedAndUsed()
    {
        const auto model =
            importModel(TIDEMARK_SOURCE_DIR "/tests/golden/mlperf_tiny/kws_int8.tflite");
        QVERIFY(model);
        const auto keywords = std::make_shared<const Network>(*lower(*model));
        const auto alone = std::make_shared<const Network>(
            handmade::operatorNetwork("softmax", DataType::Int8, 4, handmade::Extents::Odd));
        const auto board = test::board(1 << 20, 1 << 20, 1 << 22);
        for (const auto& network : {keywords, alone}) {
            const Arrays inputs = handmade::operatorInputs(*network, 6);
            const Arrays expected = unplanned(*network, inputs);
            const std::int64_t channels = (*network)[network->outputs.front()].channels;
            for (const Technique technique : allTechniques()) {
                Constraints constraints;
                constraints.technique = technique;
                const auto placed = *plan(network, board, constraints, {}, {}, kernelScratch);
                QVERIFY2(placed->fits, qPrintable(problemsOf(*placed)));
                QCOMPARE(placed->scratchBytes.count(), 4 * channels);
                const auto outputs = runPlanned(*placed, inputs);
                QVERIFY2(outputs, outputs ? "" : outputs.error().text().c_str());
                QVERIFY(*outputs == expected);

                constraints.scratch = ScratchPolicy::Exclude;
                const auto without = *plan(network, board, constraints, {}, {}, kernelScratch);
                QCOMPARE(without->scratchBytes.count(), 0);
                QCOMPARE(without->activationBytes, planned(network, technique)->activationBytes);
                QVERIFY(*runPlanned(*without, inputs) == expected);
            }
        }
    }

    /// Too little scratch, or none where a kernel was promised some.
    void tooLittleScratchIsRefused()
    {
        const auto network = std::make_shared<const Network>(
            handmade::operatorNetwork("softmax", DataType::Int8, 4));
        const auto made = plan(network, test::board(1 << 20), {}, {}, {}, kernelScratch);
        QVERIFY(made);
        Plan small = **made;
        const auto scratch = std::ranges::find(small.buffers, BufferKind::Scratch, &Buffer::kind);
        QVERIFY(scratch != small.buffers.end());
        scratch->bytes -= Bytes(1);
        const auto refused = runPlanned(small, handmade::operatorInputs(*network, 6));
        QVERIFY(!refused && refused.error().text().find("too little scratch") != std::string::npos);
    }

    void randomNetworksRunBitForBit()
    {
        std::mt19937 random(11);
        int byRows = 0;
        int apart = 0;
        for (int round = 0; round < test::soakRounds(100); ++round) {
            const auto network = test::withWeights(
                *test::randomRunnable(random, 1 + static_cast<int>(random() % 9)), random);
            const Arrays inputs = test::randomInputs(*network, random);
            const Arrays expected = unplanned(*network, inputs);
            Bytes previous(1 << 30);
            for (const Technique technique : kByRows) {
                const auto p = planned(network, technique);
                const std::string where = "round " + std::to_string(round) + " at " +
                                          std::string(toString(technique)) + ": ";
                QVERIFY2(p->fits, (where + problemsOf(*p).toStdString()).c_str());
                QVERIFY2(p->activationBytes <= previous, where.c_str());
                QVERIFY2(p->lowerBound.bytes <= p->activationBytes, where.c_str());
                QVERIFY2(p->scheduleLowerBound.bytes <= p->activationBytes, where.c_str());
                previous = p->activationBytes;
                byRows += p->techniqueApplied >= Technique::Rows ? 1 : 0;
                const auto outputs = runPlanned(*p, inputs);
                QVERIFY2(bool(outputs), outputs ? "" : (where + outputs.error().text()).c_str());
                QVERIFY2(*outputs == expected, where.c_str());

                const auto free = plannedApart(network, technique);
                QVERIFY2(free->fits, (where + problemsOf(*free).toStdString()).c_str());
                QVERIFY2(free->activationBytes <= p->activationBytes, where.c_str());
                QVERIFY2(free->lowerBound.bytes <= free->activationBytes, where.c_str());
                const auto same = runPlanned(*free, inputs);
                QVERIFY2(bool(same), same ? "" : (where + same.error().text()).c_str());
                QVERIFY2(*same == expected, (where + "rows apart").c_str());
                apart += hasRowsApart(*free) ? 1 : 0;
            }
        }
        QVERIFY(apart > test::soakRounds(100) / 10);
        QVERIFY(byRows > test::soakRounds(100) / 2); // the property speaks of rows, too
    }

    /// Whatever is disturbed, the checker says so, or the outputs are the same.
    void disturbedPlansAreCaughtOrHarmless()
    {
        std::mt19937 random(13);
        Disturbed seen;
        int apart = 0;
        for (int round = 0; round < test::soakRounds(150); ++round) {
            const auto network = test::withWeights(
                *test::randomRunnable(random, 2 + static_cast<int>(random() % 6)), random);
            const Arrays inputs = test::randomInputs(*network, random);
            const Technique technique = kByRows[1 + random() % 3];
            Plan broken =
                *(round % 2 == 0 ? planned(network, technique) : plannedApart(network, technique));
            const bool isApart = hasRowsApart(broken);
            if (isApart ? !disturbApart(broken, random) : !disturb(broken, random)) {
                continue;
            }
            apart += isApart ? 1 : 0;
            const QString escaped = seen.escape(broken, *network, inputs);
            QVERIFY2(escaped.isEmpty(), qPrintable(escaped + QString(", round %1").arg(round)));
        }
        QVERIFY(seen.disturbed > test::soakRounds(100));
        QVERIFY(apart > test::soakRounds(100) / 20);
        QVERIFY(seen.caught > seen.disturbed / 2);
    }

    void turnsAreKeptAsLoops()
    {
        std::mt19937 random(17);
        for (int round = 0; round < test::soakRounds(60); ++round) {
            const auto network = test::randomRunnable(random, 1 + static_cast<int>(random() % 9));
            const auto p = planned(network, kByRows[random() % kByRows.size()]);
            const TurnLoops loops = turnLoops(p->schedule);
            const auto turns = loops.turns();
            QCOMPARE(turns.size(), p->schedule.events.size());
            for (std::size_t e = 0; e < turns.size(); ++e) {
                const Event& event = p->schedule.events[e];
                const bool arrives = event.kind == EventKind::InputRow;
                QCOMPARE(turns[e].arrives, arrives);
                QVERIFY(arrives || turns[e].stage == event.stage);
            }
            QVERIFY(loops.bytes() <= Bytes(4 + static_cast<std::int64_t>(turns.size())));
        }
        const auto p = planned(test::wakeWordNet(), Technique::Rows);
        const auto events = static_cast<std::int64_t>(p->schedule.events.size());
        QVERIFY(turnLoops(p->schedule).bytes() < Bytes(events));
    }

    void pinnedBuffersStayWhereTheyArePinned()
    {
        const auto p = planned(test::lenet5(), Technique::Rows, {{"conv2", "TCM", Bytes(4096)}});
        QVERIFY2(p->fits, qPrintable(problemsOf(*p)));
        QCOMPARE(p->placement(*p->findBuffer("conv2")).offset, Bytes(4096));
        const auto apart = planned(test::lenet5(), Technique::Rows, {{"input0", "SSRAM", {}}});
        QVERIFY2(apart->fits, qPrintable(problemsOf(*apart)));
        QCOMPARE(apart->placement(*apart->findBuffer("input0")).bank, BankId(1));
    }

    /// One address or one life of a row that lies apart, again and again in networks that have
    /// many.
    void disturbedRowsApartAreCaughtOrHarmless()
    {
        std::mt19937 random(23);
        Disturbed seen;
        for (const auto make : {test::keywordNet, test::resNet8}) {
            const auto network = test::withWeights(*make(DataType::Float32), random);
            const Arrays inputs = test::randomInputs(*network, random);
            for (const Technique technique : {Technique::Rows, Technique::Stream}) {
                const PlanPtr good = plannedApart(network, technique);
                for (int round = 0; hasRowsApart(*good) && round < test::soakRounds(12); ++round) {
                    Plan broken = *good;
                    if (!disturbApart(broken, random)) {
                        continue;
                    }
                    const QString escaped = seen.escape(broken, *network, inputs);
                    QVERIFY2(escaped.isEmpty(), qPrintable(escaped));
                }
            }
        }
        QVERIFY(seen.disturbed >= test::soakRounds(12));
        QVERIFY(seen.caught > seen.disturbed / 2);
    }

    /// What needs one address cannot have many: outputs, whole inputs, what is read as one.
    void rowsThatMustNotLieApart()
    {
        const auto network = test::lenet5();
        const auto p = planned(network, Technique::Overlap);
        const auto fails = [&](const char* name, const char* words) {
            Plan broken = *p;
            Buffer& buffer = broken.buffers[broken.findBuffer(name)->index()];
            std::vector<Bytes> addresses;
            for (const RowLife& row : buffer.rowLives) {
                addresses.push_back(row.begin);
            }
            buffer.setRowsApart(addresses); // where they are
            return problemsOf(broken).contains(words);
        };
        QVERIFY(fails("input0", "addresses that cannot be"));
        QVERIFY(fails("fc3", "addresses that cannot be"));
        QVERIFY(fails("conv2", "as a whole"));
        QVERIFY(!fails("conv1", "conv1"));
    }

private:
    /// One address, one life, or the number of addresses of rows that lie apart; or anything else.
    static bool disturbApart(Plan& plan, std::mt19937& random)
    {
        std::vector<std::size_t> apart;
        for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
            if (plan.buffers[i].hasRowsApart()) {
                apart.push_back(i);
            }
        }
        const std::size_t b = apart[random() % apart.size()];
        Buffer& buffer = plan.buffers[b];
        std::vector<Bytes> addresses;
        for (const Bytes offset : buffer.rowOffsets) {
            addresses.push_back(plan.placements[b].offset + offset);
        }
        Bytes& address = addresses[random() % addresses.size()];
        switch (random() % 6) {
        case 0: // a step aside
            address += buffer.alignment * (random() % 2 == 0 ? 1 : -1);
            break;
        case 1: // where another row is
            address = addresses[random() % addresses.size()];
            break;
        case 2: // anywhere
            address = buffer.alignment *
                      static_cast<std::int64_t>(
                          random() % static_cast<std::uint64_t>(plan.activationBytes.count() /
                                                                buffer.alignment.count()));
            break;
        case 3:
            buffer.rowOffsets[random() % buffer.rowOffsets.size()] += buffer.alignment;
            return true; // and not its life
        case 4:
            return disturbRow(buffer, random);
        default:
            return disturb(plan, random);
        }
        if (std::ranges::min(addresses) < Bytes(0)) {
            return false;
        }
        plan.placements[b].offset = buffer.setRowsApart(addresses);
        return true;
    }

    /// One row of a buffer dies sooner, is born later, or is shorter.
    static bool disturbRow(Buffer& buffer, std::mt19937& random)
    {
        if (buffer.rowLives.empty()) {
            return false;
        }
        RowLife& row = buffer.rowLives[random() % buffer.rowLives.size()];
        if (random() % 3 == 0 || row.life.first == row.life.last) {
            row.end -= Bytes(1);
        } else if (random() % 2 == 0) {
            row.life.first = EventId(row.life.first.index() + 1);
        } else {
            row.life.last = EventId(row.life.last.index() - 1);
        }
        return true;
    }

    /// One offset, bank, ring, row, event or life changed.
    static bool disturb(Plan& plan, std::mt19937& random)
    {
        const std::size_t b = random() % plan.buffers.size();
        Buffer& buffer = plan.buffers[b];
        auto& events = plan.schedule.events;
        if (events.empty()) {
            return false;
        }
        const auto anyEvent = [&]() -> Event& { return events[random() % events.size()]; };
        switch (random() % 10) {
        case 0:
            plan.placements[b].offset +=
                Bytes((static_cast<std::int64_t>(random() % 9) - 4) * buffer.alignment.count());
            return true;
        case 1:
            if (buffer.storedRows < 2) {
                return false;
            }
            --buffer.storedRows;
            buffer.bytes = buffer.rowBytes * buffer.storedRows;
            return true;
        case 2:
            std::swap(anyEvent(), anyEvent());
            return true;
        case 3:
            events.erase(events.begin() + static_cast<std::ptrdiff_t>(random() % events.size()));
            return true;
        case 4:
            anyEvent().row += random() % 2 == 0 ? 1 : -1;
            return true;
        case 5:
            plan.placements[b].bank = BankId(random() % 2);
            return true;
        case 6:
            if (buffer.storedRows == 0) {
                return false;
            }
            ++buffer.storedRows;
            buffer.bytes = buffer.rowBytes * buffer.storedRows;
            return true;
        case 7:
            return disturbRow(buffer, random);
        case 8:
            if (buffer.residency.first == buffer.residency.last || buffer.constant) {
                return false;
            }
            buffer.residency.first = EventId(buffer.residency.first.index() + 1);
            return true;
        default:
            if (buffer.residency.first == buffer.residency.last || buffer.constant) {
                return false;
            }
            buffer.residency.last = EventId(buffer.residency.last.index() - 1);
            return true;
        }
    }
};

QTEST_APPLESS_MAIN(TestRowPlans)
#include "test_row_plans.moc"

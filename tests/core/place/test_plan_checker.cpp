// SPDX-License-Identifier: Apache-2.0
#include "core/place/plan_checker.h"
#include "tests/core/place/fixtures.h"
#include "tests/support/soak.h"

#include <QtTest>
#include <functional>
#include <random>

using namespace tidemark;

namespace {

Plan goodPlan()
{
    return **plan(test::lenet5(), test::board(64 * 1024), {});
}

bool finds(const Plan& plan, const QString& words)
{
    for (const std::string& problem : checkPlan(plan)) {
        if (QString::fromStdString(problem).contains(words)) {
            return true;
        }
    }
    return false;
}

Placement& placementOf(Plan& plan, const char* name)
{
    return plan.placements[plan.findBuffer(name)->index()];
}

Buffer& bufferOf(Plan& plan, const char* name)
{
    return plan.buffers[plan.findBuffer(name)->index()];
}

/// Whether two buffers live together on common bytes, pair by pair.
bool anyOverlap(const Plan& plan)
{
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            const Placement& a = plan.placements[i];
            const Placement& b = plan.placements[j];
            if (a.bank == b.bank && a.offset < b.offset + plan.buffers[j].bytes &&
                b.offset < a.offset + plan.buffers[i].bytes &&
                plan.buffers[i].residency.intersects(plan.buffers[j].residency)) {
                return true;
            }
        }
    }
    return false;
}

} // namespace

using Breakage = std::function<void(Plan&)>;
Q_DECLARE_METATYPE(Breakage)

class TestPlanChecker : public QObject {
    Q_OBJECT

private slots:
    void agreesWithAGoodPlan() { QVERIFY(checkPlan(goodPlan()).empty()); }

    void findsWhatIsBroken_data()
    {
        QTest::addColumn<Breakage>("breakIt");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, Breakage breakage, const char* words) {
            QTest::newRow(name) << std::move(breakage) << QString(words);
        };
        row(
            "overlap", [](Plan& p) { placementOf(p, "conv1").offset = Bytes(8); }, "share bytes");
        row(
            "misaligned", [](Plan& p) { placementOf(p, "fc3").offset += Bytes(2); },
            "not a multiple");
        row(
            "negative", [](Plan& p) { placementOf(p, "fc3").offset = Bytes(-4); },
            "not a multiple");
        row(
            "read-only bank", [](Plan& p) { placementOf(p, "conv2").bank = BankId(2); },
            "written at run time");
        row(
            "no such bank", [](Plan& p) { placementOf(p, "conv2").bank = BankId(9); },
            "does not have");
        row(
            "born late",
            [](Plan& p) {
                Buffer& b = bufferOf(p, "conv1");
                b.residency.first = EventId(b.residency.first.index() + 1);
            },
            "not resident");
        row(
            "dies early",
            [](Plan& p) {
                Buffer& b = bufferOf(p, "conv1");
                b.residency.last = EventId(b.residency.last.index() - 1);
            },
            "not resident");
        row(
            "input dies early", [](Plan& p) { bufferOf(p, "input0").residency.last = EventId(3); },
            "not resident");
        row(
            "output dies before the end",
            [](Plan& p) {
                p.schedule.events.push_back({EventKind::Row, StageId(4), 0});
            },
            "out of order");
        row(
            "weights not there",
            [](Plan& p) { bufferOf(p, "fc1.weights").residency.last = EventId(3); },
            "not resident");
        row(
            "too small", [](Plan& p) { bufferOf(p, "conv2").bytes -= Bytes(4); }, "needs");
        row(
            "no buffer", [](Plan& p) { bufferOf(p, "conv2").value.reset(); },
            "buffers instead of one");
        row(
            "two buffers for one value",
            [](Plan& p) { bufferOf(p, "conv2").value = bufferOf(p, "conv1").value; },
            "buffers instead of one");
        row(
            "missing placement", [](Plan& p) { p.placements.pop_back(); }, "placement");
        row(
            "rows swapped", [](Plan& p) { std::swap(p.schedule.events[3], p.schedule.events[4]); },
            "out of order");
        row(
            "a row missing",
            [](Plan& p) { p.schedule.events.erase(p.schedule.events.begin() + 20); },
            "before it is made");
        row(
            "read before made",
            [](Plan& p) {
                const auto first = p.schedule.events.begin();
                std::rotate(first, first + 14, first + 15); // conv2's first row before conv1's
            },
            "before it is made");
        row(
            "event of no stage", [](Plan& p) { p.schedule.events[2].stage = StageId(77); },
            "of no stage");
        row(
            "output incomplete", [](Plan& p) { p.schedule.events.pop_back(); }, "not complete");
        row(
            "over capacity", [](Plan& p) { p.banks[0].capacity = Bytes(9000); },
            "over its capacity by");
        row(
            "peak told wrong", [](Plan& p) { p.peakRam -= Bytes(4); }, "peak RAM");
        row(
            "extent told wrong", [](Plan& p) { p.banks[0].planned -= Bytes(4); }, "said to hold");
        row(
            "weights told wrong", [](Plan& p) { p.weightBytes += Bytes(4); }, "weights");
        row(
            "impossible residency",
            [](Plan& p) {
                bufferOf(p, "conv1").residency = {EventId(5), EventId(2)};
            },
            "impossible");
    }
    void findsWhatIsBroken()
    {
        QFETCH(Breakage, breakIt);
        QFETCH(QString, words);
        Plan plan = goodPlan();
        breakIt(plan);
        QString all;
        for (const std::string& problem : checkPlan(plan)) {
            all += QString::fromStdString(problem) + "; ";
        }
        QVERIFY2(finds(plan, words), qPrintable("found instead: " + all));
    }

    void everyMovedBufferIsJudgedAsByPairs()
    {
        std::mt19937 random(4);
        int overlapping = 0;
        for (int round = 0; round < test::soakRounds(400); ++round) {
            const auto network = test::randomNetwork(random);
            Plan moved = **plan(network, test::board(1 << 20), {});
            const std::size_t i = random() % moved.buffers.size();
            moved.placements[i].offset = Bytes(static_cast<std::int64_t>(random() % 64) * 4);
            const bool wrong = anyOverlap(moved);
            overlapping += wrong ? 1 : 0;
            QCOMPARE(finds(moved, "share bytes"), wrong);
        }
        QVERIFY(overlapping > 50); // the mutations do reach both verdicts
        QVERIFY(overlapping < test::soakRounds(395));
    }
};

QTEST_APPLESS_MAIN(TestPlanChecker)
#include "test_plan_checker.moc"

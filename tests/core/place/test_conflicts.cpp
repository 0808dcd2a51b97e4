// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/place/conflicts.h"
#include "core/place/plan_json.h"
#include "tests/core/place/fixtures.h"

#include <nlohmann/json.hpp>

using namespace tidemark;

namespace {

PlanPtr planned(const Constraints& constraints, const std::shared_ptr<const Board>& board)
{
    const Result<PlanPtr> made = plan(test::lenet5(), board, constraints);
    return made ? *made : nullptr;
}

QByteArrayList names(const Plan& plan, const Conflict& conflict)
{
    QByteArrayList names;
    for (const BufferId id : conflict.buffers) {
        names.append(QByteArray::fromStdString(plan[id].name));
    }
    return names;
}

bool offers(const Conflict& conflict, Fix::Kind kind, const std::string& buffer,
            const std::string& bank)
{
    return std::any_of(conflict.fixes.begin(), conflict.fixes.end(), [&](const Fix& fix) {
        return fix.kind == kind && fix.buffer == buffer && fix.bank == bank && !fix.text.empty();
    });
}

} // namespace

class TestConflicts : public QObject {
    Q_OBJECT

private slots:
    /// conv1 and conv2 meet, input0 and conv2 do not: nothing else is to blame.
    void theSmallestConflictNamesThePinsThatMeet()
    {
        Constraints constraints;
        constraints.pins = {{"input0", "SSRAM", std::nullopt},
                            {"conv1", "SSRAM", std::nullopt},
                            {"conv2", "TCM", std::nullopt}};
        const auto p = planned(constraints, test::board(16 * 1024, 8000));
        QVERIFY(p && !p->fits);
        QCOMPARE(p->conflicts.size(), 1U);
        const Conflict& conflict = p->conflicts[0];
        QCOMPARE(names(*p, conflict), (QByteArrayList{"conv1", "input0"}));
        QCOMPARE(conflict.over, Bytes(4704 + 4096 - 8000));
        QCOMPARE(QByteArray::fromStdString(conflict.text),
                 QByteArray("SSRAM is over by 800 B at conv1 because pinned `conv1`, `input0` "
                            "(8,800 B planned in 8,000 B)"));
        QVERIFY(offers(conflict, Fix::Kind::MovePin, "conv1", "TCM"));
        QVERIFY(offers(conflict, Fix::Kind::DropPin, "conv1", ""));
        QVERIFY(offers(conflict, Fix::Kind::DropPin, "input0", ""));
        for (const Fix& fix : conflict.fixes) { // each mends it
            const auto mended = planned(applied(fix, constraints), test::board(16 * 1024, 8000));
            QVERIFY2(mended && mended->fits, fix.text.c_str());
        }
        const auto json = planToJson(*p)["conflicts"][0];
        QCOMPARE(json["fixes"].size(), conflict.fixes.size());
        QCOMPARE(json["fixes"][0]["kind"].get<std::string>(), std::string("move_pin"));
    }

    void aBufferLargerThanItsBankIsTheConflict()
    {
        Constraints constraints;
        constraints.pins = {{"conv1", "SSRAM", std::nullopt}};
        const auto p = planned(constraints, test::board(16 * 1024, 1024));
        QVERIFY(!p->fits);
        QCOMPARE(p->conflicts.size(), 1U);
        QCOMPARE(names(*p, p->conflicts[0]), QByteArrayList{"conv1"});
        QCOMPARE(p->conflicts[0].over, Bytes(4704 - 1024));
    }

    void anActivationInMramIsOfferedRam()
    {
        Constraints constraints;
        constraints.pins = {{"conv1", "MRAM", std::nullopt}};
        const auto p = planned(constraints, test::board());
        QVERIFY(!p->fits);
        QCOMPARE(p->conflicts.size(), 1U);
        QVERIFY(offers(p->conflicts[0], Fix::Kind::DropPin, "conv1", ""));
        QVERIFY(planned(applied(p->conflicts[0].fixes[0], constraints), test::board())->fits);
    }

    /// LeNet-5 on a board whose banks not everything reaches.
    void whatIsOutOfReachIsLeftOut()
    {
        Board board = *test::board(64 * 1024, 512 * 1024);
        board.inputByDma = true;
        board.banks[0].dma = Reach::None;
        Constraints constraints;
        for (const Objective objective : {Objective::Ram, Objective::Weighted}) {
            constraints.objective = objective;
            for (const Technique technique : {Technique::Liveness, Technique::Rows}) {
                constraints.technique = technique;
                const auto p = planned(constraints, std::make_shared<const Board>(board));
                QVERIFY(p && p->fits);
                QCOMPARE(p->placement(*p->findBuffer("input0")).bank, BankId(1));
            }
        }
        constraints = {};
        constraints.staging = Staging::Resident; // no weight goes where start-up cannot write
        board.inputByDma = false;
        board.banks[1].cpu = Reach::Read;
        const auto p = planned(constraints, std::make_shared<const Board>(board));
        QVERIFY(p && p->fits);
        QCOMPARE(p->banks[1].used(), Bytes(0));
        QVERIFY(p->banks[0].planned > p->activationBytes);
    }

    void pinsOutOfReach_data()
    {
        QTest::addColumn<QByteArray>("buffer");
        QTest::addColumn<int>("cpu");
        QTest::addColumn<int>("dma");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char* buffer, Reach cpu, Reach dma, const char* says) {
            QTest::newRow(says) << QByteArray(buffer) << int(cpu) << int(dma) << QByteArray(says);
        };
        row("conv1", Reach::None, Reach::ReadWrite,
            "`conv1` is read by the core, which does not reach SSRAM");
        row("conv1", Reach::Read, Reach::ReadWrite,
            "`conv1` is written by the core, which cannot write SSRAM");
        row("fc1.weights", Reach::Read, Reach::ReadWrite,
            "`fc1.weights` is copied by start-up, and the core cannot write SSRAM");
        row("input0", Reach::ReadWrite, Reach::Read,
            "`input0` is written by a DMA, which cannot write SSRAM");
    }
    void pinsOutOfReach()
    {
        QFETCH(QByteArray, buffer);
        QFETCH(int, cpu);
        QFETCH(int, dma);
        QFETCH(QByteArray, says);
        Board board = *test::board(64 * 1024, 512 * 1024);
        board.inputByDma = true;
        board.banks[1].cpu = Reach(cpu);
        board.banks[1].dma = Reach(dma);
        Constraints constraints;
        constraints.pins = {{buffer.toStdString(), "SSRAM", std::nullopt}};
        const auto shared = std::make_shared<const Board>(board);
        const auto p = planned(constraints, shared);
        QVERIFY(p && !p->fits);
        QCOMPARE(p->conflicts.size(), 1U);
        QCOMPARE(QByteArray::fromStdString(p->conflicts[0].text),
                 says + ": pin it to another bank");
        QVERIFY(planned(applied(p->conflicts[0].fixes[0], constraints), shared)->fits);
    }

    void overlappingPinsAreNamedBoth()
    {
        Constraints constraints;
        constraints.pins = {{"input0", "TCM", Bytes(0)}, {"conv1", "TCM", Bytes(4000)}};
        const auto p = planned(constraints, test::board());
        QVERIFY(!p->fits);
        QCOMPARE(QByteArray::fromStdString(p->conflicts[0].text),
                 QByteArray("pinned `input0` and `conv1` share 96 B of TCM while both are alive"));
        QVERIFY(planned(applied(p->conflicts[0].fixes.back(), constraints), test::board())->fits);
    }

    void budgetsOfNothingAndOfEverything()
    {
        Constraints constraints;
        constraints.budgets = {{"TCM", Bytes(0)}, {"ssram", Bytes(100)}};
        const auto p = planned(constraints, test::board());
        QVERIFY(!p->fits);
        QVERIFY(offers(p->conflicts[0], Fix::Kind::DropBudget, "", "TCM"));
        const Constraints lifted = applied(p->conflicts[0].fixes[0], constraints);
        QCOMPARE(lifted.budgets, (std::vector<Budget>{{"ssram", Bytes(100)}}));
        QVERIFY(planned(lifted, test::board())->fits);
        constraints.budgets = {{"TCM", Bytes(std::numeric_limits<std::int64_t>::max())}};
        const auto roomy = planned(constraints, test::board());
        QVERIFY(roomy->fits); // a bank does not grow
        QCOMPARE(roomy->banks[0].capacity, Bytes(16 * 1024));
    }

    void aStackOfItsOwnCanBeLetGo()
    {
        Constraints constraints;
        constraints.stack = Bytes(16 * 1024);
        const auto p = planned(constraints, test::board(16 * 1024, 64));
        QVERIFY(!p->fits);
        QVERIFY(offers(p->conflicts[0], Fix::Kind::DropStack, "", ""));
        QVERIFY(planned(applied(p->conflicts[0].fixes[0], constraints), test::board(16 * 1024, 64))
                    ->fits);
    }

    void aHigherRungIsOfferedWhereNothingIsFixed()
    {
        Constraints constraints;
        constraints.technique = Technique::Unshared;
        const auto p = planned(constraints, test::board(16 * 1024, 64));
        QVERIFY(!p->fits);
        const Fix& fix = p->conflicts[0].fixes.at(0);
        QVERIFY(fix.rung == Technique::Liveness);
        QVERIFY(planned(applied(fix, constraints), test::board(16 * 1024, 64))->fits);
    }

    void numbersOutOfReachAreUsageErrors()
    {
        constexpr Bytes kHuge(std::numeric_limits<std::int64_t>::max() - 8);
        Constraints constraints;
        constraints.pins = {{"conv1", "TCM", kHuge}};
        const auto pinned = plan(test::lenet5(), test::board(), constraints);
        QVERIFY(!pinned && pinned.error().kind == ErrorKind::Usage);
        constraints = {};
        constraints.stack = kHuge;
        const auto stacked = plan(test::lenet5(), test::board(), constraints);
        QVERIFY(!stacked && stacked.error().kind == ErrorKind::Usage);
    }
};

QTEST_APPLESS_MAIN(TestConflicts)
#include "test_conflicts.moc"

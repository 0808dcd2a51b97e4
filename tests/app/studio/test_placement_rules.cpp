// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/placement_rules.h"
#include "app/studio/document/plan_delta.h"
#include "tests/app/studio/test_plans.h"

#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

constexpr BankId kTcm(0), kSsram(1), kMram(2);

BufferId id(const PlanPtr& plan, const char* name)
{
    return plan->findBuffer(name).value();
}

std::shared_ptr<Plan> copy(const PlanPtr& plan)
{
    return std::make_shared<Plan>(*plan);
}

} // namespace

class TestPlacementRules : public QObject {
    Q_OBJECT
private slots:
    void readOnlyBanksAreSaidSo()
    {
        const PlanPtr plan = lenetPlan();
        const Verdict verdict = judge(*plan, {id(plan, "conv1"), kMram, {}});
        QVERIFY(!verdict.legal);
        QCOMPARE(verdict.reason, QString("MRAM is not written at run time"));
        QVERIFY(judge(*plan, {id(plan, "fc1.weights"), kMram, {}}).legal);
        QVERIFY(judge(*plan, {id(plan, "fc1.weights"), kSsram, {}}).legal);
        QVERIFY(judge(*plan, {id(plan, "conv1"), kSsram, {}}).legal);
    }

    void banksOutOfReachAreSaidSo()
    {
        const auto plan = copy(lenetPlan());
        Board board = *plan->board;
        board.banks[kSsram.index()].cpu = Reach::Read;
        board.banks[kTcm.index()].dma = Reach::None;
        board.inputByDma = true;
        plan->board = std::make_shared<const Board>(board);
        QCOMPARE(judge(*plan, {id(plan, "conv1"), kSsram, {}}).reason,
                 QString("SSRAM is out of reach of the core"));
        QCOMPARE(judge(*plan, {id(plan, "input"), kTcm, {}}).reason,
                 QString("TCM is out of reach of the DMA that brings the input"));
        QVERIFY(judge(*plan, {id(plan, "conv1"), kTcm, {}}).legal);
    }

    void tooLittleRoomNamesTheBytesAndTheStage()
    {
        PlanBuilder b;
        b.bank("BIG", 100'000).bank("SMALL", 6'000).stage("one", 1).stage("two", 1);
        b.buffer({"a", BufferKind::Activation, 4'704, 0, 0, 0, 1, {0}, {1}, {}});
        b.buffer({"b", BufferKind::Activation, 4'680, 1, 0, 1, 1, {1}, {}, {}});
        const PlanPtr plan = b.build();
        const Verdict verdict = judge(*plan, {BufferId(0), BankId(1), {}});
        QVERIFY(!verdict.legal);
        QCOMPARE(QString(verdict.reason).replace(QChar(0x00a0), u' '),
                 QString("needs 4,704 B, 1,320 B free at two"));
    }

    void reservesCountAsTaken()
    {
        PlanBuilder b;
        b.bank("RAM", 6'000).bank("OTHER", 9'000).stack(2'000).stage("one", 1);
        b.buffer({"a", BufferKind::Activation, 4'001, 1, 0, 0, 0, {0}, {}, {}});
        b.buffer({"b", BufferKind::Activation, 4'000, 1, 4'001, 0, 0, {0}, {}, {}});
        const PlanPtr plan = b.build();
        QVERIFY(!judge(*plan, {BufferId(0), BankId(0), {}}).legal);
        QVERIFY(judge(*plan, {BufferId(1), BankId(0), {}}).legal);
    }

    void offsetsAreJudged()
    {
        auto plan = copy(lenetPlan());
        plan->buffers[0].alignment = Bytes(16);
        const BufferId input(0);
        QVERIFY(judge(*plan, {input, kSsram, Bytes(32)}).legal);
        QVERIFY(judge(*plan, {input, kSsram, Bytes(36)}).reason.contains("multiple of 16"));
        QVERIFY(!judge(*plan, {input, kSsram, Bytes(-16)}).legal);
        QVERIFY(judge(*plan, {input, kSsram, Bytes(1'048'560)}).reason.contains("above"));
        // An unpinned neighbour may move out of the way, a pinned one may not.
        QVERIFY(judge(*plan, {input, kTcm, Bytes(4'096)}).legal);
        plan->placements[1].pinned = true;
        QVERIFY(judge(*plan, {input, kTcm, Bytes(4'096)}).reason.contains("conv1"));
        QVERIFY(judge(*plan, {input, kTcm, Bytes(8'800)}).legal);
    }

    void snapsToNeighboursAndGaps()
    {
        const PlanPtr plan = lenetPlan();
        // fc1 (480 B) lives with conv2 [0, 1600) and fc2 [0, 336).
        const auto offsets = snapOffsets(*plan, id(plan, "fc1"), kTcm);
        QCOMPARE(offsets, (std::vector<Bytes>{Bytes(0), Bytes(336), Bytes(1'600)}));
        QCOMPARE(snapOffsets(*plan, id(plan, "fc1"), kSsram), std::vector<Bytes>{Bytes(0)});
        const Bytes four(4);
        QCOMPARE(snapped(offsets, Bytes(1'500), Bytes(150), four), Bytes(1'600));
        QCOMPARE(snapped(offsets, Bytes(1'500), Bytes(50), four), Bytes(1'500));
        QCOMPARE(snapped(offsets, Bytes(1'501), Bytes(50), four), Bytes(1'500));
        QCOMPARE(snapped(offsets, Bytes(1'599), Bytes(-1), four), Bytes(1'600)); // Alt
        QCOMPARE(snapped({}, Bytes(-50), Bytes(4), four), Bytes(0));
    }

    void gapsTakeTheBuffer()
    {
        PlanBuilder b;
        b.bank("RAM", 1'000).stage("s", 1);
        b.buffer({"x", BufferKind::Activation, 100, 0, 0, 0, 0, {0}, {}, {}});
        b.buffer({"low", BufferKind::Activation, 50, 0, 100, 0, 0, {0}, {}, {}});
        b.buffer({"mid", BufferKind::Activation, 100, 0, 300, 0, 0, {0}, {}, {}});
        b.buffer({"high", BufferKind::Activation, 440, 0, 460, 0, 0, {0}, {}, {}});
        const PlanPtr plan = b.build();
        // 0 (where it is), 150 to 300, not 400 to 460, and the end.
        QCOMPARE(gaps(*plan, BufferId(0), BankId(0)),
                 (std::vector<Bytes>{Bytes(0), Bytes(150), Bytes(900)}));
    }

    void deltasAddUp()
    {
        const PlanPtr before = lenetPlan();
        QVERIFY(difference(*before, *before).isNothing());
        auto after = copy(before);
        const BufferId conv1 = id(before, "conv1");
        after->placements[conv1.index()] = {kSsram, Bytes(0), true};
        after->banks[0].planned = Bytes(4'096);
        after->banks[1].planned = Bytes(4'704);
        const PlanDelta delta = difference(*before, *after);
        QCOMPARE(delta.banks.size(), 2U);
        QCOMPARE(delta.banks[0].used, Bytes(-4'704));
        QCOMPARE(delta.banks[1].used, Bytes(4'704));
        QCOMPARE(delta.banks[0].touched.read, Bytes(-4'704));
        QCOMPARE(delta.banks[1].touched.written, Bytes(4'704));
        const QStringList texts = lines(delta);
        QCOMPARE(texts.size(), 4); // the peak, two banks, what latency and energy are
        QVERIFY(texts[1].startsWith("TCM"));
        QVERIFY(texts[1].contains(QString::fromUtf8("−4,704")));
        after->fits = false;
        QCOMPARE(lines(difference(*before, *after)).last(), QString("does not fit"));
    }
};

QTEST_GUILESS_MAIN(TestPlacementRules)
#include "test_placement_rules.moc"

// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/place/plan_checker.h"
#include "core/place/plan_json.h"
#include "core/place/planning_session.h"
#include "tests/core/place/fixtures.h"
#include "tests/core/place/network_builder.h"
#include "tests/support/soak.h"

#include <nlohmann/json.hpp>
#include <thread>

using namespace tidemark;

namespace {

Constraints rung(Technique technique)
{
    Constraints constraints;
    constraints.technique = technique;
    return constraints;
}

std::string textOf(const Plan& plan)
{
    auto json = planToJson(plan);
    json.erase("timing");
    return json.dump();
}

/// A pin of any buffer of the arena, where it is or somewhere near.
Pin anyPin(const Plan& plan, std::mt19937& random)
{
    std::vector<BufferId> arena;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (plan.buffers[i].isArena()) {
            arena.emplace_back(i);
        }
    }
    const BufferId id = arena[random() % arena.size()];
    const std::int64_t step = plan[id].alignment.count();
    const Bytes moved(static_cast<std::int64_t>(random() % 64) * step);
    const Placement& placement = plan.placement(id);
    switch (random() % 3) {
    case 0:
        return {plan[id].name, (*plan.board)[placement.bank].id, placement.offset};
    case 1:
        return {plan[id].name, "SSRAM", std::nullopt};
    default:
        return {plan[id].name, "TCM", moved};
    }
}

} // namespace

class TestPlanningSession : public QObject {
    Q_OBJECT

private slots:
    /// However often and in whatever order it is asked, a session plans as plan() does.
    void aSessionPlansLikePlan()
    {
        std::mt19937 random(21);
        const auto board = test::board(1 << 20, 1 << 20);
        for (int round = 0; round < test::soakRounds(25); ++round) {
            const auto network = test::randomRunnable(random, 1 + static_cast<int>(random() % 8));
            const PlanningSession session(network);
            std::vector<std::string> rungs;
            session.planRungs(board, {}, [&](Technique technique, const PlanPtr& made) {
                QVERIFY(made->constraints.technique == technique);
                rungs.push_back(textOf(*made));
            });
            QCOMPARE(rungs.size(), allTechniques().size());
            for (std::size_t i = rungs.size(); i-- > 0;) {
                const auto alone = plan(network, board, rung(allTechniques()[i]));
                const auto again = session.plan(board, rung(allTechniques()[i]));
                QCOMPARE(textOf(**again), textOf(**alone));
                QCOMPARE(rungs[i], textOf(**alone));
            }
        }
    }

    void aPreviewIsAValidPlanOfTheSameRung()
    {
        std::mt19937 random(22);
        const auto board = test::board(1 << 20, 1 << 20);
        for (int round = 0; round < test::soakRounds(60); ++round) {
            const auto network = test::randomRunnable(random, 1 + static_cast<int>(random() % 8));
            const Technique technique = allTechniques()[random() % 7];
            const PlanningSession session(network);
            const PlanPtr shown = *session.plan(board, rung(technique));
            Constraints pinned = rung(technique);
            pinned.pins = {anyPin(*shown, random)};
            const auto seen = preview(*shown, pinned);
            QVERIFY(seen);
            QVERIFY2((*seen)->fits, textOf(**seen).c_str());
            QVERIFY(checkPlan(**seen).empty());
            QVERIFY((*seen)->techniqueApplied == shown->techniqueApplied);
            QVERIFY((*seen)->lowerBound.bytes <= (*seen)->activationBytes);
            const BufferId id = *(*seen)->findBuffer(pinned.pins[0].buffer);
            QVERIFY((*seen)->placement(id).pinned);
            const auto offset = pinned.pins[0].offset;
            QCOMPARE((*seen)->placement(id).offset, offset.value_or((*seen)->placement(id).offset));
            // What is searched in the background takes its place only where it is better.
            const auto found = session.improve(*seen);
            QVERIFY(found && !isBetter(**seen, **found));
            QVERIFY((*found)->fits);
        }
    }

    void aPinWhereTheBufferIsChangesNothing()
    {
        for (const Technique technique : {Technique::Liveness, Technique::Overlap}) {
            const auto shown = *plan(test::resNet8(), test::board(1 << 20), rung(technique));
            for (std::size_t i = 0; i < shown->buffers.size(); ++i) {
                if (!shown->buffers[i].isArena()) {
                    continue;
                }
                Constraints pinned = rung(technique);
                pinned.pins = {{shown->buffers[i].name, "TCM", shown->placements[i].offset}};
                QCOMPARE((*preview(*shown, pinned))->activationBytes, shown->activationBytes);
            }
        }
    }

    void aPreviewNamesBadPins()
    {
        const auto shown = *plan(test::lenet5(), test::board(), {});
        Constraints constraints;
        constraints.pins = {{"nothing", "TCM", std::nullopt}};
        const auto made = preview(*shown, constraints);
        QVERIFY(!made && made.error().kind == ErrorKind::Usage);
    }

    void whatWasCutOffIsNotKept()
    {
        std::stop_source stopped;
        stopped.request_stop();
        const auto network = test::keywordNet();
        const auto board = test::board(1 << 20);
        const PlanningSession session(network);
        const auto cut = session.plan(board, rung(Technique::Rows), stopped.get_token());
        QVERIFY(cut && (*cut)->stopped);
        QCOMPARE(textOf(**session.plan(board, rung(Technique::Rows))),
                 textOf(**plan(network, board, rung(Technique::Rows))));
        const auto kept = session.improve(*cut, stopped.get_token());
        QVERIFY(kept && *kept == *cut);
    }

    void threadsShareASession()
    {
        const auto network = test::keywordNet();
        const auto board = test::board(1 << 20);
        const PlanningSession session(network);
        std::string texts[3];
        {
            std::vector<std::jthread> threads;
            for (std::string& text : texts) {
                threads.emplace_back(
                    [&] { text = textOf(**session.plan(board, rung(Technique::Stream))); });
            }
            for (int i = 0; i < 5; ++i) {
                const auto shown = *session.plan(board, rung(Technique::Overlap));
                QVERIFY((*preview(*shown, rung(Technique::Overlap)))->fits);
            }
        }
        QCOMPARE(texts[1], texts[0]);
        QCOMPARE(texts[2], texts[0]);
    }

    /// Scratch of made-up sizes: in dead bytes where there are any, and never where rows live.
    void scratchIsABufferOfItsStage()
    {
        const auto asks = [](const Network&, const Stage& stage) {
            return std::holds_alternative<ConvOp>(stage.op) ? Bytes(96) : Bytes(0);
        };
        const auto network = test::keywordNet();
        const PlanningSession session(network, {}, asks);
        const auto board = test::board(1 << 20);
        for (const Technique technique : allTechniques()) {
            Constraints constraints = rung(technique);
            const auto placed = *session.plan(board, constraints);
            QVERIFY2(placed->fits, textOf(*placed).c_str());
            QCOMPARE(placed->scratchBytes.count(), 96);
            const auto scratch = placed->findBuffer("conv1.scratch");
            QVERIFY(scratch && (*placed)[*scratch].kind == BufferKind::Scratch);
            const auto seen = *preview(*placed, constraints);
            QVERIFY(seen->fits);
            QCOMPARE(seen->scratchBytes.count(), 96);
            Plan moved = *placed; // onto the rows that its stage reads
            const auto from = placed->findBuffer("input0");
            moved.placements[scratch->index()] = placed->placement(*from);
            QVERIFY(!checkPlan(moved).empty());
            constraints.scratch = ScratchPolicy::Exclude;
            const auto without = *session.plan(board, constraints);
            QVERIFY(!without->findBuffer("conv1.scratch"));
            QVERIFY(without->peakRam <= placed->peakRam);
            QCOMPARE(placed->activationBytes, without->activationBytes);
            if (technique >= Technique::PingPong) { // it lies where others are dead
                QVERIFY(placed->peakRam <= without->peakRam + Bytes(96 + 8));
            }
        }
    }

    /// The first input that has rows streams; the others are there from the beginning.
    void theFirstImageStreams()
    {
        test::NetworkBuilder b("two inputs");
        const ValueId numbers = b.input(1, 1, 12);
        const ValueId image = b.input(16, 16, 4);
        const ValueId mean = b.globalAverage("mean", b.conv("conv", image, 3, 1, 1, 12));
        b.output(b.add("sum", mean, numbers));
        const auto network = b.build();
        QCOMPARE(streamedInput(*network), image);
        const auto p = *plan(network, test::board(1 << 20), rung(Technique::Stream));
        QVERIFY(p->fits);
        QVERIFY(p->techniqueApplied == Technique::Stream);
        QVERIFY(p->activationBytes < (*network)[image].bytes());
        QVERIFY(p->scheduleLowerBound.bytes <= p->activationBytes);
        QVERIFY(p->scheduleLowerBound.bytes > Bytes(0));
    }
};

QTEST_APPLESS_MAIN(TestPlanningSession)
#include "test_planning_session.moc"

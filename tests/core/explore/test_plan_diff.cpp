// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/board/board_file.h"
#include "core/explore/plan_diff.h"
#include "tests/core/place/fixtures.h"

#include <nlohmann/json.hpp>
#include <random>

using namespace tidemark;

namespace {

PlanPtr planned(const std::shared_ptr<const Network>& network, Technique technique,
                std::vector<Pin> pins = {})
{
    Constraints constraints;
    constraints.technique = technique;
    constraints.pins = std::move(pins);
    const Result<PlanPtr> made = plan(network, test::board(64 * 1024), constraints);
    return made ? *made : nullptr;
}

/// The steps of every bank lead from its use before to its use after.
bool addsUp(const PlanDiff& diff)
{
    for (const BankChange& bank : diff.banks) {
        Bytes sum = bank.before;
        for (const DiffStep& step : bank.steps) {
            sum += step.bytes;
        }
        if (sum != bank.after) {
            return false;
        }
    }
    return true;
}

/// The steps of a cost lead from before to after.
bool addsUp(const CostChange& cost)
{
    double sum = *cost.before.value;
    for (const CostChange::Step& step : cost.steps) {
        sum += step.amount;
    }
    return std::abs(sum - *cost.after.value) <= 1e-6 * *cost.after.value;
}

} // namespace

class TestPlanDiff : public QObject {
    Q_OBJECT

private slots:
    void equalPlansDoNotDiffer()
    {
        const PlanPtr one = planned(test::lenet5(), Technique::Liveness);
        const PlanDiff diff = diffPlans(*one, *planned(test::lenet5(), Technique::Liveness));
        QVERIFY(diff.isSame());
        QVERIFY(diffToJson(diff)["same"].get<bool>());
        for (const BankChange& bank : diff.banks) {
            QVERIFY(bank.steps.empty());
        }
    }

    void fusingIsExplained()
    {
        const PlanDiff diff = diffPlans(*planned(test::lenet5(), Technique::Unshared),
                                        *planned(test::lenet5(), Technique::Fused));
        QVERIFY(!diff.isSame());
        QCOMPARE(diff.figures[1].id, std::string("activation_bytes"));
        QCOMPARE(diff.figures[1].before, Bytes(36472));
        QCOMPARE(diff.figures[1].after, Bytes(11256));
        QVERIFY(addsUp(diff));
        const auto conv = std::find_if(diff.buffers.begin(), diff.buffers.end(),
                                       [](const auto& change) { return change.word() == "gone"; });
        QVERIFY(conv != diff.buffers.end());
        QVERIFY(conv->before && !conv->after);
    }

    void movingABufferMovesItsBytes()
    {
        const PlanPtr free = planned(test::lenet5(), Technique::Fused);
        const std::string name = free->buffers[1].name;
        const PlanPtr pinned =
            planned(test::lenet5(), Technique::Fused, {{name, "SSRAM", std::nullopt}});
        QVERIFY(pinned);
        const PlanDiff diff = diffPlans(*free, *pinned);
        const auto change = std::find_if(diff.buffers.begin(), diff.buffers.end(),
                                         [&](const BufferChange& c) { return c.name == name; });
        QVERIFY(change != diff.buffers.end());
        QCOMPARE(change->word(), std::string_view("moved"));
        QCOMPARE(change->before->bank, std::string("TCM"));
        QCOMPARE(change->after->bank, std::string("SSRAM"));
        QVERIFY(addsUp(diff));
    }

    /// Conv1's output moves behind the bus of the SSRAM: its writer and its reader wait for it.
    void movingABufferChangesTheCosts()
    {
        const auto board =
            findBoard("apollo4p_evb", std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
        QVERIFY(board);
        Constraints constraints;
        const auto shared = std::make_shared<const Board>(*board);
        const auto free = plan(test::lenet5(), shared, constraints);
        constraints.pins = {{"conv1", "SSRAM", std::nullopt}};
        const auto pinned = plan(test::lenet5(), shared, constraints);
        QVERIFY(free && pinned);
        const PlanDiff diff = diffPlans(**free, **pinned);
        QCOMPARE(diff.costs.size(), std::size_t(3));
        QCOMPARE(diff.costs[0].id, std::string("instructions"));
        QVERIFY(diff.costs[0].steps.empty());
        QCOMPARE(diff.costs[1].id, std::string("latency"));
        QVERIFY(*diff.costs[1].difference() > 0);
        QCOMPARE(diff.costs[1].steps.size(), std::size_t(2));
        QCOMPARE(diff.costs[1].steps[0].label, std::string("conv1"));
        QCOMPARE(diff.costs[1].steps[1].label, std::string("conv2"));
        QVERIFY(addsUp(diff.costs[1]));
        QCOMPARE(diff.costs[2].id, std::string("energy"));
        QVERIFY(*diff.costs[2].difference() > 0);
        const auto json = diffToJson(diff);
        QCOMPARE(json["costs"][1]["provenance"].get<std::string>(), std::string("illustrative"));
        QCOMPARE(json["costs"][1]["steps"].size(), std::size_t(2));
    }

    void stepsAlwaysAddUp()
    {
        std::mt19937 random(7);
        const Technique rungs[] = {Technique::Unshared, Technique::Fused, Technique::PingPong,
                                   Technique::Liveness};
        for (int round = 0; round < 40; ++round) {
            const auto first = test::randomNetwork(random);
            const auto second = round % 2 ? first : test::randomNetwork(random);
            const PlanDiff diff = diffPlans(*planned(first, rungs[random() % 4]),
                                            *planned(second, rungs[random() % 4]));
            QVERIFY(addsUp(diff));
        }
    }
};

QTEST_APPLESS_MAIN(TestPlanDiff)
#include "test_plan_diff.moc"

// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/execute/execute.h"
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/place/plan_checker.h"
#include "core/place/planning_session.h"
#include "core/place/row_candidates.h"
#include "tests/core/place/fixtures.h"

using namespace tidemark;

namespace {

std::shared_ptr<const Network> networkOf(const std::string& name)
{
    const auto model =
        importModel(std::string(TIDEMARK_SOURCE_DIR) + "/tests/golden/orders/" + name + ".onnx");
    if (!model) {
        qFatal("%s", model.error().text().c_str());
    }
    const auto network = lower(*model);
    return std::make_shared<const Network>(*network);
}

} // namespace

/// Models with branches and joints, planned at every rung.
class TestModelPlans : public QObject {
    Q_OBJECT

private slots:
    /// Best peaks over all orders of stages, in elements, by an exhaustive search of another
    /// program that works on the model's graph.
    void ordersAreTheBestThereAre_data()
    {
        QTest::addColumn<int>("given");
        QTest::addColumn<int>("best");
        QTest::newRow("order_101") << 22528 << 17408;
        QTest::newRow("order_105") << 4096 << 3072;
        QTest::newRow("order_109") << 14336 << 10752;
        QTest::newRow("order_112") << 20480 << 16896;
        QTest::newRow("order_matters") << 77824 << 29120; // its pools apart
        QTest::newRow("random_wired") << 16800 << 12000;
    }
    void ordersAreTheBestThereAre()
    {
        QFETCH(int, given);
        QFETCH(int, best);
        const auto network = networkOf(QTest::currentDataTag());
        const OrderChoice choice = chooseOrder(*network, {}, {});
        QVERIFY(choice.proven);
        QVERIFY(choice.given.count() <= given * 4); // the import may run it in a better order
        QCOMPARE(choice.best.count(), best * 4);
    }

    void livenessReachesTheBestOrder_data()
    {
        QTest::addColumn<int>("bytes");
        QTest::newRow("order_101") << 17408 * 4;
        QTest::newRow("order_105") << 3072 * 4;
        QTest::newRow("order_109") << 10752 * 4;
        QTest::newRow("order_112") << 16896 * 4;
        QTest::newRow("order_matters") << 4608 * 4; // its pools fused
        QTest::newRow("random_wired") << 12000 * 4;
    }
    void livenessReachesTheBestOrder()
    {
        QFETCH(int, bytes);
        const auto p = *plan(networkOf(QTest::currentDataTag()), test::board(1 << 20), {});
        QCOMPARE(p->activationBytes.count(), bytes);
        QVERIFY(p->orderProof == ProofStatus::Optimal);
        QVERIFY(p->lowerBound.status == ProofStatus::Optimal);
    }

    /// What is joined is made in its place, from the rung overlap on.
    void jointsAreMadeInPlace()
    {
        const auto network = networkOf("inception_cell");
        const PlanningSession session(network);
        std::map<Technique, PlanPtr> rungs;
        session.planRungs(test::board(1 << 20), {}, [&](Technique technique, const PlanPtr& made) {
            rungs[technique] = made;
        });
        QCOMPARE(rungs.size(), allTechniques().size());
        QCOMPARE(rungs[Technique::Liveness]->activationBytes.count(), 73728 * 4);
        const auto& overlap = rungs[Technique::Overlap];
        QVERIFY(overlap->activationBytes <= rungs[Technique::Liveness]->activationBytes);
    }

    void plansOfModelsRunBitForBit_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name : {"order_101", "order_105", "order_112", "random_wired",
                                 "inception_cell", "order_matters"}) {
            QTest::newRow(name) << QByteArray(name);
        }
    }
    void plansOfModelsRunBitForBit()
    {
        QFETCH(QByteArray, name);
        const auto network = networkOf(name.toStdString());
        std::mt19937 random(41);
        const auto inputs = test::randomInputs(*network, random);
        const auto values = runUnplanned(*network, inputs);
        QVERIFY(bool(values));
        Bytes previous(1 << 30);
        PlanningSession(network).planRungs(
            test::board(1 << 20), {}, [&](Technique technique, const PlanPtr& made) {
                const std::string where(toString(technique));
                QVERIFY2(made->fits, where.c_str());
                QVERIFY2(made->activationBytes <= previous, where.c_str());
                previous = made->activationBytes;
                const auto outputs = runPlanned(*made, inputs);
                QVERIFY2(bool(outputs), outputs ? "" : outputs.error().text().c_str());
                for (std::size_t i = 0; i < outputs->size(); ++i) {
                    QVERIFY2((*outputs)[i] == (*values)[network->outputs[i].index()],
                             where.c_str());
                }
            });
    }
};

QTEST_APPLESS_MAIN(TestModelPlans)
#include "test_model_plans.moc"

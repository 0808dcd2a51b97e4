// SPDX-License-Identifier: Apache-2.0
#include <QtTest>

#include "core/board/board_file.h"
#include "core/explore/sweep.h"
#include "tests/core/place/fixtures.h"

using namespace tidemark;

namespace {

std::shared_ptr<const Board> apollo()
{
    const auto board =
        findBoard("apollo4p_evb", std::string(TIDEMARK_SOURCE_DIR) + "/resources/boards");
    return board ? std::make_shared<const Board>(*board) : nullptr;
}

SweepSpace gridSpace()
{
    SweepSpace space;
    space.networks = {{test::lenet5(), "fp32"}};
    space.boards = {apollo()};
    space.techniques = {Technique::Fused, Technique::Liveness, Technique::Rows};
    space.weightBanks = {"TCM", "SSRAM", "MRAM"};
    space.activationBanks = {"TCM", "SSRAM"};
    return space;
}

/// No figure of `a` is worse than that of `b`, but for the last digits of a sum.
bool isNoWorse(const SweepPoint& a, const SweepPoint& b)
{
    const auto within = [](const Estimate& x, const Estimate& y) {
        return x.value.has_value() == y.value.has_value() &&
               (!x.value || *x.value <= *y.value * (1 + 1e-9));
    };
    return a.ram <= b.ram && a.flash <= b.flash && within(a.latency, b.latency) &&
           within(a.energy, b.energy);
}

} // namespace

class TestSweep : public QObject {
    Q_OBJECT

private slots:
    void everyCombinationIsPlanned()
    {
        const SweepSpace space = gridSpace();
        const auto result = sweep(space);
        QVERIFY(result);
        QCOMPARE(result->points.size(), std::size_t(18));
        QCOMPARE(sweepSize(space), std::size_t(18));
        QVERIFY(!result->stopped);
        for (const SweepPoint& point : result->points) {
            QVERIFY2(point.fits, point.reason.c_str());
            const auto bank = space.boards.front()->findBank(point.settings.weightBank);
            QVERIFY(point.banks[bank->index()].read > 0);
        }
    }

    /// Weights kept in flash, in RAM for ever, or copied around their stages.
    void stagingIsAnAxis()
    {
        SweepSpace space = gridSpace();
        space.techniques = {Technique::Liveness};
        space.weightBanks.clear();
        space.activationBanks.clear();
        space.stagings = {Staging::None, Staging::Resident, Staging::Around};
        const auto result = sweep(space);
        QVERIFY(result);
        QVERIFY(result->points.size() % 3 == 0 && !result->points.empty());
        for (std::size_t i = 0; i < result->points.size(); i += 3) {
            const SweepPoint* const point = &result->points[i];
            QVERIFY(point[0].settings.constraints.staging == Staging::None);
            QVERIFY(point[2].settings.constraints.staging == Staging::Around);
            QVERIFY(point[0].ram < point[1].ram && point[2].ram < point[1].ram);
            QVERIFY(sweepLabel(space, point[2].settings).find("staging around") !=
                    std::string::npos);
        }
    }

    void theFrontIsThePareto()
    {
        const auto result = sweep(gridSpace());
        QVERIFY(result && !result->front.empty());
        for (std::size_t i = 0; i < result->points.size(); ++i) {
            const SweepPoint& point = result->points[i];
            QCOMPARE(point.onFront, !point.dominatedBy.has_value());
            if (point.dominatedBy) {
                QVERIFY(result->points[*point.dominatedBy].onFront);
                QVERIFY(isNoWorse(result->points[*point.dominatedBy], point));
                QVERIFY(!point.reason.empty());
                continue;
            }
            for (std::size_t j = 0; j < result->points.size(); ++j) {
                QVERIFY(j == i || !isNoWorse(result->points[j], point) ||
                        (isNoWorse(point, result->points[j]) && i < j));
            }
        }
    }

    void threadsDoNotMatter()
    {
        const auto one = sweep(gridSpace(), {}, {}, 1);
        const auto four = sweep(gridSpace(), {}, {}, 4);
        QVERIFY(one && four);
        QCOMPARE(one->front, four->front);
        for (std::size_t i = 0; i < one->points.size(); ++i) {
            QCOMPARE(one->points[i].ram, four->points[i].ram);
            QCOMPARE(one->points[i].reason, four->points[i].reason);
            QVERIFY(one->points[i].settings.constraints == four->points[i].settings.constraints);
        }
    }

    void aPointIsPlannedAgainFromItsSettings()
    {
        const SweepSpace space = gridSpace();
        const auto result = sweep(space);
        QVERIFY(result);
        for (const SweepPoint& point : result->points) {
            const auto again = plan(space.networks.front().network, space.boards.front(),
                                    point.settings.constraints, space.effort);
            QVERIFY(again);
            QCOMPARE((*again)->peakRam, point.ram);
        }
    }

    void aStopEndsIt()
    {
        std::stop_source stop;
        const auto result = sweep(
            gridSpace(), [&](std::size_t, std::size_t) { stop.request_stop(); }, stop.get_token(),
            1);
        QVERIFY(result);
        QVERIFY(result->stopped);
        QCOMPARE(result->points.size(), std::size_t(1));
    }

    void whatDoesNotFitSaysWhy()
    {
        SweepSpace space = gridSpace();
        space.budgets = {{}, {{"TCM", Bytes(0)}}};
        space.activationBanks = {"TCM"};
        const auto result = sweep(space);
        QVERIFY(result);
        int unfit = 0;
        for (const SweepPoint& point : result->points) {
            if (!point.fits) {
                ++unfit;
                QVERIFY(!point.onFront && !point.dominatedBy && !point.reason.empty());
            }
        }
        QVERIFY(unfit > 0);
    }

    void nonsenseIsRefused()
    {
        QVERIFY(!sweep(SweepSpace{}));
        SweepSpace space = gridSpace();
        space.weightBanks = {"ATTIC"};
        const auto result = sweep(space);
        QVERIFY(!result);
        QVERIFY(result.error().text().find("ATTIC") != std::string::npos);
        QVERIFY(result.error().kind == ErrorKind::Usage);
    }
};

QTEST_GUILESS_MAIN(TestSweep)
#include "test_sweep.moc"

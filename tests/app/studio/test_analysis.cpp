// SPDX-License-Identifier: GPL-3.0-or-later
// Panels that look beyond the plan: Explore, Compare, Training.

#include "app/studio/charts/bar_chart.h"
#include "app/studio/charts/chart_data.h"
#include "app/studio/charts/scatter_chart.h"
#include "app/studio/charts/sweep_data.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/compare_panel.h"
#include "app/studio/panels/explore_panel.h"
#include "app/studio/panels/training_panel.h"
#include "tests/app/studio/window_test.h"

#include <QCheckBox>
#include <QComboBox>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestAnalysis : public WindowTest {
    Q_OBJECT

    ComparePanel& compare() { return *m_window->findChild<ComparePanel*>(); }
    TrainingPanel& training() { return *m_window->findChild<TrainingPanel*>(); }
    MapWidget* mapBefore()
    {
        for (MapWidget* map : m_window->findChildren<MapWidget*>()) {
            if (map != &m_window->map()) {
                return map;
            }
        }
        return nullptr;
    }
    QPushButton* button(QWidget& in, const QString& text)
    {
        for (QPushButton* made : in.findChildren<QPushButton*>()) {
            if (made->text() == text) {
                return made;
            }
        }
        return nullptr;
    }
    void choose(const char* name, int index)
    {
        for (QComboBox* box : training().findChildren<QComboBox*>()) {
            if (box->accessibleName() == QLatin1String(name)) {
                box->setCurrentIndex(index);
                return;
            }
        }
        QFAIL(name);
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init() { openWindow(); }
    void cleanup() { m_window.reset(); }

    void designsAreExploredTakenAndUndone()
    {
        auto& panel = *m_window->findChild<ExplorePanel*>();
        auto& explorer = *m_window->findChild<Explorer*>();
        ScatterChart& chart = *panel.chart();
        QVERIFY(m_window->showTab("explore"));
        QSignalSpy finished(&explorer, &Explorer::finished);
        panel.sweepButton()->setFocus();
        QTest::keyClick(panel.sweepButton(), Qt::Key_Space);
        QVERIFY(explorer.isBusy() && panel.cancelButton()->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kWait);
        const SweepResult& result = explorer.result();
        QCOMPARE(result.points.size(), allTechniques().size());
        QCOMPARE(chart.drawn().size(), result.points.size());
        QVERIFY(!result.front.empty());

        QTest::keyClick(&chart, Qt::Key_Right); // by keyboard: the leftmost, which is of least RAM
        QVERIFY(chart.current());
        const SweepPoint& least = result.points[*chart.current()];
        QVERIFY(!chart.accessibleDescription().isEmpty());
        QTest::keyClick(&chart, Qt::Key_Return);
        settle();
        QCOMPARE(document().plan()->peakRam, least.ram); // the very plan
        document().undoStack().undo();
        settle();

        for (std::size_t i = 0; i < result.points.size(); ++i) {
            if (result.points[i].dominatedBy) { // by mouse: why it lost
                QTest::mouseMove(&chart, chart.place(i).toPoint());
                QTRY_VERIFY(panel.message().contains("Loses to") ||
                            panel.message().contains("no other"));
                break;
            }
        }
        QSignalSpy brushed(&chart, &ScatterChart::brushed);
        const QPoint from(71, 31), to(chart.width() - 19, chart.height() - 35);
        QTest::mousePress(&chart, Qt::LeftButton, {}, from);
        QTest::mouseMove(&chart, to);
        QTest::mouseRelease(&chart, Qt::LeftButton, {}, to);
        QCOMPARE(brushed.count(), 1);
        QCOMPARE(brushed[0][0].value<QList<int>>().size(),
                 static_cast<qsizetype>(result.points.size()));

        QVERIFY(bool(document().setBoard("hifive1")));
        settle();
        QVERIFY(explorer.isStale() && panel.message().contains("explore again"));
        const PlanPtr kept = document().plan();
        explorer.take(result.points.front()); // of another board: not taken
        QCOMPARE(document().plan(), kept);
    }

    void aSweepIsCancelledAtOnce()
    {
        auto& panel = *m_window->findChild<ExplorePanel*>();
        auto& explorer = *m_window->findChild<Explorer*>();
        QVERIFY(m_window->showTab("explore"));
        QSignalSpy finished(&explorer, &Explorer::finished);
        panel.banksToo()->setChecked(true);
        QTest::mouseClick(panel.sweepButton(), Qt::LeftButton);
        QTest::mouseClick(panel.cancelButton(), Qt::LeftButton);
        QVERIFY(!explorer.isBusy() && panel.sweepButton()->isVisible());
        QTest::qWait(100);
        QCOMPARE(finished.count(), 0);
    }

    void banksMakeAGridOfBars()
    {
        auto& panel = *m_window->findChild<ExplorePanel*>();
        auto& explorer = *m_window->findChild<Explorer*>();
        QVERIFY(m_window->showTab("explore"));
        QSignalSpy finished(&explorer, &Explorer::finished);
        panel.gridButton()->setFocus();
        QTest::keyClick(panel.gridButton(), Qt::Key_Space);
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 1, kWait);
        const SweepResult result = explorer.result();
        QCOMPARE(result.points.size(), 6U); // {TCM, SSRAM, MRAM} x {TCM, SSRAM}
        QCOMPARE(explorer.label(result.points.front()), QString("TCM/TCM"));
        QCOMPARE(explorer.label(result.points.back()), QString("MRAM/SSRAM"));
        QVERIFY(panel.bars()->isVisible() && !panel.chart()->isVisible());

        const auto label = [&](const SweepPoint& point) { return explorer.label(point); };
        const QList<int> all{0, 1, 2, 3, 4, 5};
        const std::pair figures(SweepAxis::Ram, SweepAxis::Flash);
        const BarData bars = gridBars(result, all, figures, label, Theme::dark());
        QCOMPARE(bars.categories.size(), 12);
        QCOMPARE(bars.title, QString("Against TCM/TCM, %"));
        QCOMPARE(bars.series[0].values[0], 100.0);
        const auto ram = [&](std::size_t point) {
            return double(result.points[point].ram.count());
        };
        QCOMPARE(bars.series[0].values[8], 100 * ram(4) / ram(0)); // weights stay in MRAM
        QVERIFY(bars.series[0].values[8] < 10);

        SweepResult misfit = result;
        misfit.points[0].fits = false;
        const BarData partial = gridBars(misfit, all, figures, label, Theme::dark());
        QCOMPARE(partial.captions[0], QString("no fit"));
        QCOMPARE(partial.series[0].values[0], 0.0);
        QCOMPARE(partial.title, QString("Against TCM/SSRAM, %"));

        emit panel.bars()->barClicked(2 * 3);
        settle();
        const Plan& taken = plan();
        const Buffer& weights = taken[*taken.findBuffer("fc1.weights")];
        QVERIFY(weights.isConstant());
        QCOMPARE((*taken.board)[taken.placement(*taken.findBuffer("fc1.weights")).bank].id,
                 std::string("SSRAM"));
        QCOMPARE((*taken.board)[taken.placement(*taken.findBuffer("conv1")).bank].id,
                 std::string("SSRAM"));
        document().undoStack().undo();
        settle();

        panel.banksToo()->setChecked(false);
        panel.sweepButton()->click(); // and back to designs in general
        QTRY_COMPARE_WITH_TIMEOUT(finished.count(), 2, kWait);
        QVERIFY(panel.chart()->isVisible());
    }

    void whatDidNotMoveStepsBack()
    {
        compare().keepCurrent();
        Constraints pinned = constraints();
        pinned.pins.push_back({"conv1", "SSRAM", std::nullopt});
        document().setConstraints(pinned, "pin");
        settle();
        QVERIFY(compare().dimmed(plan()).empty());
        const auto colourOf = [this](MapWidget& map, const char* buffer) {
            const QRectF rect = map.scene().find(*map.model().plan().findBuffer(buffer))->rect;
            const QPoint at(int(rect.center().x()), int(rect.bottom()) - 3);
            return map.grab().toImage().pixelColor(at);
        };
        const QColor still = colourOf(*mapBefore(), "fc1.weights");
        const QColor moved = colourOf(*mapBefore(), "conv1");
        compare().movedOnly()->setChecked(true);
        const auto dimmed = compare().dimmed(plan());
        QCOMPARE(dimmed.size(), plan().buffers.size());
        QVERIFY(!dimmed[plan().findBuffer("conv1")->index()]);
        QVERIFY(dimmed[plan().findBuffer("fc1.weights")->index()]);
        QVERIFY(colourOf(*mapBefore(), "fc1.weights") != still);
        QCOMPARE(colourOf(*mapBefore(), "conv1"), moved);
        compare().movedOnly()->setChecked(false);
        QCOMPARE(colourOf(*mapBefore(), "fc1.weights"), still);
        compare().end();
    }

    void noMoreThanAThousandPointsAreDrawn()
    {
        ScatterChart chart("test");
        ScatterData data;
        for (int i = 0; i < 5'000; ++i) {
            data.points.push_back({double(i), double(i % 71), i % 500 == 0, true, {}});
        }
        chart.setData(data);
        chart.resize(400, 200);
        chart.show();
        QCOMPARE(chart.drawn().size(), ScatterChart::kMostPoints);
        for (std::size_t i = 0; i < data.points.size(); i += 500) {
            QVERIFY(std::ranges::count(chart.drawn(), i) == 1); // none of the front is missing
        }
        QVERIFY(!chart.grab().isNull());
        chart.setData({});
        QTest::keyClick(&chart, Qt::Key_Right);
        QVERIFY(!chart.current());
        QVERIFY(!chart.grab().isNull());
    }

    void capacityLinesAreDraggedAndUndone()
    {
        MapWidget& map = m_window->map();
        const DrawnLane lane = map.scene().lanes.front();
        const auto point = [](double x, double y) { return QPointF(x, y).toPoint(); };
        const double x = lane.frame.right() - 40;
        const int steps = document().undoStack().count();
        const BankId ram = document().plan()->board->defaultRam;
        const auto dragTo = [&](double y) {
            const DrawnLane now = map.scene().lanes.front();
            QTest::mousePress(&map, Qt::LeftButton, {},
                              point(x, now.capacityY.value_or(now.frame.top())));
            QTest::mouseMove(&map, point(x, (lane.frame.top() + y) / 2));
            QTest::mouseMove(&map, point(x, y));
        };
        dragTo(lane.yOf(6'000));
        QVERIFY(map.budgetDrag().hasMoved());
        QVERIFY(!map.grab().isNull());
        QTest::mouseRelease(&map, Qt::LeftButton, {}, point(x, lane.yOf(6'000)));
        settle();
        QCOMPARE(document().undoStack().count(), steps + 1); // one gesture, one step
        const auto budgets = document().settings().constraints.budgets;
        QCOMPARE(budgets.size(), 1U);
        QCOMPARE(budgets[0].bank, (*document().plan()->board)[ram].id);
        QVERIFY(budgets[0].limit > Bytes(5'000) && budgets[0].limit < Bytes(7'000));
        QCOMPARE(document().plan()->banks[ram.index()].capacity, budgets[0].limit);

        dragTo(lane.frame.top() - 30); // up and away
        QTest::mouseRelease(&map, Qt::LeftButton, {}, point(x, lane.frame.top() - 30));
        settle();
        QVERIFY(document().settings().constraints.budgets.empty());
        QCOMPARE(document().undoStack().count(), steps + 2);
        document().undoStack().undo();
        document().undoStack().undo();
        settle();
        QVERIFY(document().settings().constraints.budgets.empty());

        dragTo(lane.yOf(6'000));
        QTest::keyClick(&map, Qt::Key_Escape); // let go of it
        QTest::mouseRelease(&map, Qt::LeftButton, {}, point(x, lane.yOf(6'000)));
        settle();
        QVERIFY(document().settings().constraints.budgets.empty());
        QTest::mouseClick(&map, Qt::LeftButton, {}, point(x, lane.frame.top())); // no gesture
        QVERIFY(document().settings().constraints.budgets.empty());
    }

    void twoMapsOnOneAxisAndWhatMoved()
    {
        QVERIFY(m_window->showTab("compare"));
        QCOMPARE(compare().table()->rowCount(), 0);
        QVERIFY(!mapBefore());
        auto* keep = button(compare(), "Keep this plan");
        keep->setFocus();
        QTest::keyClick(keep, Qt::Key_Space);
        const PlanPtr before = document().plan();
        QCOMPARE(compare().before(), before);
        QVERIFY(mapBefore() && mapBefore()->isVisible());
        QVERIFY(compare().summary().contains("Nothing differs"));

        document().setTechnique(Technique::Overlap);
        settle();
        QCOMPARE(mapBefore()->model().planPtr(), before); // it stays as it was
        QVERIFY2(compare().summary().contains(QString::fromUtf8("−3,008")),
                 qPrintable(compare().summary()));
        const int all = compare().table()->rowCount();
        QVERIFY(all > 0);
        compare().movedOnly()->setChecked(true);
        for (int row = 0; row < compare().table()->rowCount(); ++row) {
            QCOMPARE(compare().table()->item(row, 1)->text(), QString("moved"));
        }
        QVERIFY(compare().table()->rowCount() > 0);
        compare().table()->setCurrentCell(0, 0);
        QVERIFY(m_window->selection().buffer().isValid());

        m_window->map().zoomAt(2, 400);
        QCOMPARE(mapBefore()->viewport().zoom, m_window->map().viewport().zoom);
        QCOMPARE(mapBefore()->viewport().scroll, m_window->map().viewport().scroll);
        mapBefore()->showAll();
        QCOMPARE(m_window->map().viewport().zoom, 1.0);
        QTest::mouseClick(button(compare(), "End"), Qt::LeftButton);
        QVERIFY(!mapBefore());
        QCOMPARE(compare().table()->rowCount(), 0);
    }

    void aFileIsComparedWithToo()
    {
        const QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("then.tidemark").toStdString();
        document().setTechnique(Technique::Unshared);
        settle();
        QVERIFY(bool(document().saveAs(file)));
        document().setTechnique(Technique::Liveness);
        settle();
        compare().openBefore(file);
        QTRY_VERIFY_WITH_TIMEOUT(compare().before() != nullptr, kWait);
        QVERIFY(compare().summary().contains(QString::fromUtf8("−27,672")));
    }

    void theWaterfallOfADifferenceAddsUp()
    {
        compare().keepCurrent();
        document().setTechnique(Technique::Unshared);
        settle();
        const PlanDiff diff = diffPlans(*compare().before(), *document().plan());
        for (const BankChange& bank : diff.banks) {
            const BarData bars = diffWaterfall(bank, Theme::dark());
            QCOMPARE(bars.categories.size(), static_cast<qsizetype>(bank.steps.size()) + 2);
            double sum = static_cast<double>(bank.before.count());
            for (std::size_t i = 1; i + 1 < bars.positions.size(); ++i) {
                sum += bars.series[2].values[i] - bars.series[3].values[i];
            }
            QCOMPARE(sum, static_cast<double>(bank.after.count()));
        }
    }

    void trainingFollowsItsChoices()
    {
        QVERIFY(m_window->showTab("training"));
        QVERIFY(training().trainingText().contains("MiB"));
        QVERIFY(training().inferenceText().contains("MiB"));
        const QString one = training().trainingText();
        auto* batch = training().findChild<QSpinBox*>();
        batch->setFocus();
        QTest::keyClick(batch, Qt::Key_Up);
        QCOMPARE(training().options().batch, 2);
        QVERIFY(training().trainingText() != one);
        choose("Optimizer", static_cast<int>(Optimizer::Adam));
        QCOMPARE(static_cast<int>(training().options().optimizer),
                 static_cast<int>(Optimizer::Adam));
        choose("Counted as", static_cast<int>(TrainingConvention::NotesRounded));
        choose("Kept", static_cast<int>(Recompute::Sqrt));
        // The notes keep everything: said in words where the figure would stand.
        QVERIFY2(!training().trainingText().contains("MiB"), qPrintable(training().trainingText()));
    }

    void theFigureIsTheCores()
    {
        QVERIFY(m_window->showTab("training"));
        choose("Counted as", static_cast<int>(TrainingConvention::Notes));
        const auto wanted =
            trainingMemory(trainingCounts(*document().source().fileNetwork), training().options());
        QVERIFY(bool(wanted));
        const QString mebibytes = QString::number(wanted->value / 1048576, 'f', 2);
        QVERIFY2(training().trainingText().contains(mebibytes),
                 qPrintable(training().trainingText()));
    }
};

QTEST_MAIN(TestAnalysis)
#include "test_analysis.moc"

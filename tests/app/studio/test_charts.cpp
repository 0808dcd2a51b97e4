// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/charts/bar_chart.h"
#include "app/studio/charts/chart_data.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/goldens.h"
#include "tests/app/studio/test_plans.h"

#include <QAbstractScrollArea>
#include <QSignalSpy>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

const std::vector<Rung> kLadder{{Technique::Unshared, Bytes(36'472), true},
                                {Technique::Fused, Bytes(11'256), true},
                                {Technique::PingPong, Bytes(8'800), true},
                                {Technique::Liveness, Bytes(8'800), true}};

double stacked(const BarData& bars, std::size_t category, bool visibleOnly = false)
{
    double sum = 0;
    for (const BarSeries& series : bars.series) {
        sum += visibleOnly && !series.visible ? 0 : series.values[category];
    }
    return sum;
}

} // namespace

class TestCharts : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { QVERIFY(fonts::load()); }

    void stagesStackToTheirLiveBytes()
    {
        auto plan = std::make_shared<Plan>(*lenetPlan());
        const std::int64_t live[] = {8'800, 6'304, 2'080, 816, 376};
        for (std::size_t i = 0; i < 5; ++i) {
            plan->stages[i].liveBytes = Bytes(live[i]);
        }
        const BarData bars = stageBytes(*plan, liveBytes(*plan), Theme::dark());
        QCOMPARE(bars.categories.size(), 5);
        QCOMPARE(bars.series.size(), 3U); // input, output, activation; no weights
        for (std::size_t i = 0; i < 5; ++i) {
            QCOMPARE(stacked(bars, i), static_cast<double>(live[i]));
        }
        QCOMPARE(bars.highest, 8'800.0);
        QCOMPARE(bars.captions[4], QString::fromUtf8("376\u00a0B"));
    }

    void nothingToRunGivesNoBars()
    {
        PlanBuilder b;
        b.bank("RAM", 100);
        const PlanPtr plan = b.build();
        QVERIFY(stageBytes(*plan, liveBytes(*plan), Theme::dark()).series.empty());
    }

    void waterfallStepsDown()
    {
        const BarData bars = waterfall(kLadder, Theme::dark());
        QCOMPARE(bars.categories, (QStringList{"Unshared", "Fused", "Ping-pong", "Liveness"}));
        QVERIFY(!bars.series[0].visible);
        QCOMPARE(stacked(bars, 0), 36'472.0);
        QCOMPARE(stacked(bars, 1), 36'472.0);       // hangs from the rung before
        QCOMPARE(stacked(bars, 1, true), 25'216.0); // what fusing saves
        QCOMPARE(stacked(bars, 2, true), 2'456.0);
        QCOMPARE(stacked(bars, 3, true), 8'800.0); // what is left
        QCOMPARE(bars.highest, 36'472.0);
        QVERIFY(waterfall({}, Theme::dark()).categories.isEmpty());
    }

    void showsAnything()
    {
        BarChart chart("test");
        chart.resize(300, 160);
        chart.show();
        chart.setBars({});
        QVERIFY(!chart.grab().isNull());
        BarData many;
        many.series.push_back({"x", Qt::red, std::vector<double>(1'000, 3), true});
        for (int i = 0; i < 1'000; ++i) {
            many.categories += "same name";
        }
        many.highest = 3;
        chart.setBars(many);
        chart.highlight(999);
        chart.highlight(5'000);
        chart.highlight(-1);
        QVERIFY(!chart.grab().isNull());
    }

    void looksRight_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("waterfall_dark") << true;
        QTest::newRow("waterfall_light") << false;
    }
    void looksRight()
    {
        QFETCH(bool, dark);
        const Theme& theme = dark ? Theme::dark() : Theme::light();
        BarChart chart("test");
        chart.setTheme(theme);
        chart.setBars(waterfall(kLadder, theme));
        chart.resize(420, 180);
        chart.show();
        const QString difference =
            compareWithGolden(chart.grab().toImage(), QTest::currentDataTag());
        QVERIFY2(difference.isEmpty(), qPrintable(difference));
    }

    void clickTellsTheBar()
    {
        BarChart chart("test");
        chart.setBars(waterfall(kLadder, Theme::dark()));
        chart.resize(420, 180);
        chart.show();
        QSignalSpy clicked(&chart, &BarChart::barClicked);
        // The first bar: a quarter of the plot, from the left axis on.
        auto* view = chart.findChild<QAbstractScrollArea*>();
        QVERIFY(view);
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {}, QPoint(56 + 43, 120));
        QCOMPARE(clicked.count(), 1);
        QCOMPARE(clicked[0][0].toInt(), 0);
    }
};

QTEST_MAIN(TestCharts)
#include "test_charts.moc"

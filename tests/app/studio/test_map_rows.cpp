// SPDX-License-Identifier: GPL-3.0-or-later
// Plans by rows, where buffers lie in each other's dead rows: what the studio says of them.
#include "app/studio/charts/chart_data.h"
#include "app/studio/document/document.h"
#include "app/studio/document/placement_rules.h"
#include "app/studio/map/map_geometry.h"
#include "app/studio/view_model/live_bytes.h"
#include "tests/app/studio/lenet.h"

#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestRowPlans : public QObject {
    Q_OBJECT

    PlanPtr m_plan;

private slots:
    void init()
    {
        QFETCH_GLOBAL(Technique, rung);
        Document document;
        OpenOverrides overrides;
        overrides.technique = rung;
        QVERIFY(bool(document.openNow(kLenet, overrides)));
        m_plan = document.plan();
    }
    void initTestCase_data()
    {
        // Every test runs once for each rung that core has.
        QTest::addColumn<Technique>("rung");
        for (const Technique technique : allTechniques()) {
            QTest::newRow(std::string(toString(technique)).c_str()) << technique;
        }
    }

    void liveBytesAreThoseOfThePlan()
    {
        const auto live = liveBytes(*m_plan);
        QCOMPARE(live.size(), m_plan->schedule.events.size());
        std::vector<std::int64_t> most(m_plan->stages.size(), 0);
        for (std::size_t e = 0; e < live.size(); ++e) {
            const StageId stage = m_plan->schedule.events[e].stage;
            if (stage.isValid()) {
                most[stage.index()] = std::max(most[stage.index()], sumOf(live[e]));
            }
            QVERIFY(sumOf(live[e]) <= m_plan->activationBytes.count());
            QVERIFY(*std::ranges::min_element(live[e]) >= 0);
        }
        for (std::size_t s = 0; s < most.size(); ++s) {
            QCOMPARE(most[s], m_plan->stages[s].liveBytes.count());
        }
    }

    void barsEndAtTheirFigures()
    {
        const BarData bars = stageBytes(*m_plan, liveBytes(*m_plan), Theme::dark());
        for (std::size_t i = 0; i < bars.positions.size(); ++i) {
            double sum = 0;
            for (const BarSeries& series : bars.series) {
                sum += series.values[static_cast<qsizetype>(i)];
            }
            const StageId stage = m_plan->schedule.order[bars.positions[i]];
            QCOMPARE(sum, double(m_plan->stages[stage.index()].liveBytes.count()));
        }
    }

    void nothingIsDrawnOverAnother()
    {
        const MapModel model(m_plan);
        MapGeometry geometry;
        MapViewport viewport;
        viewport.size = {1600, 1200};
        const MapScene& scene = geometry.layOut(model, viewport);
        std::vector<PixelRect> held;
        for (std::size_t kind = 0; kind < kBufferKinds; ++kind) {
            const auto& strong = scene.fills[kind][static_cast<std::size_t>(Tone::Strong)];
            held.insert(held.end(), strong.begin(), strong.end());
        }
        QVERIFY(held.size() >= 5);
        for (std::size_t i = 0; i < held.size(); ++i) {
            for (std::size_t j = i + 1; j < held.size(); ++j) {
                // A row may take the place of another within an event: the last pixels of one.
                const int wide =
                    std::min(held[i].right, held[j].right) - std::max(held[i].left, held[j].left);
                const int high =
                    std::min(held[i].bottom, held[j].bottom) - std::max(held[i].top, held[j].top);
                const int event =
                    int(std::ceil(model.axis().narrowestEvent() * scene.pixelsPerUnit));
                QVERIFY2(wide <= 0 || high <= 2 || wide <= event + 1, "two lie in the same bytes");
            }
        }
    }

    void whereEverythingLiesIsLegal()
    {
        for (std::size_t i = 0; i < m_plan->buffers.size(); ++i) {
            const Placement& placement = m_plan->placements[i];
            const Verdict verdict = judge(*m_plan, {BufferId(i), placement.bank, placement.offset});
            QVERIFY2(verdict.legal, qPrintable(verdict.reason));
        }
    }
};

Q_DECLARE_METATYPE(tidemark::Technique)
QTEST_GUILESS_MAIN(TestRowPlans)
#include "test_map_rows.moc"

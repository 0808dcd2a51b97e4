// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/selection.h"
#include "app/studio/map/buffer_card.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/goldens.h"
#include "tests/app/studio/test_plans.h"

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestMapWidget : public QObject {
    Q_OBJECT

    PlanPtr m_plan = lenetPlan();
    std::unique_ptr<Selection> m_selection;
    std::unique_ptr<MapWidget> m_map;

    QPoint centreOf(const char* name)
    {
        const DrawnBuffer* item = m_map->scene().find(m_plan->findBuffer(name).value());
        return item ? item->rect.center().toPoint() : QPoint();
    }
    std::string selected() const
    {
        return m_selection->buffer().isValid() ? (*m_plan)[m_selection->buffer()].name : "";
    }
    void wheel(QPoint at, QPoint turned, Qt::KeyboardModifiers modifiers = {})
    {
        QWheelEvent event(at, m_map->mapToGlobal(at), {}, turned, Qt::NoButton, modifiers,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_map.get(), &event);
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }

    void init()
    {
        m_selection = std::make_unique<Selection>();
        m_map = std::make_unique<MapWidget>(*m_selection);
        m_selection->setPlan(m_plan);
        m_map->setPlan(m_plan);
        m_map->resize(900, 560);
        m_map->show();
    }
    void cleanup()
    {
        m_map.reset();
        m_selection.reset();
    }

    void clickSelectsAndEscapeClears()
    {
        QSignalSpy changed(m_selection.get(), &Selection::changed);
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, centreOf("conv1"));
        QCOMPARE(selected(), std::string("conv1"));
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, centreOf("fc1.weights"));
        QCOMPARE(selected(), std::string("fc1.weights"));
        QTest::keyClick(m_map.get(), Qt::Key_Escape);
        QCOMPARE(selected(), std::string());
        QCOMPARE(changed.count(), 3);
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, centreOf("conv1"));
        const QRectF lane = m_map->scene().lanes[0].frame;
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {},
                          (lane.topRight() + QPointF(-20, 8)).toPoint());
        QCOMPARE(selected(), std::string()); // empty ground
    }

    void clickOnAHeaderSelectsTheStage()
    {
        const QRectF header = m_map->scene().columns[1].header;
        QTest::mouseClick(m_map.get(), Qt::LeftButton, {}, header.center().toPoint());
        QCOMPARE(m_selection->stage(), StageId(1));
        QVERIFY(!m_selection->buffer().isValid());
    }

    void hoverPreviews()
    {
        QTest::mouseMove(m_map.get(), centreOf("conv2"));
        QCOMPARE((*m_plan)[m_selection->hoveredBuffer()].name, std::string("conv2"));
        const auto lines = bufferCard(m_map->model(), m_map->scene(), m_selection->hoveredBuffer());
        QCOMPARE(lines[0].text, QString("conv2"));
        QVERIFY(lines[1].text.startsWith("activation"));
        QVERIFY(lines[1].text.contains("1,600"));
        QCOMPARE(lines[2].text, QString("TCM at offset 0"));
        QVERIFY(lines[3].text.endsWith("conv2 to fc1"));
        QCOMPARE(lines.size(), 6U); // and who writes and who reads
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(m_map.get(), &leave);
        QVERIFY(!m_selection->hoveredBuffer().isValid());
    }

    void peakIsAKeyAway()
    {
        MapViewport away = m_map->viewport();
        away.zoom = 5;
        away.scroll = 3.9;
        m_map->setViewport(away);
        QTest::keyClick(m_map.get(), Qt::Key_P);
        QCOMPARE(selected(), std::string("conv1"));
        QVERIFY(m_map->scene().find(m_selection->buffer()));
        QVERIFY(m_map->viewport().scroll < 1);
    }

    void keysZoomAndPan()
    {
        QTest::keyClick(m_map.get(), Qt::Key_W);
        QTest::keyClick(m_map.get(), Qt::Key_W);
        const double zoomed = m_map->viewport().zoom;
        QVERIFY(zoomed > 1.5);
        const double before = m_map->viewport().scroll;
        QTest::keyClick(m_map.get(), Qt::Key_D);
        QVERIFY(m_map->viewport().scroll > before);
        QTest::keyClick(m_map.get(), Qt::Key_A);
        QVERIFY(std::abs(m_map->viewport().scroll - before) < 1e-9);
        QTest::keyClick(m_map.get(), Qt::Key_S);
        QVERIFY(m_map->viewport().zoom < zoomed);
        QTest::keyClick(m_map.get(), Qt::Key_F);
        QCOMPARE(m_map->viewport().zoom, 1.0);
    }

    void wheelZoomsAtThePointer()
    {
        const QPoint at(600, 300);
        const double unit = m_map->scene().unitAt(at.x());
        wheel(at, {0, 360});
        QVERIFY(m_map->viewport().zoom > 1.5);
        QVERIFY(std::abs(m_map->scene().unitAt(at.x()) - unit) < 1e-9);
        const double scroll = m_map->viewport().scroll;
        wheel(at, {0, -120}, Qt::ShiftModifier);
        QVERIFY(m_map->viewport().scroll > scroll);
    }

    void draggingGroundPans()
    {
        wheel({600, 300}, {0, 720});
        const double scroll = m_map->viewport().scroll;
        const QRectF lane = m_map->scene().lanes[0].frame;
        const QPoint from = (lane.topRight() + QPointF(-60, 8)).toPoint();
        QTest::mousePress(m_map.get(), Qt::LeftButton, {}, from);
        QTest::mouseMove(m_map.get(), from - QPoint(30, 0));
        QTest::mouseMove(m_map.get(), from - QPoint(90, 0));
        QTest::mouseRelease(m_map.get(), Qt::LeftButton, {}, from - QPoint(90, 0));
        QVERIFY(m_map->viewport().scroll > scroll);
        QCOMPARE(selected(), std::string());
    }

    void arrowsWalkTheBuffers()
    {
        QTest::keyClick(m_map.get(), Qt::Key_Right); // nothing yet: the peak
        QCOMPARE(selected(), std::string("conv1"));
        QTest::keyClick(m_map.get(), Qt::Key_Down);
        QCOMPARE(selected(), std::string("input"));
        QTest::keyClick(m_map.get(), Qt::Key_Right);
        QCOMPARE(selected(), std::string("conv2"));
    }

    void selectionOutOfViewIsBroughtIn()
    {
        MapViewport away = m_map->viewport();
        away.zoom = 8;
        m_map->setViewport(away);
        m_selection->selectBuffer(*m_plan->findBuffer("fc3"));
        QVERIFY(m_map->scene().find(m_selection->buffer()));
    }

    void selectionSurvivesANewPlanByName()
    {
        m_selection->selectBuffer(*m_plan->findBuffer("fc2"));
        PlanBuilder b;
        b.bank("RAM", 9'000).stage("x", 1);
        b.buffer({"fc2", BufferKind::Output, 8, 0, 0, 0, 0, {0}, {}, std::nullopt});
        const PlanPtr other = b.build();
        m_selection->setPlan(other);
        QCOMPARE(m_selection->buffer(), BufferId(0));
        m_map->setPlan(other);
        m_selection->setPlan(m_plan);
        m_map->setPlan(m_plan);
        QCOMPARE(selected(), std::string("fc2"));
    }

    void emptyMapIsHarmless()
    {
        MapWidget empty(*m_selection);
        empty.resize(300, 200);
        empty.show();
        for (const int key : {Qt::Key_P, Qt::Key_W, Qt::Key_Left, Qt::Key_F, Qt::Key_Escape}) {
            QTest::keyClick(&empty, Qt::Key(key));
        }
        QTest::mouseMove(&empty, QPoint(50, 50));
        QTest::mouseClick(&empty, Qt::LeftButton, {}, QPoint(50, 50));
        QVERIFY(!empty.grab().isNull());
    }

    void looksRight_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<int>("scale");
        QTest::addColumn<QString>("name");
        QTest::newRow("dark") << true << int(ScaleMode::Auto) << "map_dark";
        QTest::newRow("light") << false << int(ScaleMode::Auto) << "map_light";
        QTest::newRow("capacity") << true << int(ScaleMode::Capacity) << "map_capacity";
    }
    void looksRight()
    {
        QFETCH(bool, dark);
        QFETCH(int, scale);
        QFETCH(QString, name);
        m_map->setTheme(dark ? Theme::dark() : Theme::light());
        m_map->setScale(ScaleMode(scale));
        m_selection->selectBuffer(*m_plan->findBuffer("conv1"));
        const QString difference = compareWithGolden(m_map->grab().toImage(), name);
        QVERIFY2(difference.isEmpty(), qPrintable(difference));
    }

    void repaintsManyRectanglesInTime()
    {
        const PlanPtr crowded = crowdedPlan(100, 20'000);
        m_selection->setPlan(crowded);
        m_map->setPlan(crowded);
        m_map->resize(1600, 1000);
        m_map->grab();
        QElapsedTimer timer;
        timer.start();
        constexpr int kRounds = 10;
        for (int i = 0; i < kRounds; ++i) {
            m_map->zoomAt(i % 2 ? 1.1 : 1 / 1.1, 700);
            m_map->grab();
        }
        const double each = static_cast<double>(timer.nsecsElapsed()) / 1e6 / kRounds;
        qInfo("20,000 buffers laid out and painted in %.2f ms", each);
        QVERIFY2(each < 150, "an order of magnitude slower than it has to be");
    }
};

QTEST_MAIN(TestMapWidget)
#include "test_map_widget.moc"

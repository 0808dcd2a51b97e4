// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/selection.h"
#include "app/studio/main_window.h"
#include "app/studio/map/map_accessible.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/test_plans.h"

#include <QAbstractScrollArea>
#include <QAccessible>
#include <QSignalSpy>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestAccessible : public QObject {
    Q_OBJECT

    PlanPtr m_plan;
    std::unique_ptr<Selection> m_selection;
    std::unique_ptr<MapWidget> m_map;

    QAccessibleInterface* tree() { return QAccessible::queryAccessibleInterface(m_map.get()); }
    void showPlan(const PlanPtr& plan)
    {
        m_selection->setPlan(plan);
        m_map->setPlan(plan);
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init()
    {
        auto plan = std::make_shared<Plan>(*lenetPlan());
        plan->placements[1].pinned = true;
        m_plan = plan;
        m_selection = std::make_unique<Selection>();
        m_map = std::make_unique<MapWidget>(*m_selection);
        m_map->resize(900, 560);
        showPlan(m_plan);
        m_map->show();
    }
    void cleanup()
    {
        m_map.reset();
        m_selection.reset();
    }

    void everyBufferHasANameAndAValue()
    {
        QAccessibleInterface* map = tree();
        QVERIFY(map);
        QCOMPARE(map->role(), QAccessible::List);
        QCOMPARE(map->text(QAccessible::Name), QString("Memory map"));
        QCOMPARE(map->childCount(), static_cast<int>(m_plan->buffers.size()));
        for (int i = 0; i < map->childCount(); ++i) {
            QAccessibleInterface* item = map->child(i);
            QVERIFY(item && item->isValid());
            QCOMPARE(item->parent(), map);
            QCOMPARE(map->indexOfChild(item), i);
            QVERIFY(item->text(QAccessible::Name)
                        .startsWith(QString::fromStdString(m_plan->buffers[std::size_t(i)].name)));
            QVERIFY(!item->rect().isEmpty());
        }
        QCOMPARE(map->child(1)->text(QAccessible::Name),
                 QString("conv1, 4,704 bytes, TCM, offset 4,096, stages 0 to 1, pinned"));
        QCOMPARE(map->child(5)->text(QAccessible::Value),
                 QString("40 bytes, TCM, offset 336, stage 4"));
        QVERIFY(!map->child(-1) && !map->child(99));
    }

    void itemsAreFoundWhereTheyAreDrawn()
    {
        for (const char* name : {"conv1", "conv2", "fc1.weights"}) {
            const BufferId id = m_plan->findBuffer(name).value();
            QAccessibleInterface* item = tree()->child(static_cast<int>(id.index()));
            const QPoint centre = item->rect().center();
            QCOMPARE(tree()->childAt(centre.x(), centre.y()), item);
        }
    }

    void actionsSelectAndPin()
    {
        QSignalSpy pinned(m_map.get(), &MapWidget::pinToggled);
        auto* actions = tree()->child(2)->actionInterface();
        QVERIFY(actions);
        actions->doAction(QAccessibleActionInterface::pressAction());
        QCOMPARE(m_selection->buffer(), BufferId(2));
        QVERIFY(tree()->child(2)->state().selected);
        QVERIFY(!tree()->child(1)->state().selected);
        QCOMPARE(tree()->focusChild(), tree()->child(2));
        QCOMPARE(pinned.count(), 0);
        actions->doAction(QAccessibleActionInterface::toggleAction());
        QCOMPARE(pinned.count(), 1);
    }

    void aNewPlanRenewsTheTree()
    {
        QAccessibleInterface* map = tree();
        map->child(0);
        map->child(10);
        PlanBuilder b;
        b.bank("RAM", 100).stage("s", 1);
        b.buffer({"only", BufferKind::Output, 8, 0, 0, 0, 0, {0}, {}, {}});
        showPlan(b.build());
        QCOMPARE(tree()->childCount(), 1);
        QVERIFY(tree()->child(0)->text(QAccessible::Name).startsWith("only"));
        showPlan(nullptr);
        QCOMPARE(tree()->childCount(), 0);
    }

    void controlsOfTheWindowHaveNames()
    {
        MainWindow window(ThemeMode::Dark);
        QVERIFY(
            bool(window.document().openNow(TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx")));
        window.show();
        for (QWidget* widget : window.findChildren<QWidget*>()) {
            const bool viewport = qobject_cast<QAbstractScrollArea*>(widget->parent()) != nullptr;
            const bool reachable = !viewport && widget->isVisible() &&
                                   widget->focusPolicy() != Qt::NoFocus && widget->isEnabled();
            if (!reachable) {
                continue;
            }
            QAccessibleInterface* item = QAccessible::queryAccessibleInterface(widget);
            QVERIFY(item);
            const bool named = !item->text(QAccessible::Name).isEmpty() ||
                               !item->text(QAccessible::Value).isEmpty() ||
                               widget->inherits("QScrollBar") || widget->inherits("QTabBar") ||
                               widget->inherits("QTabWidget") ||
                               widget->objectName().startsWith("qt_");
            QVERIFY2(named,
                     qPrintable(QString("%1 '%2' in %3")
                                    .arg(widget->metaObject()->className(), widget->objectName(),
                                         widget->parent()->metaObject()->className())));
        }
    }
};

QTEST_MAIN(TestAccessible)
#include "test_accessible.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/pin_editor.h"
#include "app/studio/map/drag_painter.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/notice_bar.h"
#include "tests/app/studio/goldens.h"
#include "tests/app/studio/window_test.h"

#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestDrag : public WindowTest {
    Q_OBJECT

    MapWidget& map() { return m_window->map(); }
    BufferId id(const char* name) { return plan().findBuffer(name).value(); }
    const Bank& bankOf(const char* name)
    {
        return (*plan().board)[plan().placement(id(name)).bank];
    }
    QPoint centreOf(const char* name)
    {
        return map().scene().find(id(name))->rect.center().toPoint();
    }
    QPoint laneOf(const char* bank)
    {
        for (const DrawnLane& lane : map().scene().lanes) {
            if ((*plan().board)[map().model().lanes()[lane.lane].bank].id == bank) {
                return lane.frame.center().toPoint();
            }
        }
        return {};
    }
    void take(const char* buffer, QPoint to)
    {
        const QPoint from = centreOf(buffer);
        QTest::mousePress(&map(), Qt::LeftButton, {}, from);
        QTest::mouseMove(&map(), from + QPoint(0, 6)); // below the lift distance
        QVERIFY(!map().drag().isLifted());
        QTest::mouseMove(&map(), from + QPoint(0, 14));
        QVERIFY(map().drag().isLifted());
        QTest::mouseMove(&map(), to);
    }
    void letGo(QPoint at)
    {
        QTest::mouseRelease(&map(), Qt::LeftButton, {}, at);
        settle();
    }
    void select(const char* buffer) { m_window->selection().selectBuffer(id(buffer)); }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(&map(), key, modifiers);
        settle();
    }

private slots:
    void initTestCase() { prepareLook(); }
    void init() { openWindow(ThemeMode::Dark, {1400, 860}); }
    void cleanup() { m_window.reset(); }

    void previewNumbersAreTheCommittedPlan()
    {
        PinEditor* editor = m_window->findChild<PinEditor*>();
        take("conv1", laneOf("SSRAM"));
        QVERIFY(map().drag().target() && map().drag().target()->verdict.legal);
        QCOMPARE(map().drag().target()->pin.offset, std::optional(Bytes(0)));
        QTRY_VERIFY_WITH_TIMEOUT(editor->previewPlan() && editor->isSettled(), kWait);
        const PlanPtr preview = editor->previewPlan();
        const auto card = dragCard(map().model(), map().drag(), preview.get());
        QCOMPARE(card[0].text, QString::fromUtf8("conv1 → SSRAM at 0"));
        QVERIFY(card[2].text.contains(QString::fromUtf8("TCM  −4,704")));

        letGo(laneOf("SSRAM"));
        QCOMPARE(bankOf("conv1").id, std::string("SSRAM"));
        QVERIFY(plan().placement(id("conv1")).pinned);
        QCOMPARE(plan().peakRam, preview->peakRam);
        for (std::size_t i = 0; i < plan().buffers.size(); ++i) {
            QCOMPARE(plan().placements[i].bank, preview->placements[i].bank);
            QCOMPARE(plan().placements[i].offset, preview->placements[i].offset);
        }
        QVERIFY(!editor->previewPlan());
        QVERIFY(!map().drag().isLifted());
    }

    void settledPreviewIsTheCommittedPlan_data()
    {
        QTest::addColumn<int>("rung");
        for (const Technique rung : allTechniques()) {
            QTest::newRow(std::string(toString(rung)).c_str()) << static_cast<int>(rung);
        }
    }
    void settledPreviewIsTheCommittedPlan()
    {
        QFETCH(int, rung);
        document().setTechnique(static_cast<Technique>(rung));
        settle();
        const PlanPtr before = document().plan();
        const auto& buffers = before->buffers;
        const auto moved = std::ranges::find_if_not(buffers, &Buffer::isConstant);
        const PinTarget target{BufferId(moved - buffers.begin()), *plan().board->findBank("SSRAM"),
                               Bytes(128)};
        PinEditor editor(document());
        QSignalSpy ready(&editor, &PinEditor::previewReady);
        editor.preview(target);
        QVERIFY(!editor.isSettled());
        QTRY_VERIFY_WITH_TIMEOUT(editor.isSettled(), kWait);
        QCOMPARE(ready.count(), 2); // the first look and what a commit gives
        const PlanPtr preview = editor.previewPlan();
        QVERIFY(preview && preview->fits);

        editor.commit(target);
        settle();
        QCOMPARE(plan().peakRam, preview->peakRam);
        QCOMPARE(plan().schedule.events.size(), preview->schedule.events.size());
        QCOMPARE(plan().placement(target.buffer).offset, Bytes(128));
        for (std::size_t i = 0; i < preview->placements.size(); ++i) {
            QCOMPARE(plan().placements[i].bank, preview->placements[i].bank);
            QCOMPARE(plan().placements[i].offset, preview->placements[i].offset);
        }
    }

    void newerPreviewOvertakes()
    {
        PinEditor editor(document());
        const BankId ssram = *plan().board->findBank("SSRAM");
        for (const std::int64_t offset : {0, 64, 4'096}) {
            editor.preview({id("conv1"), ssram, Bytes(offset)});
        }
        QTRY_VERIFY_WITH_TIMEOUT(editor.isSettled() && editor.previewPlan(), kWait);
        const Plan& shown = *editor.previewPlan();
        QCOMPARE(shown.placement(*shown.findBuffer("conv1")).offset, Bytes(4'096));
        editor.endPreview();
        QVERIFY(!editor.previewPlan() && editor.isSettled());
    }

    void oneDropIsOneUndo()
    {
        const PlanPtr before = document().plan();
        take("conv1", laneOf("SSRAM"));
        letGo(laneOf("SSRAM"));
        QCOMPARE(document().undoStack().count(), 1);
        QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier);
        settle();
        QCOMPARE(bankOf("conv1").id, std::string("TCM"));
        QCOMPARE(plan().peakRam, before->peakRam);
        QVERIFY(document().settings().constraints.pins.empty());
        QTest::keyClick(m_window.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        settle();
        QCOMPARE(bankOf("conv1").id, std::string("SSRAM"));
    }

    void illegalDropSaysWhyAndChangesNothing()
    {
        take("conv1", laneOf("MRAM"));
        QVERIFY(map().drag().target() && !map().drag().target()->verdict.legal);
        const auto card = dragCard(map().model(), map().drag(), nullptr);
        QCOMPARE(card.back().text, QString("MRAM is not written at run time"));
        letGo(laneOf("MRAM"));
        QCOMPARE(document().undoStack().count(), 0);
        QCOMPARE(bankOf("conv1").id, std::string("TCM"));
        QVERIFY(m_window->notice().text().contains("MRAM is not written at run time"));
    }

    void placeAnywayKeepsAnInvalidPlan()
    {
        take("conv1", laneOf("MRAM"));
        letGo(laneOf("MRAM"));
        QTest::mouseClick(m_window->notice().action(), Qt::LeftButton);
        settle();
        QCOMPARE(bankOf("conv1").id, std::string("MRAM"));
        QVERIFY(!plan().fits);
        QVERIFY(!plan().conflicts.empty());
        document().undoStack().undo();
        settle();
        QVERIFY(plan().fits);
    }

    void escapeAndLeavingTheLanesCancel()
    {
        QSignalSpy ended(&map(), &MapWidget::dragEnded);
        take("conv1", laneOf("SSRAM"));
        QTest::keyClick(&map(), Qt::Key_Escape);
        QVERIFY(!map().drag().isLifted());
        QCOMPARE(ended.count(), 1);
        letGo(laneOf("SSRAM"));
        QCOMPARE(document().undoStack().count(), 0);

        take("conv1", QPoint(400, 3)); // the header is no bank
        QVERIFY(!map().drag().target());
        letGo(QPoint(400, 3));
        QCOMPARE(document().undoStack().count(), 0);
    }

    void clickIsNoDrag()
    {
        const QPoint at = centreOf("conv1");
        QTest::mousePress(&map(), Qt::LeftButton, {}, at);
        QTest::mouseMove(&map(), at + QPoint(5, 5));
        QTest::mouseRelease(&map(), Qt::LeftButton, {}, at + QPoint(5, 5));
        QCOMPARE(m_window->selection().buffer(), id("conv1"));
        QCOMPARE(document().undoStack().count(), 0);
    }

    void dropInTheSameBankMovesTheOthersAway()
    {
        // conv1 to offset 0, where the input lies: the planner moves the input.
        const QRectF body = map().scene().lanes[0].body;
        const QRectF rect = map().scene().find(id("conv1"))->rect;
        const QPoint to(static_cast<int>(rect.center().x()),
                        static_cast<int>(body.bottom() - rect.height() / 2 - 3));
        take("conv1", to);
        QVERIFY(map().drag().target());
        QCOMPARE(map().drag().target()->pin.offset, std::optional(Bytes(0))); // snapped over 3 px
        letGo(to);
        QCOMPARE(plan().placement(id("conv1")).offset, Bytes(0));
        QCOMPARE(plan().activationBytes, Bytes(8'800));
        QVERIFY(plan().fits);
    }

    void everythingByKeyboard()
    {
        select("conv1");
        key(Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(bankOf("conv1").id, std::string("SSRAM"));
        QVERIFY(plan().placement(id("conv1")).pinned);
        QCOMPARE(m_window->selection().buffer(), id("conv1"));
        key(Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(bankOf("conv1").id, std::string("TCM"));
        key(Qt::Key_Space); // unpinned: placed as if nothing had been
        QVERIFY(document().settings().constraints.pins.empty());
        QCOMPARE(plan().peakRam, Bytes(10'848));
        key(Qt::Key_Space);
        QCOMPARE(document().settings().constraints.pins.size(), 1U);
        QVERIFY(document().settings().constraints.pins[0].offset.has_value());
        key(Qt::Key_Z, Qt::ControlModifier);
        QVERIFY(document().settings().constraints.pins.empty());
    }

    void aWeightCopiedAroundItsStageIsUnpinnedByItsCopy()
    {
        Constraints around = constraints();
        around.staging = Staging::Around;
        around.objective = Objective::Latency; // where the copy is in the way of nothing
        document().setConstraints(around, "around");
        settle();
        around.pins = {{"conv1.weights", "SSRAM", std::nullopt}};
        document().setConstraints(around, "pin");
        settle();
        QCOMPARE(bankOf("conv1.weights").id, std::string("MRAM"));
        QCOMPARE(bankOf("conv1.weights.staged").id, std::string("SSRAM"));
        QVERIFY(plan().placement(id("conv1.weights.staged")).pinned);
        select("conv1.weights.staged");
        key(Qt::Key_Space);
        QVERIFY(constraints().pins.empty());
        QVERIFY(!plan().findBuffer("conv1.weights.staged") ||
                !plan().placement(id("conv1.weights.staged")).pinned);
    }

    void gapsByKeyboard()
    {
        select("fc1");
        const Bytes before = plan().placement(id("fc1")).offset;
        key(Qt::Key_Right, Qt::AltModifier);
        const bool moved = plan().placement(id("fc1")).offset != before;
        if (!moved) { // only where it is: then it must say so
            QVERIFY(!m_window->notice().text().isEmpty());
        }
        select("fc3");
        key(Qt::Key_Right, Qt::AltModifier);
        key(Qt::Key_Left, Qt::AltModifier);
        key(Qt::Key_Left, Qt::AltModifier);
        QVERIFY(plan().fits);
    }

    void noBankFurtherOnIsSaid()
    {
        select("conv1");
        key(Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(document().undoStack().count(), 0);
        QVERIFY(!m_window->notice().text().isEmpty());
    }

    void newPlanEndsADrag()
    {
        take("conv1", laneOf("SSRAM"));
        document().setTechnique(Technique::Unshared);
        settle();
        QVERIFY(!map().drag().isLifted());
        letGo(laneOf("SSRAM"));
        QCOMPARE(document().undoStack().count(), 1); // the technique alone
    }

    void weightsCanBeMovedToRam()
    {
        take("fc3.weights", laneOf("TCM"));
        QVERIFY(map().drag().target()->verdict.legal);
        letGo(laneOf("TCM"));
        QCOMPARE(bankOf("fc3.weights").id, std::string("TCM"));
        QVERIFY(plan().fits);
    }

    void looksRight_data()
    {
        QTest::addColumn<QString>("lane");
        QTest::newRow("drag_legal") << "SSRAM";
        QTest::newRow("drag_illegal") << "MRAM";
    }
    void looksRight()
    {
        QFETCH(QString, lane);
        map().setFixedSize(900, 560); // whatever the window's layout does meanwhile
        take("conv1", laneOf(lane.toLatin1().constData()));
        if (map().drag().target()->verdict.legal) {
            PinEditor* editor = m_window->findChild<PinEditor*>();
            QTRY_VERIFY_WITH_TIMEOUT(editor->previewPlan(), kWait);
        }
        const QString difference =
            compareWithGolden(map().grab().toImage(), QTest::currentDataTag());
        QVERIFY2(difference.isEmpty(), qPrintable(difference));
    }
};

QTEST_MAIN(TestDrag)
#include "test_drag.moc"

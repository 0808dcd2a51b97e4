// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/constraints_panel.h"
#include "app/studio/panels/notice_bar.h"
#include "tests/app/studio/window_test.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestConstraints : public WindowTest {
    Q_OBJECT

    const Constraints& made() { return document().settings().constraints; }
    ConstraintsPanel* panel() { return m_window->findChild<ConstraintsPanel*>(); }
    QLineEdit* field(const char* name)
    {
        for (QLineEdit* edit : panel()->widget()->findChildren<QLineEdit*>()) {
            if (edit->accessibleName().endsWith(QLatin1String(name))) {
                return edit;
            }
        }
        return nullptr;
    }
    void type(const char* name, const char* text)
    {
        QLineEdit* edit = field(name);
        QVERIFY(edit);
        edit->setFocus();
        edit->selectAll();
        QTest::keyClicks(edit, text);
        QTest::keyClick(edit, Qt::Key_Return);
        settle();
    }
    QStringList shown()
    {
        QStringList texts;
        for (const QLabel* label : panel()->widget()->findChildren<QLabel*>()) {
            texts += label->text();
        }
        return texts;
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init()
    {
        openWindow();
        QVERIFY(m_window->showTab("constraints"));
    }
    void cleanup() { m_window.reset(); }

    void aBudgetIsAWish()
    {
        type("TCM", "4,096 B");
        QCOMPARE(made().budgets.size(), 1U);
        QCOMPARE(made().budgets[0].bank, std::string("TCM"));
        QCOMPARE(made().budgets[0].limit, Bytes(4'096));
        // TCM is too small for the arena now: it goes elsewhere, or the plan says why not.
        const auto tcm = *document().plan()->board->findBank("TCM");
        QCOMPARE(document().plan()->banks[tcm.index()].capacity, Bytes(4'096));
        QCOMPARE(field("TCM")->text().remove(QChar(0x00a0)), QString("4,096B"));
        type("TCM", "0x2000");
        QCOMPARE(made().budgets[0].limit, Bytes(8'192));
        field("TCM")->clear();
        QTest::keyClick(field("TCM"), Qt::Key_Return);
        QVERIFY(made().budgets.empty());
        document().undoStack().undo();
        QCOMPARE(made().budgets[0].limit, Bytes(8'192));
    }

    void theStackCounts()
    {
        const Bytes before = document().plan()->peakRam;
        type("Stack reserve", "4096");
        QCOMPARE(made().stack, std::optional(Bytes(4'096)));
        QCOMPARE(document().plan()->peakRam, before + Bytes(2'048));
    }

    void rubbishIsRefused()
    {
        for (const char* text : {"many", "-5", "1e9", "99999999999999999999"}) {
            type("TCM", text);
            QVERIFY(made().budgets.empty());
            QVERIFY(m_window->notice().text().contains("no number of bytes"));
            QVERIFY(field("TCM")->text().isEmpty());
        }
        QCOMPARE(document().undoStack().count(), 0);
    }

    void pinsAreListedAndFreed()
    {
        QVERIFY(shown().filter("Nothing is pinned").size() == 1);
        Constraints constraints = made();
        constraints.pins.push_back({"conv1", "SSRAM", Bytes(64)});
        document().setConstraints(constraints, "pin");
        settle();
        QVERIFY(shown().contains(QString::fromUtf8("conv1 → SSRAM at 64")));
        const auto buttons = panel()->widget()->findChildren<QPushButton*>();
        QCOMPARE(buttons.size(), 1);
        QCOMPARE(buttons[0]->accessibleName(), QString("Unpin conv1"));
        QTest::mouseClick(buttons[0], Qt::LeftButton);
        settle();
        QVERIFY(made().pins.empty());
        QVERIFY(shown().filter("Nothing is pinned").size() == 1);
    }

    void techniquesAreChosenInOneStepEach()
    {
        const auto choose = [&](const char* name, int times) {
            for (QComboBox* box : panel()->widget()->findChildren<QComboBox*>()) {
                if (box->accessibleName() == QLatin1String(name)) {
                    box->setFocus();
                    for (int i = 0; i < times; ++i) {
                        QTest::keyClick(box, Qt::Key_Down);
                    }
                    settle();
                    return;
                }
            }
            QFAIL(name);
        };
        const Constraints before = made();
        choose("Rings", 1);
        QVERIFY(made().rings == RingForm::Rows);
        choose("Scratch", 1);
        QVERIFY(made().scratch == ScratchPolicy::Exclude);
        choose("Weights", 1);
        choose("Weights", 1);
        QVERIFY(made().staging == Staging::Resident);
        QVERIFY(document().plan()->constraints == made());
        for (int i = 0; i < 4; ++i) {
            document().undoStack().undo();
        }
        QVERIFY(made() == before);
    }

    void aRefusedPlaceCanBeTakenByKeyboard()
    {
        // The lanes end in MRAM, which is not written at run time: down there is nothing legal.
        const auto order = m_window->map().bankOrder();
        Constraints constraints = made();
        constraints.pins.push_back({"conv1", "EXT_RAM", std::nullopt});
        document().setConstraints(constraints, "pin");
        settle();
        m_window->selection().selectBuffer(*document().plan()->findBuffer("conv1"));
        m_window->map().setFocus();
        QTest::keyClick(&m_window->map(), Qt::Key_Down, Qt::AltModifier);
        QVERIFY(m_window->notice().text().contains("MRAM is not written at run time"));
        QVERIFY(m_window->notice().action()->text().contains(u'&')); // reached by Alt and a letter
        QTest::keyClick(m_window->notice().action(), Qt::Key_Space);
        settle();
        QVERIFY(!document().plan()->fits);
        QVERIFY(!m_window->canExport());
    }
};

QTEST_MAIN(TestConstraints)
#include "test_constraints.moc"

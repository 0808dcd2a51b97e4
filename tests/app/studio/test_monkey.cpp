// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/main_window.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/constraints_panel.h"
#include "app/studio/panels/explain_panel.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/panels/problems_panel.h"
#include "app/studio/panels/stage_panel.h"
#include "app/studio/theme/fonts.h"
#include "core/place/plan_checker.h"
#include "tests/app/studio/lenet.h"
#include "tests/support/soak.h"

#include <QBuffer>
#include <QComboBox>
#include <QLineEdit>
#include <QMessageBox>
#include <QPainter>
#include <QPushButton>
#include <QSvgGenerator>
#include <QTabWidget>
#include <QTest>
#include <QWheelEvent>
#include <random>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {
constexpr int kActions = 600; ///< three seeds: ten seconds
} // namespace

/// Somebody who presses everything. The same seed presses the same; the last actions before a
/// failure are printed.
class Monkey {
public:
    Monkey(MainWindow& window, unsigned seed) : m_window(window), m_random(seed) {}

    void act()
    {
        const int what = pick(18);
        m_diary.push_back(what);
        switch (what) {
        case 0:
        case 1:
        case 2:
            drag();
            break;
        case 3:
            QTest::mouseClick(&map(), Qt::LeftButton, {}, somewhere());
            break;
        case 4:
            QTest::mouseMove(&map(), somewhere());
            break;
        case 5:
        case 6:
            key();
            break;
        case 7:
            wheel();
            break;
        case 8:
            document().setTechnique(anyTechnique());
            break;
        case 9:
            board();
            break;
        case 10:
            pick(2) ? document().undoStack().undo() : document().undoStack().redo();
            break;
        case 11:
            clickAnyFix();
            break;
        case 12:
            m_window.setTheme(pick(2) ? ThemeMode::Dark : ThemeMode::Light);
            break;
        case 13:
            map().setScale(static_cast<ScaleMode>(pick(4)));
            break;
        case 14:
            m_window.resize(800 + pick(900), 500 + pick(600));
            break;
        case 15:
            panels();
            break;
        case 16:
            constraints();
            break;
        case 17:
            picture();
            break;
        }
        for (QMessageBox* box : m_window.findChildren<QMessageBox*>()) {
            box->close();
        }
    }

    QString diary() const
    {
        QString text;
        for (std::size_t i = m_diary.size() > 20 ? m_diary.size() - 20 : 0; i < m_diary.size();
             ++i) {
            text += QString::number(m_diary[i]) + u' ';
        }
        return text;
    }

private:
    Document& document() { return m_window.document(); }
    MapWidget& map() { return m_window.map(); }
    int pick(int n) { return static_cast<int>(m_random() % static_cast<unsigned>(n)); }
    Technique anyTechnique()
    {
        const auto& all = allTechniques();
        return all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))];
    }
    QPoint somewhere() { return {pick(map().width()), pick(map().height())}; }
    QPoint aBuffer()
    {
        const auto& items = map().scene().buffers;
        return items.empty() ? somewhere()
                             : items[m_random() % items.size()].rect.center().toPoint();
    }

    void drag()
    {
        const QPoint from = aBuffer();
        QTest::mousePress(&map(), Qt::LeftButton, {}, from);
        QTest::mouseMove(&map(), from + QPoint(12, 12));
        for (int i = pick(4); i > 0; --i) {
            QTest::mouseMove(&map(), somewhere());
        }
        if (pick(5) == 0) {
            QTest::keyClick(&map(), Qt::Key_Escape);
        }
        if (pick(7) == 0) { // something else happens with the buffer in hand
            document().setTechnique(anyTechnique());
        }
        map().grab();
        QTest::mouseRelease(&map(), Qt::LeftButton, {}, somewhere());
        if (pick(3) == 0 && m_window.notice().action()->isVisible()) {
            QTest::mouseClick(m_window.notice().action(), Qt::LeftButton);
        }
    }
    void key()
    {
        constexpr Qt::Key kKeys[] = {Qt::Key_W,    Qt::Key_S,     Qt::Key_A,     Qt::Key_D,
                                     Qt::Key_F,    Qt::Key_P,     Qt::Key_Up,    Qt::Key_Down,
                                     Qt::Key_Left, Qt::Key_Right, Qt::Key_Space, Qt::Key_Escape};
        const auto modifier = pick(3) ? Qt::NoModifier : Qt::AltModifier;
        QTest::keyClick(&map(), kKeys[pick(12)], modifier);
    }
    void wheel()
    {
        const QPoint at = somewhere();
        QWheelEvent event(at, map().mapToGlobal(at), {}, {0, (pick(9) - 4) * 120}, Qt::NoButton,
                          pick(2) ? Qt::NoModifier : Qt::ShiftModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&map(), &event);
    }
    void board()
    {
        auto* boards = m_window.findChild<QComboBox*>("boards");
        const int index = pick(boards->count());
        boards->setCurrentIndex(index);
        emit boards->activated(index);
    }
    void clickAnyFix()
    {
        const auto buttons = m_window.findChild<ProblemsPanel*>()->findChildren<QPushButton*>();
        if (!buttons.isEmpty()) {
            buttons[pick(int(buttons.size()))]->click();
        }
    }
    void constraints()
    {
        auto* panel = m_window.findChild<ConstraintsPanel*>();
        const auto fields = panel->findChildren<QLineEdit*>();
        if (!fields.isEmpty() && pick(3)) {
            const QStringList texts{"", "0", "12,000 B", "0x800", "-1", "twelve", "99999999999"};
            QLineEdit* field = fields[pick(int(fields.size()))];
            field->setText(texts[pick(int(texts.size()))]);
            emit field->editingFinished();
            return;
        }
        const auto unpin = panel->findChildren<QPushButton*>();
        if (!unpin.isEmpty()) {
            unpin[pick(int(unpin.size()))]->click();
        }
    }
    void picture()
    {
        QBuffer file;
        file.open(QIODevice::WriteOnly);
        QSvgGenerator generator;
        generator.setOutputDevice(&file);
        generator.setSize(map().size());
        QPainter painter(&generator);
        map().render(&painter);
    }
    void panels()
    {
        auto* explain = m_window.findChild<ExplainPanel*>();
        const QStringList links{
            "figure:peak_ram_bytes", "figure:macs", "buffer:3", "buffer:999", "stage:1", "stage:77",
            "figure:nonsense"};
        emit explain->anchorClicked(QUrl(links[pick(int(links.size()))]));
        auto* search = m_window.findChild<StagePanel*>()->findChild<QLineEdit*>();
        search->setText(pick(2) ? QString() : QString(QChar('a' + pick(26))));
        auto* tabs = m_window.findChild<QTabWidget*>();
        tabs->setCurrentIndex(pick(tabs->count()));
    }

    MainWindow& m_window;
    std::mt19937 m_random;
    std::vector<int> m_diary;
};

class TestMonkey : public QObject {
    Q_OBJECT

    /// What must hold whatever was pressed.
    static QString wrong(MainWindow& window)
    {
        const PlanPtr plan = window.document().plan();
        if (!plan) {
            return "no plan";
        }
        if (plan->fits && !checkPlan(*plan).empty()) {
            return "a plan that does not hold is shown as valid";
        }
        const Selection& selection = window.selection();
        if (selection.buffer().isValid() && selection.buffer().index() >= plan->buffers.size()) {
            return "the selection is of another plan";
        }
        if (window.map().model().planPtr() != plan) {
            return "the map shows another plan";
        }
        return {};
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }

    void pressesEverything_data()
    {
        QTest::addColumn<unsigned>("seed");
        for (const unsigned seed : {1U, 2U, 3U}) {
            QTest::addRow("seed %u", seed) << seed;
        }
    }
    void pressesEverything()
    {
        QFETCH(unsigned, seed);
        MainWindow window(ThemeMode::Dark);
        QVERIFY(bool(window.document().openNow(kLenet)));
        window.show();
        QVERIFY(window.document().waitUntilIdle(kWait));
        const PlanPtr first = window.document().plan();

        Monkey monkey(window, seed);
        for (int i = 0; i < test::soakRounds(kActions); ++i) {
            monkey.act();
            if (i % 8 == 0) {
                QVERIFY(window.document().waitUntilIdle(kWait));
                QVERIFY(!window.map().grab().isNull());
            }
            const QString reason = wrong(window);
            QVERIFY2(reason.isEmpty(), qPrintable(reason + ", after " + monkey.diary()));
        }
        // Everything can be taken back.
        while (window.document().undoStack().canUndo()) {
            window.document().undoStack().undo();
        }
        QVERIFY(window.document().waitUntilIdle(kWait));
        QVERIFY(!window.document().problem());
        QCOMPARE(window.document().plan()->peakRam, first->peakRam);
        QCOMPARE(window.document().plan()->board->id, first->board->id);
        QVERIFY(window.document().plan()->constraints == first->constraints);
    }
};

QTEST_MAIN(TestMonkey)
#include "test_monkey.moc"

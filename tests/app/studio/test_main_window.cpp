// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/grab.h"
#include "app/studio/map/map_widget.h"
#include "app/studio/panels/explain_panel.h"
#include "app/studio/panels/segment_bar.h"
#include "app/studio/panels/stage_panel.h"
#include "tests/app/studio/goldens.h"
#include "tests/app/studio/window_test.h"

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMessageBox>
#include <QStatusBar>
#include <QTemporaryFile>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestMainWindow : public WindowTest {
    Q_OBJECT

    QString explained() { return m_window->findChild<ExplainPanel*>()->toPlainText(); }
    QListView* stages() { return m_window->findChild<StagePanel*>()->findChild<QListView*>(); }
    SegmentBar* bar(const char* name)
    {
        for (SegmentBar* found : m_window->findChildren<SegmentBar*>()) {
            if (found->accessibleName() == QLatin1String(name)) {
                return found;
            }
        }
        return nullptr;
    }

private slots:
    void initTestCase() { prepareLook(); }
    void init() { openWindow(); }
    void cleanup() { m_window.reset(); }

    void panelsShowTheSameSelection()
    {
        m_window->selection().selectBuffer(*plan().findBuffer("conv1"));
        QVERIFY(explained().startsWith("conv1\n4,704"));
        QTest::mouseClick(stages()->viewport(), Qt::LeftButton, {},
                          stages()->visualRect(stages()->model()->index(1, 0)).center());
        QCOMPARE(m_window->selection().stage(), plan().schedule.order[1]);
        QVERIFY(explained().startsWith("Live at conv2"));
        m_window->selection().clear();
        QVERIFY(!stages()->currentIndex().isValid());
        QVERIFY(explained().startsWith("Peak RAM\n10,848"));
    }

    void figuresOfTheMapOpenWhenClicked()
    {
        MapWidget& map = m_window->map();
        const auto click = [&](QPointF at) {
            QTest::mouseClick(&map, Qt::LeftButton, {}, at.toPoint());
        };
        m_window->selection().selectBuffer(*plan().findBuffer("conv1"));
        click(map.scene().lanes[0].gutter.center());
        QVERIFY(!m_window->selection().buffer().isValid());
        QVERIFY(explained().contains("start-up images")); // the formula of a bank
        click(map.labels().chips[0].box.center());
        QVERIFY(explained().contains("6·14·14·4"));
        click({map.scene().columns[2].header.center().x(), map.scene().strip.body.center().y()});
        QCOMPARE(m_window->selection().stage(), plan().schedule.order[2]);
        QVERIFY(explained().startsWith("Live at fc1\n2,080"));
    }

    void explainedTermsAreLinks()
    {
        auto* explain = m_window->findChild<ExplainPanel*>();
        explain->openFigure("activation_bytes");
        QVERIFY(explained().contains("6·14·14·4"));
        const auto conv1 = *plan().findBuffer("conv1");
        emit explain->anchorClicked(QUrl(QStringLiteral("buffer:%1").arg(conv1.index())));
        QCOMPARE(m_window->selection().buffer(), conv1);
        emit explain->anchorClicked(QUrl("buffer:99999"));
        emit explain->anchorClicked(QUrl("stage:-1"));
        QCOMPARE(m_window->selection().buffer(), conv1);
    }

    void rungsShowTheirBytesAndSwitch()
    {
        SegmentBar* rungs = bar("Technique");
        const auto button = [&](Technique t) { return rungs->button(static_cast<int>(t)); };
        QVERIFY(button(Technique::Unshared)->accessibleName().contains("36,472"));
        QVERIFY(button(Technique::Liveness)->isChecked());
        QTest::mouseClick(button(Technique::Unshared), Qt::LeftButton);
        settle();
        QCOMPARE(plan().activationBytes, Bytes(36'472));
        QCOMPARE(stages()->model()->rowCount(), 7); // the pools stand alone
        document().undoStack().undo();
        settle();
        QVERIFY(button(Technique::Liveness)->isChecked());
        QCOMPARE(stages()->model()->rowCount(), 5);
    }

    void nothingHappensWhileNobodyDoesAnything()
    {
        struct LayoutRounds : QObject {
            int count = 0;
            bool eventFilter(QObject*, QEvent* event) override
            {
                count += event->type() == QEvent::LayoutRequest;
                return false;
            }
        } rounds;
        QTest::qWait(50);
        m_window->installEventFilter(&rounds);
        for (int i = 0; i < 100; ++i) {
            QCoreApplication::processEvents();
        }
        QVERIFY2(rounds.count < 3, qPrintable(QString::number(rounds.count)));
    }

    void scalesSwitchTheMap()
    {
        SegmentBar* scales = bar("Address scale");
        QTest::mouseClick(scales->button(static_cast<int>(ScaleMode::Capacity)), Qt::LeftButton);
        QCOMPARE(m_window->map().viewport().scale, ScaleMode::Capacity);
        m_window->map().setScale(ScaleMode::Log);
        QCOMPARE(scales->current(), static_cast<int>(ScaleMode::Log));
    }

    void boardsSwitchThePlan()
    {
        auto* boards = m_window->findChild<QComboBox*>("boards");
        const int hifive = boards->findData("hifive1");
        QVERIFY(hifive >= 0);
        boards->setCurrentIndex(hifive);
        emit boards->activated(hifive);
        settle();
        QCOMPARE(plan().board->id, std::string("hifive1"));
        document().undoStack().undo();
        settle();
        QCOMPARE(boards->currentData().toString(), QString("apollo4p_evb"));
    }

    void searchFiltersStages()
    {
        auto* search = m_window->findChild<StagePanel*>()->findChild<QLineEdit*>();
        QTest::keyClicks(search, "fully");
        QCOMPARE(stages()->model()->rowCount(), 3);
        search->clear();
        QCOMPARE(stages()->model()->rowCount(), 5);
    }

    void brokenFileIsSaidAndNothingIsLost()
    {
        QTemporaryFile broken;
        QVERIFY(broken.open());
        broken.write("no model");
        broken.close();
        const PlanPtr before = document().plan();
        m_window->openFile(broken.fileName());
        settle();
        auto* box = m_window->findChild<QMessageBox*>();
        QVERIFY(box && box->isVisible());
        QVERIFY(!box->text().isEmpty());
        QCOMPARE(document().plan(), before);
        QCOMPARE(m_window->windowTitle(), QString::fromUtf8("lenet5.onnx[*] — Tidemark"));
        box->close();
    }

    void statusSpeaksOfThePlan()
    {
        QStringList texts;
        for (QLabel* label : m_window->statusBar()->findChildren<QLabel*>()) {
            texts += label->text().replace(QChar(0x00a0), u' ');
        }
        QVERIFY(texts.contains("Peak RAM 10,848 B"));
        QVERIFY(texts.contains("Lower bound 8,800 B"));
        QVERIFY(texts.contains("Proven optimal"));
        m_window->selection().selectBuffer(BufferId(0));
        for (QLabel* label : m_window->statusBar()->findChildren<QLabel*>()) {
            if (label->text().startsWith("Lower bound")) {
                QTest::mouseClick(label, Qt::LeftButton);
            }
        }
        QVERIFY(explained().contains("max over events of the sum of live bytes"));
    }

    void themesSwitchWhileOpen()
    {
        m_window->setTheme(ThemeMode::Light);
        const QImage light = m_window->grab().toImage();
        m_window->setTheme(ThemeMode::Dark);
        const QImage dark = m_window->grab().toImage();
        const QPoint inMap = m_window->map().mapTo(m_window.get(), QPoint(8, 8));
        QVERIFY(light.pixelColor(inMap).lightness() > 200);
        QVERIFY(dark.pixelColor(inMap).lightness() < 60);
    }

    void welcomeMissionsHappen()
    {
        m_window->welcome();
        auto* welcome = m_window->findChild<Welcome*>();
        QVERIFY(welcome && welcome->isVisible());
        QVERIFY(m_window->map().rect().contains(welcome->geometry()));
        QTest::keyClick(welcome, Qt::Key_Escape);
        QVERIFY(!welcome->isVisible());
        emit welcome->missionChosen(Welcome::Mission::SeePeak);
        QCOMPARE(m_window->selection().buffer(), *plan().findBuffer("conv1"));
        emit welcome->missionChosen(Welcome::Mission::StopSharing);
        settle();
        QCOMPARE(plan().activationBytes, Bytes(36'472));
        emit welcome->missionChosen(Welcome::Mission::OpenFigure);
        QVERIFY(explained().contains("6·28·28·4"));
        emit welcome->missionChosen(Welcome::Mission::SmallBoard);
        settle();
        QCOMPARE(plan().board->id, std::string("hifive1"));
        QVERIFY(!plan().fits);
    }

    void looksRight_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<QSize>("size");
        QTest::newRow("window_dark") << true << QSize(1280, 760);
        QTest::newRow("window_light_small") << false << QSize(1040, 640);
        QTest::newRow("welcome") << true << QSize(1180, 800);
    }
    void looksRight()
    {
        QFETCH(bool, dark);
        QFETCH(QSize, size);
        Options options;
        options.size = size;
        m_window->setTheme(dark ? ThemeMode::Dark : ThemeMode::Light);
        if (QTest::currentDataTag() == QByteArray("welcome")) {
            m_window->welcome();
        }
        const QString difference = compareWithGolden(
            (*showForGrab(*m_window, options))->grab().toImage(), QTest::currentDataTag());
        QVERIFY2(difference.isEmpty(), qPrintable(difference));
    }
};

QTEST_MAIN(TestMainWindow)
#include "test_main_window.moc"

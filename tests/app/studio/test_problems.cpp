// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/document.h"
#include "app/studio/document/problems.h"
#include "app/studio/document/selection.h"
#include "app/studio/panels/problems_panel.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/lenet.h"

#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

class TestProblems : public QObject {
    Q_OBJECT

    Document m_document;

    std::vector<Problem> problems()
    {
        return findProblems(*m_document.plan(), m_document.settings().constraints,
                            m_document.problem());
    }
    void wish(const Constraints& constraints)
    {
        m_document.setConstraints(constraints, "test");
        QVERIFY(m_document.waitUntilIdle(kWait));
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init() { QVERIFY(bool(m_document.openNow(kLenet))); }

    void aGoodPlanHasNone() { QVERIFY(problems().empty()); }

    void aWrongPinIsMendedByItsFix()
    {
        Constraints constraints;
        constraints.pins.push_back({"conv1", "MRAM", std::nullopt});
        wish(constraints);
        const auto found = problems();
        QVERIFY(!found.empty());
        QVERIFY(found[0].blocks);
        QVERIFY(!found[0].buffers.empty());
        QCOMPARE(found[0].remedies.size(), 2U);
        QCOMPARE(found[0].remedies[0].name, QString("Pin conv1 to SSRAM"));
        QCOMPARE(found[0].remedies[1].name, QString("Unpin conv1"));
        for (const Remedy& remedy : found[0].remedies) {
            wish(remedy.constraints);
            QVERIFY(problems().empty());
            QVERIFY(m_document.plan()->fits);
        }
    }

    void aBudgetIsMendedByLiftingIt()
    {
        Constraints constraints;
        constraints.budgets.push_back({"TCM", Bytes(1'000)});
        for (const char* bank : {"SSRAM", "SSRAM_GRP1", "EXT_RAM"}) {
            constraints.budgets.push_back({bank, Bytes(100)});
        }
        wish(constraints);
        const auto found = problems();
        QVERIFY(!found.empty());
        QVERIFY(!found[0].remedies.empty());
        wish(found[0].remedies[0].constraints);
        QVERIFY(m_document.plan()->fits);
    }

    void aRungTooLowIsMendedByAHigherOne()
    {
        QVERIFY(bool(m_document.setBoard("hifive1")));
        m_document.setTechnique(Technique::Unshared);
        QVERIFY(m_document.waitUntilIdle(kWait));
        const auto found = problems();
        QVERIFY(!found.empty());
        QCOMPARE(found[0].remedies.size(), 1U);
        QCOMPARE(found[0].remedies[0].name, QString("Use Liveness"));
        wish(found[0].remedies[0].constraints);
        QVERIFY(m_document.plan()->fits);
    }

    void aRefusalNamesThePin()
    {
        m_document.setTechnique(Technique::Unshared);
        QVERIFY(m_document.waitUntilIdle(kWait));
        Constraints constraints = m_document.settings().constraints;
        constraints.pins.push_back({"pool1", "TCM", std::nullopt});
        wish(constraints);
        QVERIFY(problems().empty());
        constraints.technique = Technique::Liveness; // pool1 is no buffer there
        wish(constraints);
        const auto found = problems();
        QCOMPARE(found.size(), 1U);
        QVERIFY(found[0].blocks);
        QVERIFY(found[0].text.contains("pool1"));
        QVERIFY(!found[0].remedies.empty());
        QCOMPARE(found[0].remedies[0].name, QString("Unpin pool1"));
        wish(found[0].remedies[0].constraints);
        QVERIFY(problems().empty());
        QCOMPARE(m_document.plan()->activationBytes, Bytes(8'800));
    }

    void aPinThatIsInTheWayCanGoElsewhere()
    {
        Constraints constraints;
        constraints.budgets.push_back({"TCM", Bytes(7'000)});
        for (const char* buffer : {"image", "conv1"}) {
            constraints.pins.push_back({buffer, "TCM", std::nullopt});
        }
        wish(constraints);
        const auto found = problems();
        QVERIFY(!found.empty());
        const Plan& plan = *m_document.plan();
        QCOMPARE(found[0].buffers, plan.conflicts[0].buffers); // the smallest set, as data
        QCOMPARE(found[0].remedies.size(), plan.conflicts[0].fixes.size());
        QVERIFY(found[0].remedies[0].name.startsWith("Pin "));
        QVERIFY(found[0].remedies[1].name.startsWith("Unpin "));
        for (const Remedy& remedy : found[0].remedies) {
            QVERIFY2(!(remedy.constraints == constraints), qPrintable(remedy.name));
        }
        wish(found[0].remedies[0].constraints);
        QVERIFY(m_document.plan()->fits);
        QCOMPARE(m_document.settings().constraints.pins.size(), 2U); // moved, not dropped
        m_document.undoStack().undo();
        QVERIFY(m_document.settings().constraints == constraints); // one click, one undo
    }

    void panelOffersRemediesAndShowsBuffers()
    {
        Selection selection;
        ProblemsPanel panel(selection);
        QSignalSpy chosen(&panel, &ProblemsPanel::remedyChosen);
        panel.show();
        Constraints mended;
        mended.technique = Technique::Fused;
        const auto id = *m_document.plan()->findBuffer("conv1");
        panel.setProblems({{"TCM is over", true, {id}, {{"Unpin <x>", mended}}}},
                          m_document.plan());
        QCOMPARE(panel.count(), 1);
        bool linked = false;
        for (QLabel* label : panel.findChildren<QLabel*>()) {
            if (label->text().contains(">conv1</a>")) {
                linked = true;
                emit label->linkActivated(QString::number(id.index()));
            }
        }
        QVERIFY(linked);
        QCOMPARE(selection.buffer(), id);
        const auto buttons = panel.findChildren<QPushButton*>();
        QCOMPARE(buttons.size(), 1);
        QCOMPARE(buttons[0]->accessibleName(), QString("Unpin <x>"));
        QTest::mouseClick(buttons[0], Qt::LeftButton);
        QCOMPARE(chosen.count(), 1);
        QVERIFY(chosen[0][0].value<Remedy>().constraints.technique == Technique::Fused);
        panel.setProblems({});
        QCOMPARE(panel.count(), 0);
    }

    void aFixNamedAfterALongBufferStaysNarrow()
    {
        Selection selection;
        ProblemsPanel panel(selection);
        const QString name = "Unpin " + QString(400, 'W');
        panel.setProblems({{"TCM is over", true, {}, {{name, {}}}}});
        const QPushButton* button = panel.findChild<QPushButton*>();
        QVERIFY(button->sizeHint().width() < 300);
        QCOMPARE(button->toolTip(), name);
    }
};

QTEST_MAIN(TestProblems)
#include "test_problems.moc"

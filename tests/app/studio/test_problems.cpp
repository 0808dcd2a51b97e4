// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/document.h"
#include "app/studio/document/problems.h"
#include "app/studio/document/selection.h"
#include "app/studio/panels/problems_panel.h"
#include "app/studio/theme/fonts.h"
#include "tests/app/studio/lenet.h"

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
        QVERIFY(found[0].buffer.has_value());
        QVERIFY(!found[0].fixes.empty());
        QCOMPARE(found[0].fixes[0].name, QString("Unpin conv1"));
        wish(found[0].fixes[0].constraints);
        QVERIFY(problems().empty());
        QVERIFY(m_document.plan()->fits);
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
        QVERIFY(!found[0].fixes.empty());
        wish(found[0].fixes[0].constraints);
        QVERIFY(m_document.plan()->fits);
    }

    void aRungTooLowIsMendedByAHigherOne()
    {
        QVERIFY(bool(m_document.setBoard("hifive1")));
        m_document.setTechnique(Technique::Unshared);
        QVERIFY(m_document.waitUntilIdle(kWait));
        const auto found = problems();
        QVERIFY(!found.empty());
        QCOMPARE(found[0].fixes.size(), 1U);
        QCOMPARE(found[0].fixes[0].name, QString("Use Liveness"));
        wish(found[0].fixes[0].constraints);
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
        QVERIFY(!found[0].fixes.empty());
        QCOMPARE(found[0].fixes[0].name, QString("Unpin pool1"));
        wish(found[0].fixes[0].constraints);
        QVERIFY(problems().empty());
        QCOMPARE(m_document.plan()->activationBytes, Bytes(8'800));
    }

    void panelOffersFixesAndShowsBuffers()
    {
        Selection selection;
        ProblemsPanel panel(selection);
        QSignalSpy chosen(&panel, &ProblemsPanel::fixChosen);
        panel.show();
        Constraints mended;
        mended.technique = Technique::Fused;
        panel.setProblems({{"TCM is over", true, BufferId(3), {{"Unpin x", mended}}}});
        QCOMPARE(panel.count(), 1);
        const auto buttons = panel.findChildren<QPushButton*>();
        QCOMPARE(buttons.size(), 2);
        QTest::mouseClick(buttons[0], Qt::LeftButton);
        QCOMPARE(selection.buffer(), BufferId(3));
        QTest::mouseClick(buttons[1], Qt::LeftButton);
        QCOMPARE(chosen.count(), 1);
        QVERIFY(chosen[0][0].value<studio::Fix>().constraints.technique == Technique::Fused);
        panel.setProblems({});
        QCOMPARE(panel.count(), 0);
    }
};

QTEST_MAIN(TestProblems)
#include "test_problems.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
// What an inference costs, and what the planner is to make small: shown, chosen, undone.

#include "app/studio/document/plan_delta.h"
#include "app/studio/panels/explain_panel.h"
#include "app/studio/panels/notice_bar.h"
#include "app/studio/panels/objective_box.h"
#include "app/studio/panels/status_line.h"
#include "app/studio/theme/estimate_text.h"
#include "app/studio/theme/format.h"
#include "tests/app/studio/window_test.h"

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTemporaryDir>
#include <QTest>

using namespace tidemark;
using namespace tidemark::studio;
using namespace tidemark::studio::testing;

namespace {

const QString kSpace(QChar(0x00a0));

Estimate known(double value, const char* unit, Provenance provenance)
{
    return {value, unit, provenance, "made up for this test"};
}

/// The plan with other costs.
PlanPtr withCost(const Plan& plan, const Estimate& latency, const Estimate& energy)
{
    auto copy = std::make_shared<Plan>(plan);
    copy->cost.latency = latency;
    copy->cost.energy = energy;
    return copy;
}

} // namespace

class TestObjective : public WindowTest {
    Q_OBJECT

    QString label(const char* name)
    {
        for (const QLabel* label : m_window->status().findChildren<QLabel*>()) {
            if (label->accessibleName() == QLatin1String(name)) {
                return label->text();
            }
        }
        return {};
    }

private slots:
    void initTestCase() { QVERIFY(fonts::load()); }
    void init() { openWindow(); }
    void cleanup() { m_window.reset(); }

    void timesAndEnergiesHaveTheirUnits()
    {
        QCOMPARE(format::scaled(12'345, "us"), "12.3" + kSpace + "ms");
        QCOMPARE(format::scaled(1.5, "us"), "1.50" + kSpace + "µs");
        QCOMPARE(format::scaled(2'500'000, "us"), "2.50" + kSpace + "s");
        QCOMPARE(format::scaled(0.25, "uJ"), "250" + kSpace + "nJ");
        QCOMPARE(format::scaled(1'234'567, "instructions"), "1,234,567" + kSpace + "instructions");
        QCOMPARE(format::scaledDelta(-1'200, "us"), QChar(0x2212) + ("1.20" + kSpace + "ms"));
        QCOMPARE(format::scaledDelta(0, "us"), QString::fromUtf8("±0"));
        QCOMPARE(format::scaled(0, "uJ"), "0" + kSpace + "nJ");
    }

    void whatIsUnknownIsSaidAndNeverANumber()
    {
        const Estimate unknown;
        QCOMPARE(estimateText(unknown), QString("unknown"));
        QVERIFY(!estimateReason(unknown).isEmpty());
        const Estimate guess = known(1'500, "us", Provenance::Illustrative);
        QVERIFY(estimateText(guess).endsWith("illustrative"));
        QVERIFY(!estimateText(known(1'500, "us", Provenance::Measured)).contains("illustrative"));
        QVERIFY(estimateDelta(unknown, guess).isEmpty());
        QVERIFY(estimateDelta(guess, guess).contains("illustrative"));
    }

    void theStatusLineAndExplainShowBoth()
    {
        const PlanPtr bare = withCost(*document().plan(), {}, {});
        m_window->status().setPlan(bare);
        QCOMPARE(label("Latency"), QString("Latency unknown"));
        const PlanPtr costed = withCost(*bare, known(12'345, "us", Provenance::Illustrative),
                                        known(80, "uJ", Provenance::Datasheet));
        m_window->status().setPlan(costed);
        QVERIFY(label("Latency").contains("12.3") && label("Latency").contains("illustrative"));
        QVERIFY(label("Energy").contains("80.0") && !label("Energy").contains("illustrative"));

        auto* explain = m_window->findChild<ExplainPanel*>();
        explain->setView(std::make_shared<const PlanView>(bare));
        explain->openFigure("latency");
        QVERIFY(explain->toPlainText().contains("unknown"));
        QVERIFY(explain->toPlainText().contains(estimateReason(bare->cost.latency)));
    }

    void theChipSaysWhatAMoveCosts()
    {
        const PlanPtr before =
            withCost(*document().plan(), known(2'000, "us", Provenance::Illustrative), Estimate{});
        const PlanPtr after =
            withCost(*before, known(3'500, "us", Provenance::Illustrative), Estimate{});
        const QStringList texts = lines(difference(*before, *after));
        QVERIFY2(texts.join('\n').contains("Latency  +1.50" + kSpace + "ms illustrative"),
                 qPrintable(texts.join('\n')));
        QVERIFY(texts.join('\n').contains("Energy unknown: "));
        const PlanPtr bare = withCost(*before, {}, {});
        QVERIFY(lines(difference(*bare, *bare)).last().startsWith("Latency, energy unknown: "));
    }

    void theObjectiveIsChosenByKeyAndUndone()
    {
        auto* box = m_window->findChild<ObjectiveBox*>();
        QVERIFY(box && !box->accessibleName().isEmpty());
        QVERIFY(constraints().objective == Objective::Ram);
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        settle();
        QVERIFY(constraints().objective == Objective::Latency);
        QVERIFY(document().problem() || // where the board has no figures for it
                document().plan()->constraints.objective == Objective::Latency);
        document().undoStack().undo();
        settle();
        QVERIFY(constraints().objective == Objective::Ram);
        QCOMPARE(box->currentIndex(), 0);
    }

    void weightsAreSliders()
    {
        document().setObjective(Objective::Weighted, "weighted");
        QVERIFY(m_window->showTab("constraints"));
        settle();
        const auto slider = [this](const QString& of) -> QSlider* {
            m_window->showTab("constraints"); // a problem shows its own
            for (QSlider* s : m_window->findChildren<QSlider*>()) {
                if (s->isVisible() && s->accessibleName().endsWith(of)) {
                    return s;
                }
            }
            return nullptr;
        };
        QVERIFY(slider("Energy"));
        QCOMPARE(constraints().energyWeight, 1.0);
        const int steps = document().undoStack().count();
        QTest::keyClick(slider("Energy"), Qt::Key_Right);
        settle();
        QCOMPARE(constraints().energyWeight, 2.0);
        QCOMPARE(document().undoStack().count(), steps + 1);
        for (const char* of : {"RAM", "Latency", "Energy"}) {
            slider(of)->setValue(0); // the last one has to count
        }
        settle();
        QVERIFY(constraints().energyWeight > 0);
        QVERIFY(m_window->notice().text().contains("count"));
    }

    void numbersBecomeInt8AndFloatAgain()
    {
        auto* box = m_window->findChild<QComboBox*>("format");
        QVERIFY(box->isEnabled());
        const Bytes before = document().plan()->activationBytes;
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QVERIFY(document().isBusy()); // not on this thread
        settle();
        QVERIFY2(!document().problem(),
                 document().problem() ? document().problem()->text().c_str() : "");
        QVERIFY(document().plan()->activationBytes * 3 < before);
        QVERIFY(document().network() != document().source().fileNetwork);
        const auto quantized = document().network();
        document().setTechnique(Technique::Fused);
        settle();
        QCOMPARE(document().network(), quantized); // not made anew for every plan
        document().undoStack().undo();
        document().undoStack().undo();
        settle();
        QCOMPARE(document().plan()->activationBytes, before);
        QCOMPARE(box->currentIndex(), 0);
        document().undoStack().redo();
        settle();
        QCOMPARE(document().network(), quantized);
    }

    void floatPlansDoNotWaitForQuantising()
    {
        const PlanPtr before = document().plan();
        QSignalSpy planned(&document(), &Document::planChanged);
        document().setInt8(true);
        document().setTechnique(Technique::Unshared); // overtakes, and is of the int8 form
        document().undoStack().undo();
        document().undoStack().undo();
        QCOMPARE(document().network(), document().source().fileNetwork);
        settle();
        QCOMPARE(planned.count(), 1); // nothing in int8 arrived
        QCOMPARE(document().plan()->activationBytes, before->activationBytes);
        document().undoStack().redo();
        settle();
        QVERIFY(document().plan()->activationBytes < before->activationBytes);
    }

    void int8IsSavedAndCalibrationThatFailsIsAProblem()
    {
        document().setInt8(true);
        settle();
        const Bytes bytes = document().plan()->activationBytes;
        const QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("lenet.tidemark").toStdString();
        QVERIFY(bool(document().saveAs(file)));
        Document again;
        QVERIFY(bool(again.openNow(file)));
        QVERIFY(again.settings().int8);
        QCOMPARE(again.plan()->activationBytes, bytes);
        again.setInt8(false);
        QVERIFY(again.waitUntilIdle(kWait));
        QVERIFY(again.plan()->activationBytes > bytes);

        document().setCalibration("/nonexistent/samples.npy");
        settle();
        QVERIFY(document().problem());
        QVERIFY(document().problem()->text().find("samples.npy") != std::string::npos);
        QCOMPARE(document().plan()->activationBytes, bytes); // the last good one stays
        document().undoStack().undo();
        settle();
        QVERIFY(!document().problem());
    }

    void openingTellsHowFarItIsAndCanBeCancelled()
    {
        QSignalSpy progress(&document(), &Document::openProgress);
        QSignalSpy opened(&document(), &Document::opened);
        document().open(kLenet);
        settle();
        QCOMPARE(opened.count(), 1);
        QVERIFY(!progress.isEmpty());
        QVERIFY(progress.last()[0].toInt() <= 100);

        document().open(kLenet);
        emit document().openProgress(43);
        QVERIFY2(m_window->notice().text().contains("43"), qPrintable(m_window->notice().text()));
        QTest::mouseClick(m_window->notice().action(), Qt::LeftButton);
        QVERIFY(!document().isOpening());
        settle();
        QTest::qWait(50);
        QCOMPARE(opened.count(), 1); // what was cancelled never arrives
        QVERIFY(document().isOpen());
        QVERIFY(m_window->notice().text().isEmpty());
    }
};

QTEST_MAIN(TestObjective)
#include "test_objective.moc"

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/status_line.h"

#include "app/studio/theme/estimate_text.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QEvent>
#include <QLabel>
#include <QStyle>

namespace tidemark::studio {

namespace {

void setTone(QLabel* label, const char* tone)
{
    label->setProperty("tone", tone);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

} // namespace

StatusLine::StatusLine(QWidget* parent) : QStatusBar(parent)
{
    setSizeGripEnabled(false);
    setContentsMargins(10, 0, 10, 0);
    m_peak = add("Peak RAM", "peak_ram_bytes");
    m_bound = add("Lower bound", "lower_bound_bytes");
    m_proof = add("Proof", "lower_bound_bytes");
    m_fit = add("Fit");
    m_latency = add("Latency", "latency");
    m_energy = add("Energy", "energy");
    m_problem = add("Problem");
    m_busy = new QLabel(this);
    m_time = new QLabel(this);
    for (QLabel* label : {m_busy, m_time}) {
        label->setFont(fonts::regular(11));
        setTone(label, "faint");
        addPermanentWidget(label);
    }
    m_peak->setFont(fonts::semiBold(11));
    setTone(m_problem, "bad");
}

QLabel* StatusLine::add(const char* accessibleName, const char* figure)
{
    auto* label = new QLabel(this);
    label->setFont(fonts::regular(11));
    label->setAccessibleName(tr(accessibleName));
    label->setTextFormat(Qt::PlainText);
    label->setProperty("tone", "dim");
    if (figure) {
        label->setProperty("figure", figure);
        label->setCursor(Qt::PointingHandCursor);
        label->installEventFilter(this);
    }
    addWidget(label);
    return label;
}

bool StatusLine::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::MouseButtonRelease) {
        emit figureWanted(watched->property("figure").toString());
        return true;
    }
    return QStatusBar::eventFilter(watched, event);
}

void StatusLine::setPlan(const PlanPtr& plan)
{
    if (!plan) {
        return;
    }
    m_peak->setText(tr("Peak RAM %1").arg(format::bytes(plan->peakRam)));
    setTone(m_peak, "peak");
    m_bound->setText(tr("Lower bound %1").arg(format::bytes(plan->lowerBound.bytes)));
    const bool optimal = plan->lowerBound.status == ProofStatus::Optimal;
    m_proof->setText(
        optimal ? tr("Proven optimal")
        : plan->lowerBound.status == ProofStatus::Stopped
            ? tr("Search stopped")
            : tr("%1 above it").arg(format::bytes(plan->activationBytes - plan->lowerBound.bytes)));
    setTone(m_proof, optimal ? "good" : "dim");
    m_proof->setToolTip(QString::fromStdString(printable(plan->lowerBound.argument, 300)));
    m_fit->setText(plan->fits ? tr("Fits, checked") : tr("Does not fit"));
    setTone(m_fit, plan->fits ? "dim" : "bad");
    showEstimate(*m_latency, tr("Latency"), plan->cost.latency);
    showEstimate(*m_energy, tr("Energy"), plan->cost.energy);
    m_time->setText(m_timesHidden
                        ? QString()
                        : tr("re-plan %1").arg(format::milliseconds(plan->planMilliseconds)));
}

void StatusLine::showEstimate(QLabel& label, const QString& name, const Estimate& estimate)
{
    label.setText(QStringLiteral("%1 %2").arg(name, estimateText(estimate)));
    label.setToolTip(estimateReason(estimate));
    setTone(&label, estimate.value ? "dim" : "faint");
}

void StatusLine::setProblem(const QString& text)
{
    m_problem->setText(text);
    m_problem->setVisible(!text.isEmpty());
}

void StatusLine::setBusy(bool busy)
{
    m_busy->setText(busy && !m_timesHidden ? tr("planning …") : QString());
}

void StatusLine::hideTimes()
{
    m_timesHidden = true;
    m_time->clear();
    m_busy->clear();
}

} // namespace tidemark::studio

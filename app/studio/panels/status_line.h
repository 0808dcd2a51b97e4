// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QStatusBar>

class QLabel;

namespace tidemark::studio {

/// Peak, lower bound, proof and re-plan time of the plan; messages for a while on the left.
class StatusLine : public QStatusBar {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);

    void setPlan(const PlanPtr& plan);
    void setProblem(const QString& text); ///< why the plan shown is not the one asked for
    void setBusy(bool busy);
    /// Times differ from run to run: pictures that are compared go without.
    void hideTimes();

signals:
    void figureWanted(const QString& id); ///< a figure was clicked: open it

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void showEstimate(QLabel& label, const QString& name, const Estimate& estimate);
    QLabel* add(const char* accessibleName, const char* figure = nullptr);

    QLabel *m_peak, *m_bound, *m_proof, *m_fit, *m_latency, *m_energy, *m_problem, *m_busy, *m_time;
    bool m_timesHidden = false;
};

} // namespace tidemark::studio

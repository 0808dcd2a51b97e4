// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QObject>

namespace tidemark::studio {

/// What is selected and what the pointer is over: one object that links all panels. A buffer or a
/// stage is selected, never both. A new plan keeps the selection by name.
class Selection : public QObject {
    Q_OBJECT
public:
    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    BufferId buffer() const { return m_buffer; } ///< invalid: none
    StageId stage() const { return m_stage; }
    BufferId hoveredBuffer() const { return m_hoveredBuffer; }
    StageId hoveredStage() const { return m_hoveredStage; }

    /// Carries the selection over by name. Emits nothing: panels would meet ids of a plan they do
    /// not show yet. They read the selection when they are given the plan, right after this.
    void setPlan(const PlanPtr& plan);

    void selectBuffer(BufferId id);
    void selectStage(StageId id);
    void clear();
    void hoverBuffer(BufferId id);
    void hoverStage(StageId id);

signals:
    void changed();
    void hoverChanged();

private:
    PlanPtr m_plan;
    BufferId m_buffer, m_hoveredBuffer;
    StageId m_stage, m_hoveredStage;
};

} // namespace tidemark::studio

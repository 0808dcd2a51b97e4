// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/selection.h"

namespace tidemark::studio {

namespace {

StageId findStage(const Network& network, const std::string& name)
{
    for (std::size_t i = 0; i < network.stages.size(); ++i) {
        if (network.stages[i].name == name) {
            return StageId(i);
        }
    }
    return {};
}

} // namespace

void Selection::setPlan(const PlanPtr& plan)
{
    BufferId buffer;
    StageId stage;
    if (plan && m_plan) {
        if (m_buffer.isValid()) {
            buffer = plan->findBuffer((*m_plan)[m_buffer].name).value_or(BufferId());
        }
        if (m_stage.isValid()) {
            stage = findStage(*plan->network, (*m_plan->network)[m_stage].name);
        }
    }
    m_plan = plan;
    m_buffer = buffer;
    m_stage = stage;
    m_hoveredBuffer = {};
    m_hoveredStage = {};
}

void Selection::selectBuffer(BufferId id)
{
    if (id != m_buffer || m_stage.isValid()) {
        m_buffer = id;
        m_stage = {};
        emit changed();
    }
}

void Selection::selectStage(StageId id)
{
    if (id != m_stage || m_buffer.isValid()) {
        m_stage = id;
        m_buffer = {};
        emit changed();
    }
}

void Selection::clear()
{
    if (m_buffer.isValid() || m_stage.isValid()) {
        m_buffer = {};
        m_stage = {};
        emit changed();
    }
}

void Selection::hoverBuffer(BufferId id)
{
    if (id != m_hoveredBuffer) {
        m_hoveredBuffer = id;
        emit hoverChanged();
    }
}

void Selection::hoverStage(StageId id)
{
    if (id != m_hoveredStage) {
        m_hoveredStage = id;
        emit hoverChanged();
    }
}

} // namespace tidemark::studio

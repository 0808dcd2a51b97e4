// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/charts_panel.h"

#include "app/studio/charts/bar_chart.h"
#include "app/studio/document/selection.h"

#include <QHBoxLayout>
#include <algorithm>

namespace tidemark::studio {

ChartsPanel::ChartsPanel(Selection& selection, QWidget* parent)
    : QWidget(parent), m_selection(selection),
      m_waterfall(new BarChart(tr("Activations on each rung"))),
      m_stages(new BarChart(tr("Live bytes of each stage")))
{
    setProperty("ground", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_waterfall, 5); // seven rungs have names to show
    layout->addWidget(m_stages, 4);

    connect(m_waterfall, &BarChart::barClicked, this, [this](int rung) {
        if (rung >= 0 && rung < static_cast<int>(m_ladder.size())) {
            emit techniqueChosen(m_ladder[static_cast<std::size_t>(rung)].technique);
        }
    });
    connect(m_stages, &BarChart::barClicked, this,
            [this](int category) { m_selection.selectStage(stageOf(category)); });
    connect(m_stages, &BarChart::barHovered, this,
            [this](int category) { m_selection.hoverStage(stageOf(category)); });
    connect(&m_selection, &Selection::changed, this, &ChartsPanel::showSelection);
    connect(&m_selection, &Selection::hoverChanged, this, &ChartsPanel::showSelection);
}

void ChartsPanel::setView(PlanViewPtr view)
{
    m_view = std::move(view);
    if (m_view) {
        const BarData bars = stageBytes(*m_view->plan, m_view->live, *m_theme);
        m_positions = bars.positions;
        m_stages->setBars(bars);
    }
    showSelection();
}

void ChartsPanel::setLadder(const std::vector<Rung>& ladder)
{
    m_ladder = ladder;
    m_waterfall->setBars(waterfall(ladder, *m_theme));
}

void ChartsPanel::setTheme(const Theme& theme)
{
    m_theme = &theme;
    m_waterfall->setTheme(theme);
    m_stages->setTheme(theme);
    setLadder(m_ladder);
    setView(m_view);
}

StageId ChartsPanel::stageOf(int category) const
{
    const bool known = m_view && category >= 0 && category < std::ssize(m_positions);
    return known ? m_view->plan->schedule.order[m_positions[static_cast<std::size_t>(category)]]
                 : StageId();
}

int ChartsPanel::categoryOf(StageId stage) const
{
    if (!m_view) {
        return -1;
    }
    const auto at = std::ranges::find(m_positions, stage, [this](std::size_t position) {
        return m_view->plan->schedule.order[position];
    });
    return at == m_positions.end() ? -1 : static_cast<int>(at - m_positions.begin());
}

void ChartsPanel::showSelection()
{
    const StageId hovered = m_selection.hoveredStage();
    m_stages->highlight(categoryOf(hovered.isValid() ? hovered : m_selection.stage()));
}

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"
#include "app/studio/view_model/plan_view.h"
#include "core/explain/figure.h"

#include <QWidget>

namespace tidemark::studio {

class BarChart;
class Selection;

/// Where the bytes went: the ladder of rungs as a waterfall, and live bytes stage by stage. Bars
/// are linked with the rung switch and with the selection.
class ChartsPanel : public QWidget {
    Q_OBJECT
public:
    explicit ChartsPanel(Selection& selection, QWidget* parent = nullptr);

    void setView(PlanViewPtr view);
    void setLadder(const std::vector<Rung>& ladder);
    void setTheme(const Theme& theme);

signals:
    void techniqueChosen(tidemark::Technique technique);

private:
    StageId stageOf(int category) const;
    int categoryOf(StageId stage) const;
    void showSelection();

    Selection& m_selection;
    const Theme* m_theme = &Theme::dark();
    PlanViewPtr m_view;
    std::vector<Rung> m_ladder;
    BarChart* m_waterfall;
    BarChart* m_stages;
    std::vector<std::size_t> m_positions; ///< of the bars of m_stages
};

} // namespace tidemark::studio

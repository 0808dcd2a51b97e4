// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"
#include "app/studio/view_model/plan_view.h"

#include <QSet>
#include <QTextBrowser>

namespace tidemark::studio {

class Selection;

/// Opens figures into their formula and terms: of what is selected, else of the whole plan.
class ExplainPanel : public QTextBrowser {
    Q_OBJECT
public:
    explicit ExplainPanel(Selection& selection, QWidget* parent = nullptr);

    void setView(PlanViewPtr view);
    void setTheme(const Theme& theme);
    /// Opens a figure of the plan by id ("peak_ram_bytes") and brings it into view.
    void openFigure(const QString& id);

private:
    std::vector<const Figure*> shown() const;
    void refresh();
    void follow(const QUrl& link);
    void preview(const QUrl& link);

    Selection& m_selection;
    const Theme* m_theme = &Theme::dark();
    PlanViewPtr m_view;
    QSet<QString> m_open;
};

} // namespace tidemark::studio

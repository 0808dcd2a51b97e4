// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Ahead of the core: Qt 6.4's moc stumbles over the standard library where <compare> comes first.
#include "app/studio/panels/scrolled_panel.h"

#include "app/studio/document/document.h"
#include "app/studio/theme/theme.h"
#include "core/explore/plan_diff.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QTableWidget;

namespace tidemark::studio {

class BarChart;
class Selection;

/// The plan of the document against an earlier one or that of a file: what moved, and the
/// difference of a bank's use as a waterfall. The map of the other plan is shown beside, see
/// beforeChanged().
class ComparePanel : public ScrolledPanel {
    Q_OBJECT
public:
    ComparePanel(Document& document, Selection& selection, QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void keepCurrent();                                 ///< the plan as it is now becomes "before"
    void openBefore(const std::filesystem::path& file); ///< so does that of a model or project
    void end();

    const PlanPtr& before() const { return m_before; }
    QTableWidget* table() { return m_table; }
    QCheckBox* movedOnly() { return m_movedOnly; }
    QString summary() const;
    /// By BufferId, those of a plan that "moved only" hides; empty: none.
    std::vector<bool> dimmed(const Plan& plan) const;

signals:
    void beforeChanged(const tidemark::PlanPtr& before); ///< null: nothing is compared
    void dimmedChanged();
    void openFailed(const tidemark::Diagnostic& reason);

private:
    QWidget* makeControls();
    void setBefore(const PlanPtr& before);
    void chooseFile();
    void compare();
    void fillTable();
    void showWaterfall();

    Document& m_document;
    Selection& m_selection;
    const Theme* m_theme = &Theme::dark();
    Document m_file; ///< the plan of a file is made as any other
    PlanPtr m_before;
    PlanDiff m_diff;
    QPushButton *m_keep, *m_open, *m_end;
    QCheckBox* m_movedOnly;
    QComboBox* m_bank;
    QLabel* m_summary;
    QTableWidget* m_table;
    BarChart* m_waterfall;
};

} // namespace tidemark::studio

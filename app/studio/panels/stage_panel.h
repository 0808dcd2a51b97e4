// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/panels/stage_model.h"
#include "app/studio/theme/theme.h"

#include <QSortFilterProxyModel>
#include <QWidget>

class QLabel;
class QLineEdit;
class QListView;

namespace tidemark::studio {

class Selection;
class StageDelegate;

/// The list of stages with a search field; linked with the map through the Selection.
class StagePanel : public QWidget {
    Q_OBJECT
public:
    explicit StagePanel(Selection& selection, QWidget* parent = nullptr);
    ~StagePanel() override;

    void setPlan(const PlanPtr& plan);
    void setTheme(const Theme& theme);
    void focusSearch();

private:
    void showSelection();

    Selection& m_selection;
    StageModel m_model;
    QSortFilterProxyModel m_filtered;
    QLabel* m_title;
    QLabel* m_summary;
    QLineEdit* m_search;
    QListView* m_list;
    StageDelegate* m_delegate;
    bool m_following = false; ///< the list is being brought in line: no selection of its own
};

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/problems.h"

#include <QScrollArea>

class QLabel;
class QVBoxLayout;

namespace tidemark::studio {

class Selection;

/// What keeps the plan from being right, each with the changes that mend it.
class ProblemsPanel : public QScrollArea {
    Q_OBJECT
public:
    explicit ProblemsPanel(Selection& selection, QWidget* parent = nullptr);

    /// `plan`: the one that the problems' buffers are of; may be null without any.
    void setProblems(const std::vector<Problem>& problems, const PlanPtr& plan = {});
    int count() const { return m_count; }

signals:
    void remedyChosen(const tidemark::studio::Remedy& remedy);

private:
    QWidget* makeRow(const Problem& problem, const Plan* plan);
    QLabel* makeLinks(const std::vector<BufferId>& buffers, const Plan& plan);

    Selection& m_selection;
    QVBoxLayout* m_rows;
    int m_count = 0;
};

} // namespace tidemark::studio

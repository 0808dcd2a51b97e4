// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/problems.h"

#include <QScrollArea>

class QVBoxLayout;

namespace tidemark::studio {

class Selection;

/// What keeps the plan from being right, each with the changes that mend it.
class ProblemsPanel : public QScrollArea {
    Q_OBJECT
public:
    explicit ProblemsPanel(Selection& selection, QWidget* parent = nullptr);

    void setProblems(const std::vector<Problem>& problems);
    int count() const { return m_count; }

signals:
    void fixChosen(const tidemark::studio::Fix& fix);

private:
    QWidget* makeRow(const Problem& problem);

    Selection& m_selection;
    QVBoxLayout* m_rows;
    int m_count = 0;
};

} // namespace tidemark::studio

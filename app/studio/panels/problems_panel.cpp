// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/problems_panel.h"

#include "app/studio/document/selection.h"
#include "app/studio/theme/fonts.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace tidemark::studio {

ProblemsPanel::ProblemsPanel(Selection& selection, QWidget* parent)
    : QScrollArea(parent), m_selection(selection), m_rows(new QVBoxLayout)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setAccessibleName(tr("Problems"));
    auto* inside = new QWidget;
    inside->setProperty("ground", "panel");
    inside->setAttribute(Qt::WA_StyledBackground);
    inside->setLayout(m_rows);
    m_rows->setContentsMargins(16, 10, 16, 10);
    m_rows->setSpacing(8);
    setWidget(inside);
    setProblems({});
}

void ProblemsPanel::setProblems(const std::vector<Problem>& problems)
{
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        if (item->widget()) {
            item->widget()->deleteLater(); // a fix of this very row may be on the stack
            item->widget()->hide();
        }
        delete item;
    }
    m_count = static_cast<int>(problems.size());
    if (problems.empty()) {
        auto* nothing = new QLabel(tr("No problems: the plan fits and its checker found nothing."));
        nothing->setFont(fonts::regular(12));
        nothing->setProperty("tone", "faint");
        m_rows->addWidget(nothing);
    }
    for (const Problem& problem : problems) {
        m_rows->addWidget(makeRow(problem));
    }
    m_rows->addStretch(1);
}

QWidget* ProblemsPanel::makeRow(const Problem& problem)
{
    auto* row = new QWidget;
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    auto* mark = new QLabel(problem.blocks ? QStringLiteral("●") : QStringLiteral("○"));
    mark->setFont(fonts::regular(11));
    mark->setProperty("tone", problem.blocks ? "bad" : "faint");
    auto* text = new QLabel(problem.text);
    text->setFont(fonts::regular(12));
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    layout->addWidget(mark, 0, Qt::AlignTop);
    layout->addWidget(text, 1);
    const auto addButton = [&](const QString& name) {
        auto* button = new QPushButton(name);
        button->setFont(fonts::semiBold(11));
        button->setProperty("boxed", true);
        layout->addWidget(button, 0, Qt::AlignTop);
        return button;
    };
    if (problem.buffer) {
        connect(addButton(tr("Show")), &QPushButton::clicked, this,
                [this, buffer = *problem.buffer] { m_selection.selectBuffer(buffer); });
    }
    for (const Fix& fix : problem.fixes) {
        connect(addButton(fix.name), &QPushButton::clicked, this,
                [this, fix] { emit fixChosen(fix); });
    }
    return row;
}

} // namespace tidemark::studio

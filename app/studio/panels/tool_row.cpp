// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/tool_row.h"

#include <QBoxLayout>
#include <QEvent>

namespace tidemark::studio {

namespace {
constexpr int kBetween = 12, kBetweenLines = 6;
}

ToolRow::ToolRow(QWidget* first, QWidget* second, QWidget* parent)
    : QWidget(parent), m_first(first), m_second(second),
      m_layout(new QBoxLayout(QBoxLayout::LeftToRight, this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSizeConstraint(QLayout::SetNoConstraint); // or it would never get narrow
    m_layout->addWidget(first, 0, Qt::AlignLeft | Qt::AlignTop);
    m_layout->addWidget(second, 0, Qt::AlignRight | Qt::AlignVCenter);
    m_layout->setSpacing(kBetween);
    arrange();
}

QSize ToolRow::minimumSizeHint() const
{
    const QSize first = m_first->minimumSizeHint(), second = m_second->minimumSizeHint();
    return {std::max(first.width(), second.width()),
            m_stacked ? first.height() + kBetweenLines + second.height()
                      : std::max(first.height(), second.height())};
}

bool ToolRow::event(QEvent* event)
{
    if (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest) {
        arrange();
    }
    return QWidget::event(event);
}

void ToolRow::arrange()
{
    const bool stacked = width() < m_first->minimumSizeHint().width() + kBetween +
                                       m_second->minimumSizeHint().width();
    if (stacked == m_stacked) {
        return; // a layout that is told what it knows asks for another round, for ever
    }
    m_stacked = stacked;
    m_layout->setSpacing(stacked ? kBetweenLines : kBetween);
    m_layout->setAlignment(m_second, stacked ? Qt::AlignLeft : Qt::AlignRight | Qt::AlignVCenter);
    m_layout->setDirection(stacked ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
    updateGeometry();
}

} // namespace tidemark::studio

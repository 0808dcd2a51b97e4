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
    m_layout->addWidget(second, 0, Qt::AlignVCenter);
    arrange();
}

QSize ToolRow::minimumSizeHint() const
{
    const QSize first = m_first->minimumSizeHint(), second = m_second->minimumSizeHint();
    const bool stacked = m_layout->direction() == QBoxLayout::TopToBottom;
    return {std::max(first.width(), second.width()),
            stacked ? first.height() + kBetweenLines + second.height()
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
    const auto direction = stacked ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight;
    m_layout->setSpacing(stacked ? kBetweenLines : kBetween);
    m_layout->setAlignment(m_second, stacked ? Qt::AlignLeft : Qt::AlignRight | Qt::AlignVCenter);
    if (m_layout->direction() != direction) {
        m_layout->setDirection(direction);
        updateGeometry();
    }
}

} // namespace tidemark::studio

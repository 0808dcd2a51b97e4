// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/stage_delegate.h"

#include "app/studio/panels/stage_model.h"
#include "app/studio/theme/fonts.h"

#include <QFontMetrics>
#include <QPainter>

namespace tidemark::studio {

namespace {
constexpr int kHeight = 44;
constexpr int kMargin = 16;
constexpr int kWithMacsFrom = 230; ///< px of a line: all rows or none, so that they line up
} // namespace

QSize StageDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const
{
    return {200, kHeight};
}

void StageDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const
{
    painter->save();
    const QRect& row = option.rect;
    if (option.state.testFlag(QStyle::State_Selected)) {
        painter->fillRect(row, m_theme->selection);
    } else if (option.state.testFlag(QStyle::State_MouseOver)) {
        painter->fillRect(row, m_theme->raised);
    }
    const bool peak = index.data(StageModel::PeakRole).toBool();
    if (peak) {
        painter->fillRect(QRect(row.left(), row.top() + 6, 3, row.height() - 13), m_theme->peak);
    }
    painter->fillRect(QRect(row.left() + kMargin, row.bottom(), row.width() - kMargin, 1),
                      m_theme->hairline);

    const QRect upper(row.left() + kMargin, row.top() + 6, row.width() - 2 * kMargin, 16);
    const QRect lower = upper.translated(0, 17);
    const auto pair = [&](const QRect& line, const QString& left, const QFont& leftFont,
                          const QColor& leftColor, const QString& right, const QColor& rightColor) {
        const QFont rightFont = fonts::regular(11);
        const int taken = QFontMetrics(rightFont).horizontalAdvance(right) + 10;
        painter->setFont(rightFont);
        painter->setPen(rightColor);
        painter->drawText(line, Qt::AlignRight | Qt::AlignVCenter, right);
        painter->setFont(leftFont);
        painter->setPen(leftColor);
        painter->drawText(
            line, Qt::AlignLeft | Qt::AlignVCenter,
            QFontMetrics(leftFont).elidedText(left, Qt::ElideRight, line.width() - taken));
    };
    const QString macs = index.data(StageModel::MacsRole).toString();
    const QString shape = index.data(StageModel::ShapeRole).toString();
    pair(upper, index.data(StageModel::NameRole).toString(), fonts::semiBold(12), m_theme->text,
         index.data(StageModel::BytesRole).toString(), m_theme->text);
    const QString kind = index.data(StageModel::KindRole).toString();
    const QString both = shape + QStringLiteral("  ·  ") + macs;
    const bool withMacs = !macs.isEmpty() && lower.width() >= kWithMacsFrom;
    pair(lower, kind, fonts::regular(11), m_theme->faint, withMacs ? both : shape, m_theme->faint);
    painter->restore();
}

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/patterns.h"

#include <QPainter>
#include <QPixmap>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr int kTile = 8; ///< logical pixels

void drawPattern(QPainter& painter, Pattern pattern)
{
    constexpr double s = kTile;
    const auto diagonals = [&](bool rising) {
        for (const double shift : {-s, 0.0, s}) { // the neighbours' ends make the tile seamless
            painter.drawLine(QPointF(shift, rising ? s : 0), QPointF(shift + s, rising ? 0 : s));
        }
    };
    switch (pattern) {
    case Pattern::None:
        break;
    case Pattern::Rising:
        diagonals(true);
        break;
    case Pattern::Falling:
        diagonals(false);
        break;
    case Pattern::Crossed:
        diagonals(true);
        diagonals(false);
        break;
    case Pattern::Dots:
        painter.drawEllipse(QPointF(s / 4, s / 4), 0.7, 0.7);
        painter.drawEllipse(QPointF(3 * s / 4, 3 * s / 4), 0.7, 0.7);
        break;
    case Pattern::Horizontal:
        painter.drawLine(QPointF(0, s / 2 + 0.5), QPointF(s, s / 2 + 0.5));
        break;
    case Pattern::Vertical:
        painter.drawLine(QPointF(s / 2 + 0.5, 0), QPointF(s / 2 + 0.5, s));
        break;
    }
}

QBrush tile(Pattern pattern, const QColor& color, double pixelRatio)
{
    const int pixels = static_cast<int>(std::lround(kTile * pixelRatio));
    QPixmap pixmap(pixels, pixels);
    pixmap.setDevicePixelRatio(pixelRatio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(color, 1));
    drawPattern(painter, pattern);
    painter.end();
    return QBrush(pixmap);
}

} // namespace

Patterns::Patterns(const Theme& theme, double pixelRatio)
{
    for (std::size_t k = 0; k < kBufferKinds; ++k) {
        const KindStyle& style = theme.kinds[k];
        if (style.pattern != Pattern::None) {
            QColor color = style.edge;
            color.setAlphaF(0.38F);
            m_kinds[k] = tile(style.pattern, color, pixelRatio);
        }
    }
    QColor reserve = theme.faint;
    reserve.setAlphaF(0.45F);
    m_reserve = tile(Pattern::Rising, reserve, pixelRatio);
    QColor forbidden = theme.bad;
    forbidden.setAlphaF(0.35F);
    m_forbidden = tile(Pattern::Falling, forbidden, pixelRatio);
}

} // namespace tidemark::studio

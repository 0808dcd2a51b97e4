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

Qt::BrushStyle lines(Pattern pattern)
{
    switch (pattern) {
    case Pattern::None:
        break;
    case Pattern::Rising:
        return Qt::BDiagPattern;
    case Pattern::Falling:
        return Qt::FDiagPattern;
    case Pattern::Crossed:
        return Qt::DiagCrossPattern;
    case Pattern::Dots:
        return Qt::Dense7Pattern;
    case Pattern::Horizontal:
        return Qt::HorPattern;
    case Pattern::Vertical:
        return Qt::VerPattern;
    }
    return Qt::NoBrush;
}

} // namespace

/// `make(Pattern, QColor)` gives a brush.
template <class Make> void Patterns::fill(const Theme& theme, Make make)
{
    const auto faded = [](QColor color, float alpha) {
        color.setAlphaF(alpha);
        return color;
    };
    for (std::size_t k = 0; k < kBufferKinds; ++k) {
        const KindStyle& style = theme.kinds[k];
        if (style.pattern != Pattern::None) {
            m_kinds[k] = make(style.pattern, faded(style.edge, 0.38F));
        }
    }
    m_reserve = make(Pattern::Rising, faded(theme.faint, 0.45F));
    m_forbidden = make(Pattern::Falling, faded(theme.bad, 0.35F));
}

Patterns::Patterns(const Theme& theme, double pixelRatio)
{
    fill(theme, [pixelRatio](Pattern pattern, const QColor& color) {
        return tile(pattern, color, pixelRatio);
    });
}

QBrush Patterns::filled(BufferKind kind, const QColor& color) const
{
    const QPixmap pattern = of(kind).texture();
    if (pattern.isNull()) {
        return color;
    }
    QPixmap ground(pattern.size());
    ground.setDevicePixelRatio(pattern.devicePixelRatio());
    ground.fill(color);
    QPainter painter(&ground);
    painter.drawPixmap(0, 0, pattern);
    painter.end();
    return QBrush(ground);
}

Patterns Patterns::forVectors(const Theme& theme)
{
    Patterns patterns;
    patterns.fill(
        theme, [](Pattern pattern, const QColor& color) { return QBrush(color, lines(pattern)); });
    return patterns;
}

} // namespace tidemark::studio

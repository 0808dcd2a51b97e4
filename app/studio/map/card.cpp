// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/card.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr double kPadding = 10;
constexpr double kLine = 17;
constexpr double kFromPointer = 16;

QRectF place(QSizeF size, QPointF pointer, QSizeF room)
{
    QRectF box(pointer + QPointF(kFromPointer, kFromPointer), size);
    if (box.right() > room.width() - 4) {
        box.moveRight(pointer.x() - kFromPointer / 2);
    }
    if (box.bottom() > room.height() - 4) {
        box.moveBottom(pointer.y() - kFromPointer / 2);
    }
    box.moveLeft(std::round(std::max(4.0, box.left())));
    box.moveTop(std::round(std::max(4.0, box.top())));
    return box;
}

const QColor& colorOf(const Theme& theme, CardTone tone)
{
    switch (tone) {
    case CardTone::Title:
        return theme.text;
    case CardTone::Good:
        return theme.good;
    case CardTone::Bad:
        return theme.bad;
    case CardTone::Body:
        break;
    }
    return theme.dim;
}

} // namespace

void paintCard(QPainter& painter, MapPainter& faces, const std::vector<CardLine>& lines,
               QPointF pointer, QSizeF room)
{
    const Theme& theme = faces.theme();
    const auto faceOf = [&](const CardLine& line) -> TextFace& {
        return faces.face(line.tone == CardTone::Title ? LabelFont::Chip : LabelFont::Figure);
    };
    double width = 0;
    for (const CardLine& line : lines) {
        width = std::max(width, faceOf(line).width(line.text));
    }
    const QSizeF size(std::ceil(width) + 2 * kPadding,
                      kLine * static_cast<double>(lines.size()) + 2 * kPadding - 2);
    const QRectF box = place(size, pointer, room);

    painter.setRenderHint(QPainter::Antialiasing, true);
    painter.setPen(QPen(theme.line, 1));
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5);
    painter.setRenderHint(QPainter::Antialiasing, false);
    QPointF at = box.topLeft() + QPointF(kPadding, kPadding - 2);
    for (const CardLine& line : lines) {
        faceOf(line).draw(painter, at, line.text, colorOf(theme, line.tone));
        at.ry() += kLine;
    }
}

} // namespace tidemark::studio

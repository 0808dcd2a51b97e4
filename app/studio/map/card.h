// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/map_painter.h"

#include <QPointF>
#include <QSizeF>
#include <QString>
#include <vector>

class QPainter;

namespace tidemark::studio {

enum class CardTone { Title, Body, Good, Bad };

struct CardLine {
    QString text;
    CardTone tone = CardTone::Body;
};

/// A small card of text beside the pointer, kept inside `room`.
void paintCard(QPainter& painter, MapPainter& faces, const std::vector<CardLine>& lines,
               QPointF pointer, QSizeF room);

} // namespace tidemark::studio

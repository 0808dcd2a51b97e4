// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/card.h"
#include "app/studio/map/map_drag.h"

class QPainter;

namespace tidemark::studio {

/// Paints a drag over the map: lanes tinted or hatched with the reason, the buffer where it would
/// land, what else the preview moves, and a card of what it costs.
void paintDrag(QPainter& painter, MapPainter& faces, const MapModel& model, const MapScene& scene,
               const MapDrag& drag, const Plan* preview, QSizeF room);

/// The card: where to, then either why not or the changes of the preview.
std::vector<CardLine> dragCard(const MapModel& model, const MapDrag& drag, const Plan* preview);

} // namespace tidemark::studio

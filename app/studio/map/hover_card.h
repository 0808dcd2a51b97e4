// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/map_painter.h"

#include <QStringList>

class QPainter;

namespace tidemark::studio {

/// The full story of the buffer under the pointer, beside the pointer.
class HoverCard {
public:
    void paint(QPainter& painter, MapPainter& faces, const MapModel& model, const MapScene& scene,
               BufferId id, QPointF pointer, QSizeF room);

    /// First the name, then one fact a line.
    static QStringList lines(const MapModel& model, const MapScene& scene, BufferId id);
};

/// "conv1 to conv2", "the whole run": when a buffer occupies its bytes, in stages.
QString residencyText(const Plan& plan, const Buffer& buffer);

} // namespace tidemark::studio

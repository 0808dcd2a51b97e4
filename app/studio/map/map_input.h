// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>

class QEvent;
class QKeyEvent;
class QMouseEvent;
class QWheelEvent;

namespace tidemark::studio {

class MapWidget;

/// What the mouse and the keyboard mean on the map.
///
/// Move: preview. Click: select; on empty ground: clear. Drag a buffer: move it, with Alt freely.
/// Drag the top of a lane or its capacity line: the bank's budget. Drag empty ground: pan. Wheel:
/// zoom at the pointer, with Shift pan. W S: zoom, A D: pan, F: everything. P: to the peak. Arrows:
/// to the next buffer. Alt+Up, Alt+Down: the selected buffer to another bank; Alt+Left, Alt+Right:
/// to the next gap below or above. Space: pin or unpin it. Esc: let go of a drag, else clear.
class MapInput {
public:
    explicit MapInput(MapWidget& map) : m_map(map) {}

    /// True if the event was for the map.
    bool handle(QEvent& event);

    QPointF pointer() const { return m_pointer; }

private:
    bool press(const QMouseEvent& event);
    bool move(const QMouseEvent& event);
    bool release(const QMouseEvent& event);
    bool wheel(const QWheelEvent& event);
    bool key(const QKeyEvent& event);
    bool moveKey(const QKeyEvent& event);
    bool clickFigure(QPointF at); ///< headers, chips, gutters, the strip
    void hover(QPointF position);

    MapWidget& m_map;
    QPointF m_pointer;
    QPointF m_pressedAt;
    bool m_pressed = false;
    bool m_panning = false;
};

} // namespace tidemark::studio

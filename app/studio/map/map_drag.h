// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/document/placement_rules.h"
#include "app/studio/map/map_scene.h"

#include <QPointF>
#include <optional>
#include <vector>

namespace tidemark::studio {

/// Where the buffer in hand would land.
struct DropTarget {
    PinTarget pin;
    std::size_t lane = 0; ///< index into MapScene::lanes
    QRectF ghost;
    Verdict verdict;
};

/// A buffer taken by the mouse: press, lift after kLift pixels, move over lanes, let go. Arithmetic
/// only; the scene must stay the same while a drag lasts.
class MapDrag {
public:
    static constexpr double kLift = 10;       ///< px from the press to lifting
    static constexpr double kSnapReach = 8;   ///< px
    static constexpr double kLeastGhost = 14; ///< px of height, so that a small buffer is seen

    void press(QPointF at, BufferId buffer);
    /// True if something changed. `freely`: no snapping but to the alignment.
    bool move(QPointF at, const MapModel& model, const MapScene& scene, bool freely);
    void end() { m_state = State::Idle; }

    bool isPressed() const { return m_state == State::Pressed; }
    bool isLifted() const { return m_state == State::Lifted; }
    BufferId buffer() const { return m_buffer; }
    QPointF pointer() const { return m_pointer; }
    /// For each lane of the scene, whether the buffer may go there at all.
    const std::vector<Verdict>& lanes() const { return m_lanes; }
    /// Nothing: outside the lanes, or back where it was taken.
    const std::optional<DropTarget>& target() const { return m_target; }

private:
    enum class State { Idle, Pressed, Lifted };

    void lift(const MapModel& model, const MapScene& scene);
    std::optional<DropTarget> targetAt(QPointF at, const MapModel& model, const MapScene& scene,
                                       bool freely) const;
    QRectF ghostAt(const DrawnLane& lane, Bytes offset, Bytes bytes) const;

    State m_state = State::Idle;
    BufferId m_buffer;
    QPointF m_pressedAt, m_pointer;
    QRectF m_rect;     ///< of the buffer as drawn
    double m_grab = 0; ///< from the buffer's lower edge up to the pointer
    std::vector<Verdict> m_lanes;
    std::vector<std::vector<Bytes>> m_snaps; ///< by lane of the scene
    std::optional<DropTarget> m_target;
};

} // namespace tidemark::studio

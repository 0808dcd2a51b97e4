// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/map_scene.h"
#include "core/model/bytes.h"

#include <QPointF>
#include <optional>

namespace tidemark::studio {

/// The capacity line of a bank in the mouse's hand: from the top of its lane, or from the line
/// itself, down to a budget; beyond the top there is none. Arithmetic only.
class BudgetDrag {
public:
    static constexpr double kReach = 4;   ///< px from a line that still take it
    static constexpr double kBeyond = 12; ///< px above the lane that take the budget away

    /// The lane whose line is at `at`; index into MapScene::lanes.
    static std::optional<std::size_t> lineAt(QPointF at, const MapScene& scene);

    void press(QPointF at, std::size_t lane);
    void move(QPointF at, const MapScene& scene);
    void end() { *this = {}; }

    bool isActive() const { return m_lane.has_value(); }
    bool hasMoved() const { return m_moved; }
    std::size_t lane() const { return *m_lane; }
    double y() const { return m_y; }
    /// What the bank may hold; nothing: all of it.
    std::optional<Bytes> limit() const { return m_limit; }

private:
    std::optional<std::size_t> m_lane;
    double m_pressedY = 0, m_y = 0;
    bool m_moved = false;
    std::optional<Bytes> m_limit;
};

} // namespace tidemark::studio

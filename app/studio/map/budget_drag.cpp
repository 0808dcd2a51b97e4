// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/budget_drag.h"

#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

/// Budgets are round: about a hundredth of the lane, as a power of two.
std::int64_t stepOf(std::int64_t top)
{
    std::int64_t step = 16;
    while (step * 128 < top) {
        step *= 2;
    }
    return step;
}

} // namespace

std::optional<std::size_t> BudgetDrag::lineAt(QPointF at, const MapScene& scene)
{
    for (std::size_t i = 0; i < scene.lanes.size(); ++i) {
        const DrawnLane& lane = scene.lanes[i];
        const double line = lane.capacityY.value_or(lane.frame.top());
        if (std::abs(at.y() - line) <= kReach && at.x() >= lane.frame.left() &&
            at.x() <= lane.frame.right()) {
            return i;
        }
    }
    return std::nullopt;
}

void BudgetDrag::press(QPointF at, std::size_t lane)
{
    m_lane = lane;
    m_pressedY = m_y = at.y();
    m_moved = false;
}

void BudgetDrag::move(QPointF at, const MapScene& scene)
{
    const DrawnLane& lane = scene.lanes[*m_lane];
    m_moved |= std::abs(at.y() - m_pressedY) > kReach;
    if (at.y() < lane.frame.top() - kBeyond) {
        m_y = lane.frame.top();
        m_limit.reset();
        return;
    }
    const double fraction =
        std::clamp((lane.body.bottom() - at.y()) / std::max(1.0, lane.body.height()), 0.0, 1.0);
    const std::int64_t step = stepOf(lane.scale.top());
    const std::int64_t address = lane.scale.addressAt(fraction);
    m_limit = Bytes(std::max(step, (address + step / 2) / step * step));
    m_y = std::clamp(lane.yOf(m_limit->count()), lane.frame.top(), lane.body.bottom());
}

} // namespace tidemark::studio

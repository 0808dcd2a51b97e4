// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_drag.h"

#include <algorithm>
#include <cmath>

namespace tidemark::studio {

void MapDrag::press(QPointF at, BufferId buffer)
{
    m_state = State::Pressed;
    m_buffer = buffer;
    m_pressedAt = m_pointer = at;
    m_target.reset();
}

bool MapDrag::move(QPointF at, const MapModel& model, const MapScene& scene, bool freely)
{
    m_pointer = at;
    if (m_state == State::Pressed) {
        const QPointF way = at - m_pressedAt;
        if (std::hypot(way.x(), way.y()) < kLift) {
            return false;
        }
        lift(model, scene);
    }
    if (m_state != State::Lifted) {
        return false;
    }
    m_target = targetAt(at, model, scene, freely);
    return true;
}

void MapDrag::lift(const MapModel& model, const MapScene& scene)
{
    const DrawnBuffer* item = scene.find(m_buffer);
    if (!item) {
        m_state = State::Idle;
        return;
    }
    m_state = State::Lifted;
    m_rect = item->rect;
    m_grab = std::clamp(m_rect.bottom() - m_pressedAt.y(), 0.0, m_rect.height());
    m_lanes.clear();
    m_snaps.clear();
    for (const DrawnLane& lane : scene.lanes) {
        const BankId bank = model.lanes()[lane.lane].bank;
        m_lanes.push_back(judge(model.plan(), {m_buffer, bank, std::nullopt}));
        m_snaps.push_back(snapOffsets(model.plan(), m_buffer, bank));
    }
}

std::optional<DropTarget> MapDrag::targetAt(QPointF at, const MapModel& model,
                                            const MapScene& scene, bool freely) const
{
    const DrawnLane* lane = scene.laneAt(at);
    if (!lane) {
        return std::nullopt;
    }
    const Plan& plan = model.plan();
    DropTarget target;
    target.lane = static_cast<std::size_t>(lane - scene.lanes.data());
    target.pin = {m_buffer, model.lanes()[lane->lane].bank, std::nullopt};

    const Placement& now = plan.placement(m_buffer);
    target.verdict = m_lanes[target.lane];
    if (plan[m_buffer].isConstant() || !target.verdict.legal) {
        if (now.bank == target.pin.bank) {
            return std::nullopt;
        }
        // Constants never move, the planner stacks them; where nothing may go no place is better.
        target.ghost = ghostAt(*lane, model.lanes()[lane->lane].use.planned, plan[m_buffer].bytes);
        return target;
    }
    const double height = std::max(1.0, lane->body.height());
    const double wanted = (lane->body.bottom() - (at.y() + m_grab)) / height;
    const Bytes here(lane->scale.addressAt(wanted));
    const Bytes reach = Bytes(lane->scale.addressAt(wanted + kSnapReach / height)) - here;
    const Bytes offset =
        snapped(m_snaps[target.lane], here, freely ? Bytes(-1) : reach, plan[m_buffer].alignment);
    if (now.bank == target.pin.bank && now.offset == offset) {
        return std::nullopt;
    }
    target.pin.offset = offset;
    if (target.verdict.legal) {
        target.verdict = judge(plan, target.pin);
    }
    target.ghost = ghostAt(*lane, offset, plan[m_buffer].bytes);
    return target;
}

QRectF MapDrag::ghostAt(const DrawnLane& lane, Bytes offset, Bytes bytes) const
{
    const double bottom = lane.yOf(offset.count());
    const double natural = bottom - lane.yOf((offset + bytes).count());
    const double shown = std::max(natural, std::min(kLeastGhost, lane.frame.height()));
    return {m_rect.left(), std::max(lane.frame.top(), bottom - shown), m_rect.width(), shown};
}

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_scene.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidemark::studio {

double DrawnLane::yOf(std::int64_t address) const
{
    return body.bottom() - scale.fraction(address) * body.height();
}

QRectF MapScene::rectOf(const DrawnAccess& access) const
{
    const QRectF& item = buffers[access.item].rect;
    return {QPointF(access.left, item.top()), QPointF(access.right, item.bottom())};
}

QRectF MapScene::marksOf(const DrawnAccess& access) const
{
    constexpr double kRoom = 4; // widths of the marks that must remain for a label
    const QRectF rect = rectOf(access);
    const int arrows = access.reads && access.writes ? 2 : 1;
    const double width = arrows * kMarkWidth + (arrows - 1) * kMarkMargin;
    if (rect.height() < kMarkHeight + 2 * kMarkMargin ||
        rect.width() < kRoom * width + 2 * kMarkMargin) {
        return {};
    }
    const double top = std::min(kMarkMargin + 1, (rect.height() - kMarkHeight) / 2);
    const auto snapped = [this](double v) { return std::round(v * pixelRatio) / pixelRatio; };
    return {snapped(rect.right() - kMarkMargin - 1 - width), snapped(rect.top() + top), width,
            kMarkHeight};
}

const DrawnBuffer* MapScene::find(BufferId id) const
{
    if (!id.isValid() || id.index() >= itemOfBuffer.size() || itemOfBuffer[id.index()] < 0) {
        return nullptr;
    }
    return &buffers[static_cast<std::size_t>(itemOfBuffer[id.index()])];
}

const DrawnBuffer* MapScene::hit(QPointF position) const
{
    const auto within = [&](const DrawnBuffer& item) { return item.rect.contains(position); };
    const auto exact = std::find_if(buffers.rbegin(), buffers.rend(), within);
    if (exact != buffers.rend()) {
        return &*exact;
    }
    constexpr double kReach = 2;
    const auto near = [&](const DrawnBuffer& item) {
        return item.rect.adjusted(-kReach, -kReach, kReach, kReach).contains(position);
    };
    const auto close = std::find_if(buffers.rbegin(), buffers.rend(), near);
    return close != buffers.rend() ? &*close : nullptr;
}

BufferId MapScene::neighbour(BufferId from, Direction direction) const
{
    const DrawnBuffer* start = find(from);
    if (!start) {
        return {};
    }
    const bool sideways = direction == Direction::Left || direction == Direction::Right;
    const double sign = direction == Direction::Left || direction == Direction::Up ? -1 : 1;
    const auto along = [&](const QRectF& r) { return sideways ? r.left() : r.center().y(); };
    const auto across = [&](const QRectF& r) { return sideways ? r.center().y() : r.left(); };
    BufferId nearest;
    double best = std::numeric_limits<double>::max();
    for (const DrawnBuffer& item : buffers) {
        const double ahead = sign * (along(item.rect) - along(start->rect));
        const double aside = std::abs(across(item.rect) - across(start->rect));
        // Straight ahead is nearer than aside; a weight's column decides like any other edge.
        const double distance = ahead + 2 * aside;
        if (ahead > 0.5 && distance < best) {
            best = distance;
            nearest = item.id;
        }
    }
    return nearest;
}

const DrawnLane* MapScene::laneAt(QPointF position) const
{
    const auto at = std::ranges::find_if(lanes, [&](const DrawnLane& lane) {
        return lane.frame.contains(position) || lane.gutter.contains(position);
    });
    return at != lanes.end() ? &*at : nullptr;
}

const DrawnColumn* MapScene::columnAt(QPointF position) const
{
    const auto at = std::ranges::find_if(columns, [&](const DrawnColumn& column) {
        return column.header.left() <= position.x() && position.x() < column.header.right();
    });
    return position.x() >= left && position.x() < right && at != columns.end() ? &*at : nullptr;
}

} // namespace tidemark::studio

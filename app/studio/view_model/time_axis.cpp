// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/view_model/time_axis.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

/// Stages by first event, those that overlap in time joined.
std::vector<Column> joinStages(const Schedule& schedule)
{
    std::vector<StageId> order(schedule.stageEvents.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        order[i] = StageId(i);
    }
    std::ranges::stable_sort(order, {}, [&](StageId id) { return schedule[id].first; });

    std::vector<Column> columns;
    for (const StageId id : order) {
        const EventRange range = schedule[id];
        if (columns.empty() || range.first.index() >= columns.back().endEvent) {
            columns.push_back({range.first.index(), range.last.index() + 1, {id}});
        } else {
            columns.back().stages.push_back(id);
            columns.back().endEvent = std::max(columns.back().endEvent, range.last.index() + 1);
        }
    }
    return columns;
}

} // namespace

TimeAxis::TimeAxis(const Schedule& schedule)
{
    const std::size_t events = schedule.events.size();
    if (events == 0) {
        return;
    }
    m_columns = joinStages(schedule);
    if (m_columns.empty()) {
        m_columns.push_back({0, events, {}});
    }
    // Input rows that arrive between two columns belong to the one that waits for them.
    std::size_t next = 0;
    for (Column& column : m_columns) {
        column.firstEvent = next;
        next = column.endEvent;
    }
    m_columns.back().endEvent = events;

    m_units.reserve(events + 1);
    m_columnOfStage.resize(schedule.stageEvents.size());
    double unit = 0;
    for (std::size_t c = 0; c < m_columns.size(); ++c) {
        Column& column = m_columns[c];
        column.unit = unit;
        column.width = static_cast<double>(std::max<std::size_t>(1, column.stages.size()));
        const double step = column.width / static_cast<double>(column.endEvent - column.firstEvent);
        for (std::size_t e = column.firstEvent; e < column.endEvent; ++e) {
            m_units.push_back(unit + step * static_cast<double>(e - column.firstEvent));
        }
        for (const StageId id : column.stages) {
            m_columnOfStage[id.index()] = c;
        }
        unit += column.width;
    }
    m_units.push_back(unit);
}

EventId TimeAxis::eventAt(double unit) const
{
    const auto after = std::ranges::upper_bound(m_units, unit);
    const auto boundary = after - m_units.begin() - 1;
    return EventId(static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(boundary, 0, static_cast<std::ptrdiff_t>(eventCount()) - 1)));
}

std::size_t TimeAxis::columnOf(EventId event) const
{
    const auto after = std::ranges::upper_bound(m_columns, event.index(), {}, &Column::firstEvent);
    return static_cast<std::size_t>(after - m_columns.begin()) - 1;
}

double TimeAxis::narrowestEvent() const
{
    double narrowest = 1;
    for (const Column& column : m_columns) {
        narrowest = std::min(
            narrowest, column.width / static_cast<double>(column.endEvent - column.firstEvent));
    }
    return narrowest;
}

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/schedule/schedule.h"

#include <cstddef>
#include <vector>

namespace tidemark::studio {

/// A contiguous run of events that is one column of the map: one stage, or, in a cascade, stages
/// that run row by row in turn and so cannot be told apart in time.
struct Column {
    std::size_t firstEvent = 0, endEvent = 0; ///< half-open
    std::vector<StageId> stages;              ///< by their first event; empty: input rows only
    double unit = 0;                          ///< left edge on the axis
    double width = 1;                         ///< 1 per stage
};

/// The plan's events laid out on a line of units: every stage is one unit wide however many rows it
/// has, its events share that unit evenly. Positions between events are called boundaries:
/// event e lies between boundary e and boundary e + 1.
class TimeAxis {
public:
    TimeAxis() = default;
    explicit TimeAxis(const Schedule& schedule);

    const std::vector<Column>& columns() const { return m_columns; }
    std::size_t eventCount() const { return m_units.empty() ? 0 : m_units.size() - 1; }
    double span() const { return m_units.empty() ? 0 : m_units.back(); }

    double unitOfBoundary(std::size_t boundary) const { return m_units[boundary]; }
    double begin(EventRange range) const { return m_units[range.first.index()]; }
    double end(EventRange range) const { return m_units[range.last.index() + 1]; }

    /// The event at `unit`, clamped to the axis. The axis must not be empty.
    EventId eventAt(double unit) const;
    /// Index into columns(); the axis must not be empty.
    std::size_t columnOf(EventId event) const;
    std::size_t columnOf(StageId stage) const { return m_columnOfStage[stage.index()]; }
    /// The narrowest event: what bounds a useful zoom.
    double narrowestEvent() const;

private:
    std::vector<Column> m_columns;
    std::vector<double> m_units; ///< by boundary
    std::vector<std::size_t> m_columnOfStage;
};

} // namespace tidemark::studio

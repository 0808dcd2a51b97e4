// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/view_model/live_bytes.h"
#include "app/studio/view_model/staircase.h"
#include "app/studio/view_model/time_axis.h"
#include "core/place/plan.h"

#include <vector>

namespace tidemark::studio {

/// What a bank is used for in this plan, which decides how much height its lane deserves.
enum class LaneRole {
    Working,   ///< holds buffers that come and go
    Constants, ///< holds constants only
    Empty,
};

/// One bank with what lies in it.
struct LaneModel {
    BankId bank;
    LaneRole role = LaneRole::Empty;
    BankUse use;
    std::vector<BufferId> buffers;   ///< largest first, so that small ones are drawn on top
    std::vector<std::int64_t> edges; ///< addresses where buffers start and end, sorted
};

/// Bytes of arena buffers that are resident at each event, over all banks.
struct LiveProfile {
    std::vector<std::int64_t> bytes; ///< by event
    std::int64_t peak = 0;
    EventRange peakEvents; ///< first run of events that reach the peak
    /// The peak lasts the whole run (nothing shares bytes): then no moment of it deserves a mark.
    bool isFlat() const
    {
        return peakEvents.first.index() == 0 && peakEvents.last.index() + 1 == bytes.size();
    }
};

/// Everything about a plan that the map draws and that no zoom changes. Made once per plan.
class MapModel {
public:
    MapModel() = default;
    explicit MapModel(const PlanPtr& plan);
    /// `live`: liveBytes() of the plan.
    MapModel(PlanPtr plan, const std::vector<KindBytes>& live);

    bool isEmpty() const { return !m_plan || m_axis.eventCount() == 0; }
    const Plan& plan() const { return *m_plan; }
    const PlanPtr& planPtr() const { return m_plan; }
    const TimeAxis& axis() const { return m_axis; }
    /// Indexed by BankId.
    const std::vector<LaneModel>& lanes() const { return m_lanes; }
    /// Lanes from top to bottom: the default RAM, the other banks written at run time, those that
    /// are not. Of the board alone: lanes stay where they are when buffers move.
    const std::vector<std::size_t>& laneOrder() const { return m_laneOrder; }
    const LiveProfile& live() const { return m_live; }
    Bytes liveBytesAt(double unit) const
    {
        return Bytes(m_live.bytes[m_axis.eventAt(unit).index()]);
    }
    /// The lane that holds most of what comes and goes: where the peak is.
    std::size_t peakLane() const { return m_peakLane; }
    const std::vector<StairStep>& stairs(BufferId id) const { return m_stairs[id.index()]; }

private:
    void fillLanes();
    void fillLive(const std::vector<KindBytes>& live);
    void fillStairs();

    PlanPtr m_plan;
    TimeAxis m_axis;
    std::vector<LaneModel> m_lanes; ///< indexed by BankId
    LiveProfile m_live;
    std::vector<std::size_t> m_laneOrder;
    std::size_t m_peakLane = 0;
    std::vector<std::vector<StairStep>> m_stairs; ///< indexed by BufferId
};

} // namespace tidemark::studio

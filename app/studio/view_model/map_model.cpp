// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/view_model/map_model.h"

#include <algorithm>

namespace tidemark::studio {

namespace {

/// Staircases are for reading by eye and cost the square of their rows; a plan past this is drawn
/// in rectangles. Every teaching model stays below a hundredth of it.
constexpr std::int64_t kStairBudget = 4'000'000;

} // namespace

MapModel::MapModel(const PlanPtr& plan) : MapModel(plan, liveBytes(*plan))
{
}

MapModel::MapModel(PlanPtr plan, const std::vector<KindBytes>& live)
    : m_plan(std::move(plan)), m_axis(m_plan->schedule)
{
    fillLanes();
    if (!isEmpty()) {
        fillLive(live);
        fillStairs();
    }
}

void MapModel::fillLanes()
{
    m_lanes.resize(m_plan->board->banks.size());
    for (std::size_t i = 0; i < m_lanes.size(); ++i) {
        m_lanes[i].bank = BankId(i);
        m_lanes[i].use = i < m_plan->banks.size() ? m_plan->banks[i] : BankUse{};
        if (m_lanes[i].use.stack > Bytes(0)) {
            m_lanes[i].role = LaneRole::Working;
        }
    }
    for (std::size_t i = 0; i < m_plan->buffers.size(); ++i) {
        const Buffer& buffer = m_plan->buffers[i];
        const Placement& placement = m_plan->placements[i];
        LaneModel& lane = m_lanes[placement.bank.index()];
        lane.buffers.push_back(BufferId(i));
        lane.edges.push_back(placement.offset.count());
        lane.edges.push_back((placement.offset + buffer.bytes).count());
        if (buffer.isArena()) {
            lane.role = LaneRole::Working;
        } else if (lane.role == LaneRole::Empty) {
            lane.role = LaneRole::Constants;
        }
    }
    for (LaneModel& lane : m_lanes) {
        std::ranges::stable_sort(lane.buffers, std::ranges::greater{},
                                 [this](BufferId id) { return (*m_plan)[id].bytes; });
        std::ranges::sort(lane.edges);
        lane.edges.erase(std::unique(lane.edges.begin(), lane.edges.end()), lane.edges.end());
    }
    const auto busiest = std::ranges::max_element(m_lanes, {}, [](const LaneModel& lane) {
        return lane.role == LaneRole::Working ? lane.use.planned : Bytes(-1);
    });
    m_peakLane = static_cast<std::size_t>(busiest - m_lanes.begin());
    for (std::size_t i = 0; i < m_lanes.size(); ++i) {
        m_laneOrder.push_back(i);
    }
    std::ranges::stable_sort(m_laneOrder, {}, [this](std::size_t lane) {
        const Board& board = *m_plan->board;
        return BankId(lane) == board.defaultRam ? 0 : board.banks[lane].readOnlyAtRunTime ? 2 : 1;
    });
}

void MapModel::fillLive(const std::vector<KindBytes>& live)
{
    for (const KindBytes& bytes : live) {
        m_live.bytes.push_back(sumOf(bytes));
    }
    const auto peak = std::ranges::max_element(m_live.bytes);
    m_live.peak = *peak;
    const auto end =
        std::find_if(peak, m_live.bytes.end(), [&](std::int64_t b) { return b != *peak; });
    m_live.peakEvents = {EventId(static_cast<std::size_t>(peak - m_live.bytes.begin())),
                         EventId(static_cast<std::size_t>(end - m_live.bytes.begin()) - 1)};
}

void MapModel::fillStairs()
{
    m_stairs.resize(m_plan->buffers.size());
    std::int64_t budget = kStairBudget;
    for (std::size_t i = 0; i < m_plan->buffers.size() && budget > 0; ++i) {
        const Buffer& buffer = m_plan->buffers[i];
        const std::int64_t rows = buffer.value ? (*m_plan->network)[*buffer.value].rows : 0;
        budget -= buffer.storedRows > 0 ? rows : rows * rows;
        if (budget > 0) {
            m_stairs[i] = staircase(*m_plan, buffer);
        }
    }
}

} // namespace tidemark::studio

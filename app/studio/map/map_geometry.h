// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/map/fold_table.h"
#include "app/studio/map/map_scene.h"

#include <utility>

namespace tidemark::studio {

/// The arithmetic of the map: a plan and a viewport give the position of everything drawn. No
/// widget, no font, no colour, so that it is tested without a window. Keep one object and call
/// layOut() again: its vectors are reused.
class MapGeometry {
public:
    const MapScene& layOut(const MapModel& model, const MapViewport& viewport);
    const MapScene& scene() const { return m_scene; }
    const MapMetrics& metrics() const { return m_metrics; }

    /// The largest useful zoom: the narrowest event fills a third of the view.
    static double greatestZoom(const MapModel& model);
    /// `viewport` with zoom and scroll brought into their ranges.
    static MapViewport clamped(MapViewport viewport, const MapModel& model);
    /// Zooms by `factor`, keeping the unit at x (of the scene as it is) where it is.
    MapViewport zoomed(MapViewport viewport, const MapModel& model, double factor, double x) const;
    /// The scroll that brings `range` into view, changed as little as possible.
    static MapViewport revealing(MapViewport viewport, const MapModel& model, EventRange range);

private:
    void fitMetrics(const MapModel& model, double height);
    void scaleLanes(const MapModel& model, ScaleMode wanted);
    void layOutAxis(const MapModel& model, const MapViewport& viewport);
    void layOutLanes(const MapModel& model, const MapViewport& viewport);
    void layOutLane(const MapModel& model, DrawnLane& lane);
    void layOutBuffers(const MapModel& model);
    void addBuffer(const MapModel& model, std::size_t laneIndex, BufferId id);
    void addFills(const MapModel& model, const DrawnLane& lane, std::size_t item);
    bool addStairs(const MapModel& model, const DrawnLane& lane, const DrawnBuffer& item);
    void layOutStrip(const MapModel& model);

    double snapped(double v) const;
    QRectF snappedRect(double left, double top, double right, double bottom) const;
    PixelRect pixels(const QRectF& rect) const;
    std::vector<PixelRect>& fills(BufferKind kind, Tone tone);

    MapMetrics m_metrics;
    MapScene m_scene;
    double m_pixelRatio = 1;
    FoldTable m_folds;

    // Scales and the spans of buffers on them depend on the plan alone: kept while zooming.
    PlanPtr m_scaledPlan;
    ScaleMode m_scaledMode = ScaleMode::Auto;
    std::vector<std::pair<LaneScale, ScaleMode>> m_scales; ///< by BankId
    std::vector<std::pair<double, double>> m_spans;        ///< fractions, by BufferId
};

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_geometry.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace tidemark::studio {

namespace {

constexpr double kRowLinesFrom = 7;    ///< px between two rows before they get a line
constexpr double kRowNumbersFrom = 24; ///< px of a row before it is numbered
constexpr double kTickGap = 34;        ///< px between two addresses in the gutter
constexpr double kStripLabels = 22;    ///< px of the strip above its bars

double laneWeight(const MapModel& model, std::size_t lane)
{
    switch (model.lanes()[lane].role) {
    case LaneRole::Working:
        return lane == model.peakLane() ? 3.4 : 1.8;
    case LaneRole::Constants:
        return 1.8;
    case LaneRole::Empty:
        return 0;
    }
    return 0;
}

/// Shares `height` by weight, nobody below `smallest` unless there is no room for that.
std::vector<double> shareHeight(const std::vector<double>& weights, double height, double smallest)
{
    const auto lanes = static_cast<double>(weights.size());
    smallest = std::min(smallest, height / std::max(1.0, lanes));
    std::vector<double> shares(weights.size(), 0);
    std::vector<bool> fixed(weights.size(), false);
    for (bool changed = true; changed;) {
        changed = false;
        double weight = 0, room = height;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            (fixed[i] ? room : weight) += fixed[i] ? -smallest : weights[i];
        }
        for (std::size_t i = 0; i < weights.size(); ++i) {
            shares[i] = fixed[i] ? smallest : room * weights[i] / weight;
            if (!fixed[i] && shares[i] < smallest) {
                fixed[i] = changed = true;
            }
        }
    }
    return shares;
}

/// Linear while that shows most of the bank's buffers. Of their sizes alone, so that a lane does
/// not change its scale when the window changes its height.
ScaleMode automaticScale(const MapModel& model, const LaneModel& lane)
{
    constexpr std::int64_t kInvisible = 100; ///< a part of the lane that is about two pixels
    const auto small = std::ranges::count_if(lane.buffers, [&](BufferId id) {
        return model.plan()[id].bytes * kInvisible < lane.use.used();
    });
    return 2 * static_cast<std::size_t>(small) > lane.buffers.size() ? ScaleMode::Log
                                                                     : ScaleMode::Peak;
}

LaneScale laneScale(const LaneModel& lane, ScaleMode mode)
{
    const std::int64_t used = lane.use.used().count();
    const std::int64_t all =
        std::max((lane.use.used() + lane.use.server).count(), lane.use.capacity.count());
    if (lane.role == LaneRole::Empty || mode == ScaleMode::Capacity) {
        return LaneScale::linear(all);
    }
    if (mode == ScaleMode::Peak) {
        return LaneScale::linear(used);
    }
    std::vector<std::int64_t> edges = lane.edges;
    const Bytes stackEnd = lane.use.planned + lane.use.stack;
    for (const Bytes edge : {lane.use.planned, stackEnd, lane.use.capacity}) {
        edges.push_back(edge.count()); // a capacity beyond what is used falls away
    }
    return LaneScale::logarithmic(std::move(edges), used);
}

} // namespace

double MapGeometry::snapped(double v) const
{
    return std::round(v * m_pixelRatio) / m_pixelRatio;
}

QRectF MapGeometry::snappedRect(double left, double top, double right, double bottom) const
{
    return {QPointF(snapped(left), snapped(top)), QPointF(snapped(right), snapped(bottom))};
}

PixelRect MapGeometry::pixels(const QRectF& rect) const
{
    const auto pixel = [this](double v) { return static_cast<int>(std::lround(v * m_pixelRatio)); };
    return {pixel(rect.left()), pixel(rect.top()), pixel(rect.right()), pixel(rect.bottom())};
}

std::vector<PixelRect>& MapGeometry::fills(BufferKind kind, Tone tone)
{
    return m_scene.fills[static_cast<std::size_t>(kind)][static_cast<std::size_t>(tone)];
}

const MapScene& MapGeometry::layOut(const MapModel& model, const MapViewport& viewport)
{
    m_pixelRatio = m_scene.pixelRatio = viewport.pixelRatio;
    m_folds.clear(model.isEmpty() ? 0 : model.plan().buffers.size());
    m_scene.columns.clear();
    m_scene.rowLines.clear();
    m_scene.rows.clear();
    m_scene.lanes.clear();
    m_scene.buffers.clear();
    m_scene.accesses.clear();
    m_scene.itemOfBuffer.clear();
    m_scene.strip.bars.clear();
    for (auto& tones : m_scene.fills) {
        for (auto& rects : tones) {
            rects.clear();
        }
    }
    if (model.isEmpty() || model.lanes().empty()) {
        return m_scene;
    }
    fitMetrics(model, viewport.size.height());
    scaleLanes(model, viewport.scale);
    layOutAxis(model, viewport);
    layOutLanes(model, viewport);
    layOutBuffers(model);
    layOutStrip(model);
    return m_scene;
}

/// Where a map is too low for everything, lanes stay and what explains them goes: first the live
/// bytes, then the legend.
void MapGeometry::fitMetrics(const MapModel& model, double height)
{
    constexpr double kWanted = 76; ///< px of a lane
    m_metrics = {};
    double missing = m_metrics.header + m_metrics.strip + m_metrics.legend - height;
    for (const LaneModel& lane : model.lanes()) {
        missing += lane.role == LaneRole::Empty ? m_metrics.emptyLane + m_metrics.emptyGap
                                                : kWanted + m_metrics.laneGap;
    }
    for (double* part : {&m_metrics.strip, &m_metrics.legend}) {
        if (missing > 0) {
            missing -= std::exchange(*part, 0);
        }
    }
}

void MapGeometry::scaleLanes(const MapModel& model, ScaleMode wanted)
{
    if (m_scaledPlan == model.planPtr() && m_scaledMode == wanted) {
        return;
    }
    m_scaledPlan = model.planPtr();
    m_scaledMode = wanted;
    m_scales.clear();
    m_spans.resize(model.plan().buffers.size());
    for (const LaneModel& lane : model.lanes()) {
        const ScaleMode mode = wanted == ScaleMode::Auto ? automaticScale(model, lane) : wanted;
        m_scales.push_back({laneScale(lane, mode), mode});
        const LaneScale& scale = m_scales.back().first;
        for (const BufferId id : lane.buffers) {
            const std::int64_t low = model.plan().placement(id).offset.count();
            const std::int64_t high = low + model.plan()[id].bytes.count();
            m_spans[id.index()] = {scale.fraction(low), scale.fraction(high)};
        }
    }
}

void MapGeometry::layOutAxis(const MapModel& model, const MapViewport& viewport)
{
    const TimeAxis& axis = model.axis();
    m_scene.left = m_metrics.gutter;
    m_scene.right = std::max(m_scene.left + 1, viewport.size.width() - m_metrics.margin);
    m_scene.scroll = viewport.scroll;
    m_scene.pixelsPerUnit = (m_scene.right - m_scene.left) * viewport.zoom / axis.span();

    const EventRange peak = model.live().peakEvents;
    for (std::size_t c = 0; c < axis.columns().size(); ++c) {
        const Column& column = axis.columns()[c];
        const double left = m_scene.xOf(column.unit);
        const double right = m_scene.xOf(column.unit + column.width);
        if (right <= m_scene.left || left >= m_scene.right) {
            continue;
        }
        const bool holdsPeak = !model.live().isFlat() && column.firstEvent <= peak.last.index() &&
                               peak.first.index() < column.endEvent;
        m_scene.columns.push_back({c, snappedRect(left, 0, right, m_metrics.header), holdsPeak});
        const auto events = static_cast<double>(column.endEvent - column.firstEvent);
        if ((right - left) / events < kRowLinesFrom) {
            continue;
        }
        // Only once zoomed in: from afar what a stage does says more.
        m_scene.columns.back().showsRows =
            viewport.zoom > 1 && events > 1 && (right - left) / events >= kRowNumbersFrom;
        for (std::size_t e = column.firstEvent; e < column.endEvent; ++e) {
            const double x = m_scene.xOf(axis.unitOfBoundary(e));
            if (e > column.firstEvent && x > m_scene.left && x < m_scene.right) {
                m_scene.rowLines.push_back(snapped(x));
            }
            const double middle = (x + m_scene.xOf(axis.unitOfBoundary(e + 1))) / 2;
            if (m_scene.columns.back().showsRows && middle > m_scene.left &&
                middle < m_scene.right) {
                m_scene.rows.push_back({middle, model.plan().schedule.events[e].row});
            }
        }
    }
    const double stripBottom = viewport.size.height() - m_metrics.legend;
    const double begin = std::clamp(m_scene.xOf(axis.begin(peak)), m_scene.left, m_scene.right);
    const double end = std::clamp(m_scene.xOf(axis.end(peak)), m_scene.left, m_scene.right);
    m_scene.peakColumn = model.live().isFlat() ? QRectF(m_scene.left, 0, 0, stripBottom)
                                               : snappedRect(begin, 0, end, stripBottom);
    m_scene.legend = {0, stripBottom, viewport.size.width(), m_metrics.legend};
    m_scene.strip.gutter = {0, stripBottom - m_metrics.strip, m_metrics.gutter, m_metrics.strip};
    m_scene.strip.body = snappedRect(
        m_scene.left, stripBottom - m_metrics.strip + std::min(kStripLabels, m_metrics.strip),
        m_scene.right, stripBottom);
}

void MapGeometry::layOutLanes(const MapModel& model, const MapViewport& viewport)
{
    const auto& lanes = model.lanes();
    std::vector<double> weights;
    double height = viewport.size.height() - m_metrics.header - m_metrics.strip - m_metrics.legend;
    const auto gapAfter = [&](std::size_t lane) {
        return lanes[lane].role == LaneRole::Empty ? m_metrics.emptyGap : m_metrics.laneGap;
    };
    for (const std::size_t i : model.laneOrder()) {
        height -= gapAfter(i);
        if (lanes[i].role == LaneRole::Empty) {
            height -= m_metrics.emptyLane;
        } else {
            weights.push_back(laneWeight(model, i));
        }
    }
    const auto shares = shareHeight(weights, std::max(0.0, height), m_metrics.smallestLane);

    double y = m_metrics.header;
    std::size_t share = 0;
    for (const std::size_t i : model.laneOrder()) {
        const bool empty = lanes[i].role == LaneRole::Empty;
        const double laneHeight = empty ? m_metrics.emptyLane : shares[share++];
        DrawnLane lane;
        lane.lane = i;
        lane.frame = snappedRect(m_scene.left, y, m_scene.right, y + laneHeight);
        lane.gutter = {QPointF(0, lane.frame.top()), QPointF(m_scene.left, lane.frame.bottom())};
        layOutLane(model, lane);
        m_scene.lanes.push_back(std::move(lane));
        y += laneHeight + gapAfter(i);
    }
}

void MapGeometry::layOutLane(const MapModel& model, DrawnLane& lane)
{
    const LaneModel& bank = model.lanes()[lane.lane];
    const double wanted =
        bank.role == LaneRole::Working ? m_metrics.headroom : m_metrics.constantHeadroom;
    const double headroom = std::min(wanted, lane.frame.height() * 0.4);
    lane.body = lane.frame.adjusted(0, snapped(headroom), 0, 0);
    std::tie(lane.scale, lane.scaleMode) = m_scales[lane.lane];
    if (bank.role == LaneRole::Empty) {
        return;
    }
    for (const LaneScale::Tick& tick : lane.scale.ticks(kTickGap / lane.body.height())) {
        lane.ticks.push_back({snapped(lane.yOf(tick.address)), tick.address});
    }
    if (bank.use.planned > Bytes(0)) {
        lane.peakY = snapped(lane.yOf(bank.use.planned.count()));
    }
    Bytes low = bank.use.planned;
    const auto reserve = [&](ReserveKind kind, Bytes bytes) {
        const std::int64_t high = (low + bytes).count();
        if (bytes > Bytes(0) && high <= lane.scale.top()) {
            lane.reserves.push_back({kind, bytes,
                                     snappedRect(lane.body.left(), lane.yOf(high),
                                                 lane.body.right(), lane.yOf(low.count()))});
        }
        low += bytes;
    };
    reserve(ReserveKind::Stack, bank.use.stack);
    reserve(ReserveKind::Images, bank.use.images);
    reserve(ReserveKind::Server, bank.use.server); // beyond the peak: only the other scales show it
    if (bank.use.capacity.count() < lane.scale.top()) {
        lane.capacityY = snapped(lane.yOf(bank.use.capacity.count()));
    }
}

void MapGeometry::layOutBuffers(const MapModel& model)
{
    m_scene.itemOfBuffer.assign(model.plan().buffers.size(), -1);
    for (std::size_t lane = 0; lane < m_scene.lanes.size(); ++lane) {
        for (const BufferId id : model.lanes()[m_scene.lanes[lane].lane].buffers) {
            addBuffer(model, lane, id);
        }
    }
    for (std::size_t item = 0; item < m_scene.buffers.size(); ++item) {
        const auto drawn = m_scene.buffers[item].lane;
        addFills(model, m_scene.lanes[drawn], item);
    }
}

void MapGeometry::addBuffer(const MapModel& model, std::size_t laneIndex, BufferId id)
{
    const DrawnLane& lane = m_scene.lanes[laneIndex];
    const Buffer& buffer = model.plan()[id];
    const double left = m_scene.xOf(model.axis().begin(buffer.residency));
    const double right = m_scene.xOf(model.axis().end(buffer.residency));
    if (right <= m_scene.left || left >= m_scene.right || buffer.bytes <= Bytes(0)) {
        return;
    }
    const auto [low, high] = m_spans[id.index()];
    const double top = lane.body.bottom() - high * lane.body.height();
    const double bottom = lane.body.bottom() - low * lane.body.height();
    const double smallest = m_metrics.smallestItem, gap = 1 / m_pixelRatio;

    DrawnBuffer item{
        .id = id, .rect = {}, .lane = static_cast<std::uint32_t>(laneIndex), .kind = buffer.kind};
    item.tiny = bottom - top < smallest || right - left < smallest;
    QRectF rect =
        snappedRect(std::max(left, m_scene.left), top, std::min(right, m_scene.right), bottom);
    rect.setTop(rect.top() + gap); // neighbours stay apart without an outline
    rect.setRight(rect.right() - gap);
    if (rect.height() < smallest) {
        rect.setTop(rect.bottom() - smallest);
        rect.translate(0, std::max(0.0, lane.body.top() - rect.top()));
    }
    if (rect.width() < smallest) {
        rect.setWidth(smallest);
        rect.translate(std::min(0.0, m_scene.right - rect.right()), 0);
    }
    item.rect = rect;

    if (item.tiny) {
        const auto cell = [&](double v) {
            return static_cast<std::uint64_t>(v / smallest) & 0xffff;
        };
        const std::uint64_t key = (cell(rect.left()) << 32) | (cell(rect.right()) << 48) |
                                  (cell(rect.center().y()) << 8) | (laneIndex & 0xff);
        const auto newItem = static_cast<std::uint32_t>(m_scene.buffers.size());
        const std::uint32_t fold = m_folds.insert(key, newItem);
        if (fold != newItem) { // buffers come largest first: the item already there names the fold
            m_scene.buffers[fold].folded += 1;
            m_scene.itemOfBuffer[id.index()] = static_cast<std::int32_t>(fold);
            return;
        }
    }
    m_scene.itemOfBuffer[id.index()] = static_cast<std::int32_t>(m_scene.buffers.size());
    m_scene.buffers.push_back(item);
}

void MapGeometry::addFills(const MapModel& model, const DrawnLane& lane, std::size_t index)
{
    DrawnBuffer& item = m_scene.buffers[index];
    item.firstAccess = static_cast<std::uint32_t>(m_scene.accesses.size());
    const Buffer& buffer = model.plan()[item.id];
    const QRectF& rect = item.rect;
    const bool stairs = addStairs(model, lane, item);
    auto& strong = fills(item.kind, item.tiny ? Tone::Vivid : Tone::Strong);

    double covered = rect.left(); // accesses come in the order of the schedule
    for (const Access& access : buffer.accesses) {
        const EventRange events = model.plan().schedule[access.stage];
        const EventRange touched{std::max(events.first, buffer.residency.first),
                                 std::min(events.last, buffer.residency.last)};
        if (touched.last < touched.first) {
            continue;
        }
        const double left =
            std::max(rect.left(), snapped(m_scene.xOf(model.axis().begin(touched))));
        double right = std::min(rect.right(), snapped(m_scene.xOf(model.axis().end(touched))));
        right = std::max(right, std::min(left + 1 / m_pixelRatio, rect.right()));
        if (left >= right) {
            continue;
        }
        if (left <= covered && covered < right) {
            covered = right;
        }
        if (!stairs) {
            strong.push_back(pixels(QRectF(left, rect.top(), right - left, rect.height())));
        }
        m_scene.accesses.push_back({static_cast<std::uint32_t>(index), access.stage,
                                    static_cast<float>(left), static_cast<float>(right),
                                    access.read > Bytes(0), access.written > Bytes(0)});
    }
    item.endAccess = static_cast<std::uint32_t>(m_scene.accesses.size());
    const bool shares = stairs && buffer.storedRows > 0; // others lie in what it does not hold
    if (!shares && (stairs || covered < rect.right())) {
        fills(item.kind, Tone::Pale).push_back(pixels(rect));
    }
}

bool MapGeometry::addStairs(const MapModel& model, const DrawnLane& lane, const DrawnBuffer& item)
{
    const auto& steps = model.stairs(item.id);
    if (steps.empty() || item.rect.width() < m_metrics.stairsFrom ||
        item.rect.height() < m_metrics.stairsHigh) {
        return false;
    }
    const std::int64_t base = model.plan().placement(item.id).offset.count();
    auto& strong = fills(item.kind, Tone::Strong);
    for (const StairStep& step : steps) {
        const QRectF part = snappedRect(m_scene.xOf(model.axis().unitOfBoundary(step.firstEvent)),
                                        lane.yOf(base + step.high.count()),
                                        m_scene.xOf(model.axis().unitOfBoundary(step.endEvent)),
                                        lane.yOf(base + step.low.count()));
        const QRectF inside = part.intersected(item.rect);
        if (!inside.isEmpty()) {
            strong.push_back(pixels(inside));
        }
    }
    return true;
}

void MapGeometry::layOutStrip(const MapModel& model)
{
    const TimeAxis& axis = model.axis();
    const LiveProfile& live = model.live();
    DrawnStrip& strip = m_scene.strip;
    const double scale =
        strip.body.height() / static_cast<double>(std::max<std::int64_t>(1, live.peak));
    const auto bar = [&](std::size_t first, std::size_t end, std::int64_t bytes) {
        const double left = std::max(m_scene.left, m_scene.xOf(axis.unitOfBoundary(first)));
        const double right = std::min(m_scene.right, m_scene.xOf(axis.unitOfBoundary(end)));
        return snappedRect(left, strip.body.bottom() - static_cast<double>(bytes) * scale, right,
                           strip.body.bottom());
    };
    const std::size_t first = axis.eventAt(m_scene.unitAt(m_scene.left)).index();
    const std::size_t last = axis.eventAt(m_scene.unitAt(m_scene.right)).index();
    for (std::size_t e = first; e <= last;) {
        std::int64_t bytes = live.bytes[e];
        const double from = axis.unitOfBoundary(e);
        std::size_t end = e + 1;
        // Equal values share a bar; events narrower than a pixel share one that shows their
        // highest.
        while (end <= last && (live.bytes[end] == bytes ||
                               (axis.unitOfBoundary(end) - from) * m_scene.pixelsPerUnit < 1)) {
            bytes = std::max(bytes, live.bytes[end++]);
        }
        strip.bars.push_back(bar(e, end, bytes));
        e = end;
    }
    strip.peakBar = bar(live.peakEvents.first.index(), live.peakEvents.last.index() + 1, live.peak);
    const auto bound = static_cast<double>(model.plan().lowerBound.bytes.count());
    strip.boundY = snapped(std::max(strip.body.top(), strip.body.bottom() - bound * scale));
}

double MapGeometry::greatestZoom(const MapModel& model)
{
    return model.isEmpty()
               ? 1
               : std::max(1.0, model.axis().span() / (3 * model.axis().narrowestEvent()));
}

MapViewport MapGeometry::clamped(MapViewport viewport, const MapModel& model)
{
    const double span = model.isEmpty() ? 1 : model.axis().span();
    viewport.zoom = std::clamp(viewport.zoom, 1.0, greatestZoom(model));
    viewport.scroll = std::clamp(viewport.scroll, 0.0, span - span / viewport.zoom);
    return viewport;
}

MapViewport MapGeometry::zoomed(MapViewport viewport, const MapModel& model, double factor,
                                double x) const
{
    const double anchor = m_scene.unitAt(x);
    const double before = viewport.zoom;
    viewport.zoom = std::clamp(before * factor, 1.0, greatestZoom(model));
    viewport.scroll = anchor - (anchor - viewport.scroll) * before / viewport.zoom;
    return clamped(viewport, model);
}

MapViewport MapGeometry::revealing(MapViewport viewport, const MapModel& model, EventRange range)
{
    if (model.isEmpty()) {
        return viewport;
    }
    const double width = model.axis().span() / viewport.zoom;
    const double begin = model.axis().begin(range), end = model.axis().end(range);
    if (end > viewport.scroll + width) {
        viewport.scroll = end - width;
    }
    if (begin < viewport.scroll) {
        viewport.scroll = begin;
    }
    return clamped(viewport, model);
}

} // namespace tidemark::studio

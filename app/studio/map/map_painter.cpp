// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/map_painter.h"

#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QImage>
#include <QPainter>
#include <algorithm>
#include <span>
#include <utility>

namespace tidemark::studio {

namespace {

constexpr double kBetweenLines = 5; ///< px
constexpr double kEdgesFrom = 12;   ///< px a buffer needs in both directions for an outline

/// A triangle that fills whole pixels: row by row, no antialiasing to blur it.
void paintArrow(QPainter& painter, QPointF topLeft, bool down, const QColor& color, double pixel)
{
    const double height = (kMarkWidth + 1) / 2;
    for (int row = 0; row * pixel < height; ++row) {
        const double y = row * pixel;
        const double inset = down ? y : height - pixel - y;
        painter.fillRect(
            QRectF(topLeft.x() + inset, topLeft.y() + y, kMarkWidth - 2 * inset, pixel), color);
    }
}

/// Fills rectangles of one opaque colour line by line.
void fillRects(QImage& layer, const std::vector<PixelRect>& rects, QRgb color)
{
    const qsizetype stride = layer.bytesPerLine() / static_cast<qsizetype>(sizeof(QRgb));
    auto* pixels = reinterpret_cast<QRgb*>(layer.bits());
    for (const PixelRect& rect : rects) {
        const int left = std::max(0, rect.left), right = std::min(layer.width(), rect.right);
        const int top = std::max(0, rect.top), bottom = std::min(layer.height(), rect.bottom);
        for (int y = top; y < bottom && left < right; ++y) {
            std::fill_n(pixels + y * stride + left, right - left, color);
        }
    }
}

} // namespace

MapPainter::MapPainter()
    : m_theme(&Theme::dark()), m_title(fonts::semiBold(13)), m_name(fonts::semiBold(11)),
      m_figure(fonts::regular(11)), m_chip(fonts::semiBold(12)), m_small(fonts::regular(10))
{
    setTheme(Theme::dark(), 1);
}

void MapPainter::setTheme(const Theme& theme, double pixelRatio)
{
    m_theme = &theme;
    m_pixelRatio = pixelRatio;
    m_patterns = Patterns(theme, pixelRatio);
}

TextFace& MapPainter::face(LabelFont font)
{
    return font == LabelFont::Name ? m_name : font == LabelFont::Figure ? m_figure : m_chip;
}

double MapPainter::textWidth(const QString& text, LabelFont font) const
{
    return const_cast<MapPainter*>(this)->face(font).width(text);
}

void MapPainter::line(QPainter& painter, QPointF from, QPointF to, const QColor& color,
                      Qt::PenStyle style) const
{
    if (style == Qt::SolidLine) { // one device pixel, whatever the ratio
        const double pixel = 1 / m_pixelRatio;
        painter.fillRect(QRectF(from, to).adjusted(0, 0, from.x() == to.x() ? pixel : 0,
                                                   from.y() == to.y() ? pixel : 0),
                         color);
        return;
    }
    QPen pen(color, 1);
    pen.setDashPattern({4, 3});
    pen.setCapStyle(Qt::FlatCap);
    painter.setPen(pen);
    painter.drawLine(from + QPointF(0, 0.5), to + QPointF(0, 0.5));
}

void MapPainter::paint(QImage& layer, const MapModel& model, const MapScene& scene,
                       const MapLabels& labels)
{
    {
        QPainter painter(&layer);
        painter.fillRect(QRectF({0, 0}, layer.deviceIndependentSize()), m_theme->window);
        paintBehind(painter, scene);
    }
    paintFills(layer, scene); // past QPainter: it costs four times as much
    QPainter painter(&layer);
    paintBefore(painter, model, scene, labels);
}

void MapPainter::paintVectors(QPainter& painter, const MapModel& model, const MapScene& scene,
                              const MapLabels& labels)
{
    const Patterns pixmaps = std::exchange(m_patterns, Patterns::forVectors(*m_theme));
    painter.fillRect(QRectF(0, 0, scene.legend.right(), scene.legend.bottom()), m_theme->window);
    paintBehind(painter, scene);
    for (std::size_t tone = 0; tone < kTones; ++tone) {
        for (std::size_t kind = 0; kind < kBufferKinds; ++kind) {
            for (const PixelRect& r : scene.fills[kind][tone]) {
                const QRectF pixels(r.left, r.top, r.right - r.left, r.bottom - r.top);
                painter.fillRect(
                    QRectF(pixels.topLeft() / scene.pixelRatio, pixels.size() / scene.pixelRatio),
                    fillOf(kind, tone));
            }
        }
    }
    paintBefore(painter, model, scene, labels);
    m_patterns = pixmaps;
}

void MapPainter::paintBehind(QPainter& painter, const MapScene& scene)
{
    paintGrounds(painter, scene);
    paintReserves(painter, scene);
}

void MapPainter::paintBefore(QPainter& painter, const MapModel& model, const MapScene& scene,
                             const MapLabels& labels)
{
    paintEdges(painter, model, scene);
    paintAccesses(painter, scene, labels);
    paintPeaks(painter, scene, labels);
    paintLabels(painter, labels);
    paintVeils(painter, scene, labels);
    paintHeader(painter, model, scene);
    for (const DrawnLane& lane : scene.lanes) {
        paintGutter(painter, model, lane);
    }
    paintStrip(painter, model, scene);
    paintLegend(painter, scene);
}

void MapPainter::paintGrounds(QPainter& painter, const MapScene& scene) const
{
    QColor rows = m_theme->hairline;
    rows.setAlphaF(0.45F);
    for (const DrawnLane& lane : scene.lanes) {
        painter.fillRect(lane.frame, m_theme->lane);
        for (const double x : lane.ticks.empty() ? std::span<const double>() : scene.rowLines) {
            line(painter, {x, lane.frame.top()}, {x, lane.frame.bottom()}, rows);
        }
        double freeFrom = scene.left; // thousands of columns get a line where there is room for one
        for (const DrawnColumn& column : scene.columns) {
            if (column.header.left() > freeFrom) {
                freeFrom = column.header.left() + kBetweenLines;
                line(painter, {column.header.left(), lane.frame.top()},
                     {column.header.left(), lane.frame.bottom()}, m_theme->hairline);
            }
        }
        for (const DrawnTick& tick : lane.ticks) {
            line(painter, {lane.frame.left() - 4, tick.y}, {lane.frame.left(), tick.y},
                 m_theme->line);
        }
    }
    if (scene.peakColumn.width() > 0) {
        painter.fillRect(scene.peakColumn, m_theme->peakWash);
    }
}

void MapPainter::paintReserves(QPainter& painter, const MapScene& scene)
{
    static const QString kNames[] = {QStringLiteral("stack reserve"),
                                     QStringLiteral("start-up images"),
                                     QStringLiteral("command server")};
    for (const DrawnLane& lane : scene.lanes) {
        for (const DrawnReserve& reserve : lane.reserves) {
            painter.fillRect(reserve.rect, m_patterns.reserve());
            const QString& name = kNames[static_cast<std::size_t>(reserve.kind)];
            const QString bytes = format::bytes(reserve.bytes);
            const double width = m_figure.width(name) + m_figure.width(bytes) + 20;
            if (reserve.rect.height() < m_figure.height() + 2 || reserve.rect.width() < width) {
                continue;
            }
            // On its own ground: a hatch under letters costs their legibility.
            const double top = reserve.rect.center().y() - m_figure.height() / 2;
            const QRectF box(reserve.rect.right() - width, top, width, m_figure.height());
            painter.fillRect(box, m_theme->lane);
            m_figure.draw(painter, box.topLeft() + QPointF(6, 0), name, m_theme->faint);
            m_figure.drawRight(painter, box.topRight() - QPointF(6, 0), bytes, m_theme->dim);
        }
    }
}

const QColor& MapPainter::fillOf(std::size_t kind, std::size_t tone) const
{
    const KindStyle& style = m_theme->kinds[kind];
    return tone == 0 ? style.pale : tone == 1 ? style.strong : style.edge;
}

void MapPainter::paintFills(QImage& layer, const MapScene& scene) const
{
    for (std::size_t tone = 0; tone < kTones; ++tone) {
        for (std::size_t kind = 0; kind < kBufferKinds; ++kind) {
            fillRects(layer, scene.fills[kind][tone], fillOf(kind, tone).rgb());
        }
    }
}

void MapPainter::paintEdges(QPainter& painter, const MapModel& model, const MapScene& scene) const
{
    const double pixel = 1 / m_pixelRatio;
    for (const DrawnBuffer& item : scene.buffers) {
        const QRectF& r = item.rect;
        if (r.height() < kEdgesFrom || r.width() < kEdgesFrom ||
            model.plan()[item.id].hasRowsApart()) { // there is more than it in its rectangle
            continue;
        }
        const KindStyle& style = (*m_theme)[item.kind];
        if (style.pattern != Pattern::None) {
            painter.fillRect(r, m_patterns.of(item.kind));
        }
        // What makes up the peak stands out; constants step back.
        const Buffer& buffer = model.plan()[item.id];
        const bool atPeak =
            buffer.isArena() && buffer.residency.intersects(model.live().peakEvents);
        const QColor& edge = atPeak ? style.edge : style.strong;
        painter.fillRect(QRectF(r.left(), r.top(), r.width(), pixel), edge);
        painter.fillRect(QRectF(r.left(), r.bottom() - pixel, r.width(), pixel), edge);
        painter.fillRect(QRectF(r.left(), r.top(), pixel, r.height()), edge);
        painter.fillRect(QRectF(r.right() - pixel, r.top(), pixel, r.height()), edge);
        if (model.plan().placement(item.id).pinned) { // a corner folded down: fixed by the user
            for (int row = 0; row * pixel < 9; ++row) {
                const double y = row * pixel;
                painter.fillRect(QRectF(r.left(), r.top() + y, 9 - y, pixel), m_theme->text);
            }
        }
    }
}

void MapPainter::paintAccesses(QPainter& painter, const MapScene& scene,
                               const MapLabels& labels) const
{
    const double pixel = 1 / m_pixelRatio;
    QColor color = m_theme->text;
    color.setAlphaF(0.75F);
    for (const DrawnAccess& access : scene.accesses) {
        const QRectF marks = scene.marksOf(access);
        if (marks.isNull() || labels.covers(access.item, marks)) {
            continue;
        }
        if (access.writes) {
            paintArrow(painter, marks.topLeft(), true, color, pixel);
        }
        if (access.reads) {
            paintArrow(painter, {marks.right() - kMarkWidth, marks.top()}, false, color, pixel);
        }
    }
}

void MapPainter::paintPeaks(QPainter& painter, const MapScene& scene, const MapLabels& labels)
{
    for (const DrawnLane& lane : scene.lanes) {
        if (lane.capacityY) {
            painter.fillRect(QRectF(lane.frame.left(), lane.frame.top(), lane.frame.width(),
                                    *lane.capacityY - lane.frame.top()),
                             m_patterns.forbidden());
            painter.fillRect(QRectF(lane.frame.left(), *lane.capacityY, lane.frame.width(), 1),
                             m_theme->bad);
        }
    }
    for (const CapacityTag& tag : labels.capacities) {
        painter.fillRect(tag.box, m_theme->lane);
        m_name.draw(painter, tag.box.topLeft() + QPointF(6, 1), tag.text, m_theme->bad);
    }
    for (const PeakChip& chip : labels.chips) {
        const DrawnLane& lane = scene.lanes[chip.lane];
        const QColor color = chip.main ? m_theme->peak : m_theme->dim;
        line(painter, {lane.frame.left(), *lane.peakY}, {lane.frame.right(), *lane.peakY}, color,
             Qt::DashLine);
        const double top = chip.box.center().y() - m_chip.height() / 2;
        if (!chip.main) {
            m_figure.draw(painter, {chip.box.left() + 8, top}, chip.text, m_theme->dim);
            continue;
        }
        painter.setRenderHint(QPainter::Antialiasing, true);
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_theme->peak);
        painter.drawRoundedRect(chip.box, 3, 3);
        painter.setRenderHint(QPainter::Antialiasing, false);
        m_chip.draw(painter, {chip.box.left() + 8, top}, chip.text, m_theme->peakText);
    }
}

void MapPainter::paintLabels(QPainter& painter, const MapLabels& labels)
{
    for (const MapLabel& label : labels.buffers) {
        m_name.draw(painter, label.box.topLeft(), label.name, m_theme->text);
        if (!label.figure.isEmpty()) {
            m_figure.draw(painter, label.box.topLeft() + QPointF(label.nameWidth + 8, 0),
                          label.figure, label.outside ? m_theme->dim : m_theme->text);
        }
    }
}

/// Over what is beside the point: it stays to be seen, but steps back.
void MapPainter::paintVeils(QPainter& painter, const MapScene& scene, const MapLabels& labels) const
{
    const auto isDimmed = [this](BufferId id) {
        return id.index() < m_dimmed.size() && m_dimmed[id.index()];
    };
    QColor veil = m_theme->lane;
    veil.setAlphaF(0.72F);
    for (const DrawnBuffer& item : scene.buffers) {
        if (isDimmed(item.id)) {
            painter.fillRect(item.rect, veil);
        }
    }
    for (const MapLabel& label : labels.buffers) {
        if (label.outside && isDimmed(scene.buffers[label.item].id)) {
            painter.fillRect(label.box, veil);
        }
    }
}

void MapPainter::paintStage(QPainter& painter, const MapModel& model, const MapScene& scene,
                            StageId stage, bool selected) const
{
    if (!stage.isValid() || stage.index() >= model.plan().schedule.stageEvents.size()) {
        return;
    }
    const EventRange events = model.plan().schedule[stage];
    const double left = std::max(scene.left, scene.xOf(model.axis().begin(events)));
    const double right = std::min(scene.right, scene.xOf(model.axis().end(events)));
    if (left >= right) {
        return;
    }
    const QRectF column(left, 0, right - left, scene.strip.body.bottom());
    QColor wash = m_theme->accent;
    wash.setAlphaF(selected ? 0.10F : 0.05F);
    painter.fillRect(column, wash);
    if (selected) {
        painter.fillRect(QRectF(column.left(), 0, column.width(), 2), m_theme->accent);
    }
}

void MapPainter::paintSelection(QPainter& painter, const MapScene& scene, BufferId id) const
{
    const DrawnBuffer* item = scene.find(id);
    if (!item) {
        return;
    }
    const QRectF& r = item->rect;
    QColor guide = m_theme->text;
    guide.setAlphaF(0.35F);
    line(painter, {r.left(), 46}, {r.left(), scene.strip.body.bottom()}, guide);
    line(painter, {r.right(), 46}, {r.right(), scene.strip.body.bottom()}, guide);
    line(painter, {scene.left - 4, r.bottom()}, {r.left(), r.bottom()}, guide);
    line(painter, {scene.left - 4, r.top()}, {r.left(), r.top()}, guide);
    painter.setPen(QPen(m_theme->text, 2, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(r.adjusted(0, 0, 0, 0));
}

void MapPainter::paintHover(QPainter& painter, const MapScene& scene, BufferId id) const
{
    if (const DrawnBuffer* item = scene.find(id)) {
        QColor light = m_theme->text;
        light.setAlphaF(0.10F);
        painter.fillRect(item->rect, light);
        const double pixel = 1 / m_pixelRatio;
        painter.setPen(QPen(m_theme->text, 1, Qt::SolidLine, Qt::SquareCap, Qt::MiterJoin));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(item->rect.adjusted(0, 0, -pixel, -pixel));
    }
}

} // namespace tidemark::studio

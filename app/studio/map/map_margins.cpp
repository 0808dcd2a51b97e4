// SPDX-License-Identifier: GPL-3.0-or-later
// The part of MapPainter that is around the lanes: header, gutter, strip, legend.
#include "app/studio/map/map_painter.h"
#include "app/studio/theme/format.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr double kTextMargin = 14; ///< left of the gutter's texts
// Width of a column, in pixels, from which its header has room for ...
constexpr double kHeaderKindsFrom = 72;   ///< what the stage does
constexpr double kHeaderNamesFrom = 48;   ///< its name
constexpr double kHeaderUprightFrom = 13; ///< its name, upright

QString columnTitle(const Network& network, const Column& column)
{
    const auto name = [&](StageId id) { return QString::fromStdString(network[id].name); };
    if (column.stages.empty()) {
        return QStringLiteral("input");
    }
    return column.stages.size() == 1
               ? name(column.stages.front())
               : name(column.stages.front()) + QStringLiteral(" … ") + name(column.stages.back());
}

QString columnKind(const Network& network, const Column& column)
{
    return column.stages.size() == 1
               ? QString::fromStdString(printable(network[column.stages.front()].kindText()))
               : format::count(static_cast<std::int64_t>(column.stages.size())) +
                     QStringLiteral(" stages in turn");
}

/// Known, and without power: it holds nothing and its group can be off.
bool isSwitchedOff(const Plan& plan, BankId bank)
{
    const std::vector<bool>& on = plan.cost.switchedOn;
    return bank.index() < on.size() && !on[bank.index()];
}

QString kindName(std::size_t kind)
{
    return QString::fromUtf8(toString(static_cast<BufferKind>(kind)).data());
}

} // namespace

void MapPainter::paintHeader(QPainter& painter, const MapModel& model, const MapScene& scene)
{
    const Network& network = *model.plan().network;
    double narrowest = scene.right - scene.left; // one manner for all columns
    for (const DrawnColumn& drawn : scene.columns) {
        const Column& column = model.axis().columns()[drawn.column];
        if (column.stages.size() <= 1) {
            narrowest = std::min(narrowest, column.width * scene.pixelsPerUnit);
        }
    }
    double freeFrom = scene.left;
    for (const DrawnColumn& drawn : scene.columns) {
        const Column& column = model.axis().columns()[drawn.column];
        const double left = std::max(drawn.header.left(), scene.left) + 6;
        const double right = std::min(drawn.header.right(), scene.right);
        const double room = right - left - 4;
        // Cascades are wide and have long names: they need no narrow manner.
        const double manner = column.stages.size() > 1 ? right - left : narrowest;
        const QColor& color = drawn.holdsPeak ? m_theme->peak : m_theme->text;
        const QString name = columnTitle(network, column);
        if (manner >= kHeaderNamesFrom) {
            m_name.draw(painter, {left, 10}, m_name.elided(name, room), color);
            if (manner >= kHeaderKindsFrom && !drawn.showsRows) {
                m_small.draw(painter, {left, 25}, m_small.elided(columnKind(network, column), room),
                             m_theme->faint);
            }
        } else if (manner >= kHeaderUprightFrom) {
            const double foot = drawn.header.bottom() - 5;
            painter.save();
            painter.translate((left - 6 + right - m_small.height()) / 2, foot);
            painter.rotate(-90);
            m_small.draw(painter, {0, 0}, m_small.elided(name, foot - 4),
                         drawn.holdsPeak ? color : m_theme->dim);
            painter.restore();
        } else if (left >= freeFrom) {
            const QString number = format::count(static_cast<std::int64_t>(drawn.column));
            m_small.draw(painter, {left, 27}, number, drawn.holdsPeak ? color : m_theme->faint);
            freeFrom = left + m_small.width(number) + 10;
        }
    }
    for (const RowNumber& row : scene.rows) {
        const QString number = format::count(row.row);
        m_small.draw(painter, {row.x - m_small.width(number) / 2, 27}, number, m_theme->faint);
    }
}

void MapPainter::paintGutter(QPainter& painter, const MapModel& model, const DrawnLane& lane)
{
    const LaneModel& bank = model.lanes()[lane.lane];
    const QString name = QString::fromStdString(printable((*model.plan().board)[bank.bank].id));
    const QRectF& gutter = lane.gutter;
    const QString capacity = format::bytesShort(bank.use.capacity);
    if (bank.role == LaneRole::Empty) {
        const double top = gutter.center().y();
        m_name.draw(painter, {kTextMargin, top - m_name.height() / 2}, name, m_theme->dim);
        m_small.drawRight(painter, {gutter.right() - 10, top - m_small.height() / 2},
                          capacity + (isSwitchedOff(model.plan(), bank.bank)
                                          ? QStringLiteral(" off")
                                          : QStringLiteral(" unused")),
                          m_theme->faint);
        return;
    }
    double lastY = gutter.bottom() + 1;
    for (const DrawnTick& tick : lane.ticks) {
        const double y = std::min(tick.y, gutter.bottom() - 5) - m_small.height() / 2;
        if (tick.y <= lastY) {
            m_small.drawRight(painter, {gutter.right() - 8, y},
                              format::bytesShort(Bytes(tick.address)), m_theme->faint);
        }
    }
    const Bytes used = bank.use.used();
    const bool over = !bank.use.fits();
    double y = gutter.top() + 2;
    m_title.draw(painter, {kTextMargin, y}, name, m_theme->text);
    y += 20;
    if (gutter.bottom() - y < 14) {
        return;
    }
    m_name.draw(painter, {kTextMargin, y}, format::bytes(used),
                over ? m_theme->bad : m_theme->text);
    y += 16;
    if (gutter.bottom() - y < 14) {
        return;
    }
    m_small.draw(painter, {kTextMargin, y}, QStringLiteral("of ") + capacity, m_theme->dim);
    y += 19;
    if (gutter.bottom() - y < 22) {
        return;
    }
    const double share =
        bank.use.capacity > Bytes(0)
            ? static_cast<double>(used.count()) / static_cast<double>(bank.use.capacity.count())
            : 0;
    const double width = 84;
    painter.fillRect(QRectF(kTextMargin, y, width, 4), m_theme->hairline);
    painter.fillRect(QRectF(kTextMargin, y, std::max(2.0, width * std::min(1.0, share)), 4),
                     over ? m_theme->bad : m_theme->dim);
    m_small.draw(painter, {kTextMargin, y + 8},
                 over ? QStringLiteral("over by ") +
                            format::bytes(used + bank.use.server - bank.use.capacity)
                      : format::percent(share),
                 over ? m_theme->bad : m_theme->faint);
    if (lane.scaleMode == ScaleMode::Log && gutter.bottom() - y > 40) {
        m_small.draw(painter, {kTextMargin, y + 24}, QStringLiteral("log scale"), m_theme->faint);
    }
}

void MapPainter::paintStripValue(QPainter& painter, const MapModel& model, const MapScene& scene,
                                 const QRectF& bar)
{
    const DrawnStrip& strip = scene.strip;
    const QString text = format::bytes(model.liveBytesAt(scene.unitAt(bar.center().x())));
    const bool peak = bar.left() >= strip.peakBar.left() && bar.right() <= strip.peakBar.right();
    TextFace& face = peak ? m_name : m_small;
    if (bar.width() < face.width(text) + 8) {
        return;
    }
    double top = bar.top() - face.height() - 2;
    if (top < strip.boundY && strip.boundY < bar.top() - 2) { // the bound would strike it out
        top = bar.top() + 2;
        if (bar.height() < face.height() + 4) {
            return;
        }
    }
    face.draw(painter, {bar.left() + 6, top}, text, peak ? m_theme->peak : m_theme->dim);
}

void MapPainter::paintStrip(QPainter& painter, const MapModel& model, const MapScene& scene)
{
    const DrawnStrip& strip = scene.strip;
    if (strip.body.isEmpty()) {
        return; // no room
    }
    const Plan& plan = model.plan();
    painter.setPen(Qt::NoPen);
    QColor ground = m_theme->faint;
    ground.setAlphaF(0.30F);
    painter.setBrush(ground);
    painter.drawRects(strip.bars.data(), static_cast<int>(strip.bars.size()));
    painter.fillRect(strip.peakBar, m_theme->window);
    QColor peakGround = m_theme->peak;
    peakGround.setAlphaF(m_theme->isDark ? 0.40F : 0.28F);
    painter.fillRect(strip.peakBar, peakGround);
    for (const QRectF& bar : strip.bars) {
        painter.fillRect(QRectF(bar.left(), bar.top(), bar.width(), 1), m_theme->faint);
    }
    painter.fillRect(QRectF(strip.peakBar.topLeft(), QSizeF(strip.peakBar.width(), 2)),
                     m_theme->peak);
    line(painter, strip.body.bottomLeft(), strip.body.bottomRight(), m_theme->line);
    line(painter, {strip.body.left(), strip.boundY}, {strip.body.right(), strip.boundY},
         m_theme->dim, Qt::DashLine);

    for (const QRectF& bar : strip.bars) {
        paintStripValue(painter, model, scene, bar);
    }
    double y = strip.body.top() - 6;
    m_name.draw(painter, {kTextMargin, y}, QStringLiteral("Live bytes"), m_theme->text);
    m_small.draw(painter, {kTextMargin, y + 17},
                 QStringLiteral("most ") + format::bytes(Bytes(model.live().peak)), m_theme->dim);
    m_small.draw(painter, {kTextMargin, y + 32},
                 QStringLiteral("lower bound ") + format::bytes(plan.lowerBound.bytes),
                 m_theme->faint);
}

void MapPainter::paintLegend(QPainter& painter, const MapScene& scene)
{
    if (scene.legend.isEmpty()) {
        return;
    }
    double x = scene.left;
    const double middle = scene.legend.center().y() + 2;
    const double textTop = middle - m_small.height() / 2;
    const auto room = [&](const QString& text) {
        return x + 20 + m_small.width(text) <= scene.right;
    };
    const auto swatch = [&](const QColor& color, const QBrush& pattern, const QColor& edge,
                            const QString& text) {
        const QRectF box(std::round(x), std::round(middle - 5), 14, 10);
        painter.fillRect(box, color);
        painter.fillRect(box, pattern);
        painter.setPen(QPen(edge, 1));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(box.adjusted(0, 0, -1, -1));
        m_small.draw(painter, {x + 20, textTop}, text, m_theme->dim);
        x += 20 + m_small.width(text) + 16;
    };
    for (std::size_t kind = 0; kind < kBufferKinds; ++kind) {
        const bool present = std::ranges::any_of(scene.fills[kind],
                                                 [](const auto& rects) { return !rects.empty(); });
        const KindStyle& style = m_theme->kinds[kind];
        if (present && room(kindName(kind))) {
            swatch(style.strong, m_patterns.of(static_cast<BufferKind>(kind)), style.edge,
                   kindName(kind));
        }
    }
    static const QString kExplained[] = {
        QStringLiteral("pale: occupied    strong: in use    ▼ written    ▲ read"),
        QStringLiteral("pale: occupied    strong: in use")};
    for (const QString& explained : kExplained) {
        const double width = m_small.width(explained);
        if (scene.right - width >= x) {
            m_small.draw(painter, {scene.right - width, textTop}, explained, m_theme->faint);
            break;
        }
    }
}

} // namespace tidemark::studio

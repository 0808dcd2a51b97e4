// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/charts/scatter_chart.h"

#include "app/studio/theme/fonts.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr double kLeft = 70, kTop = 30, kRight = 18, kBottom = 34;
constexpr double kReach = 8;     ///< px from a point that still mean it
constexpr double kBrushFrom = 6; ///< px of a press that became a brush

/// The front, then as many of the others as there is room for, evenly.
std::vector<std::size_t> chooseDrawn(const std::vector<ScatterPoint>& points)
{
    std::vector<std::size_t> drawn, others;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!std::isfinite(points[i].x) || !std::isfinite(points[i].y)) {
            continue;
        }
        (points[i].front ? drawn : others).push_back(i);
    }
    drawn.resize(std::min(drawn.size(), ScatterChart::kMostPoints));
    const std::size_t room = ScatterChart::kMostPoints - drawn.size();
    const std::size_t count = std::min(room, others.size());
    for (std::size_t i = 0; i < count; ++i) {
        drawn.push_back(others[i * others.size() / count]);
    }
    std::ranges::stable_sort(drawn, {}, [&](std::size_t i) { return points[i].x; });
    return drawn;
}

/// A little more than from the least to the most.
std::pair<double, double> range(const std::vector<ScatterPoint>& points,
                                const std::vector<std::size_t>& drawn, double ScatterPoint::*axis)
{
    double low = 0, high = 1;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        const double value = points[drawn[i]].*axis;
        low = i == 0 ? value : std::min(low, value);
        high = i == 0 ? value : std::max(high, value);
    }
    const double margin = high > low ? (high - low) * 0.06 : std::max(1.0, std::abs(high) * 0.1);
    return {std::max(low >= 0 ? 0.0 : low - margin, low - margin), high + margin};
}

} // namespace

ScatterChart::ScatterChart(const QString& accessibleName, QWidget* parent) : QWidget(parent)
{
    setAccessibleName(accessibleName);
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
}

void ScatterChart::setTheme(const Theme& theme)
{
    m_theme = &theme;
    update();
}

void ScatterChart::setData(ScatterData shown)
{
    m_data = std::move(shown);
    m_drawn = chooseDrawn(m_data.points);
    std::tie(m_lowX, m_highX) = range(m_data.points, m_drawn, &ScatterPoint::x);
    std::tie(m_lowY, m_highY) = range(m_data.points, m_drawn, &ScatterPoint::y);
    m_current.reset();
    m_pressed.reset();
    m_brush = {};
    update();
}

QRectF ScatterChart::plot() const
{
    return {kLeft, kTop, std::max(1.0, width() - kLeft - kRight),
            std::max(1.0, height() - kTop - kBottom)};
}

QPointF ScatterChart::place(std::size_t index) const
{
    const ScatterPoint& point = m_data.points[index];
    const QRectF area = plot();
    return {area.left() + area.width() * (point.x - m_lowX) / (m_highX - m_lowX),
            area.bottom() - area.height() * (point.y - m_lowY) / (m_highY - m_lowY)};
}

std::optional<std::size_t> ScatterChart::pointAt(QPointF at) const
{
    std::optional<std::size_t> nearest;
    double best = kReach;
    for (const std::size_t index : m_drawn) {
        const QPointF away = place(index) - at;
        // Of points in one place the one of the front.
        const double distance =
            std::hypot(away.x(), away.y()) - (m_data.points[index].front ? 0.5 : 0);
        if (distance < best) {
            best = distance;
            nearest = index;
        }
    }
    return nearest;
}

void ScatterChart::setCurrent(std::optional<std::size_t> index)
{
    if (index != m_current) {
        m_current = index;
        setAccessibleDescription(index ? m_data.points[*index].name : QString());
        emit currentChanged(index ? static_cast<int>(*index) : -1);
        update();
    }
}

void ScatterChart::walk(int step)
{
    if (m_drawn.empty()) {
        return;
    }
    const auto at = m_current ? std::ranges::find(m_drawn, *m_current) : m_drawn.end();
    const auto count = std::ssize(m_drawn);
    const auto next = at == m_drawn.end()
                          ? (step > 0 ? 0 : count - 1)
                          : std::clamp(at - m_drawn.begin() + step, std::ptrdiff_t(0), count - 1);
    setCurrent(m_drawn[static_cast<std::size_t>(next)]);
}

void ScatterChart::paintAxes(QPainter& painter) const
{
    const QRectF area = plot();
    painter.setFont(fonts::semiBold(11));
    painter.setPen(m_theme->dim);
    const QFontMetricsF plain(fonts::regular(10));
    const double room = area.right() - 14 - plain.horizontalAdvance(m_data.yTitle) - 16;
    painter.drawText(
        QPointF(14, 18),
        QFontMetricsF(fonts::semiBold(11)).elidedText(m_data.title, Qt::ElideRight, room));
    painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), m_theme->line);
    painter.setFont(fonts::regular(10));
    constexpr int kSteps = 4;
    for (int i = 0; i <= kSteps; ++i) {
        const double part = static_cast<double>(i) / kSteps;
        const double y = std::round(area.bottom() - area.height() * part);
        if (i > 0) {
            painter.fillRect(QRectF(area.left(), y, area.width(), 1), m_theme->hairline);
        }
        painter.setPen(m_theme->faint);
        if (m_data.yText && area.height() > 16 * kSteps) {
            painter.drawText(QRectF(0, y - 8, kLeft - 7, 16), Qt::AlignRight | Qt::AlignVCenter,
                             m_data.yText(m_lowY + (m_highY - m_lowY) * part));
        }
        if (m_data.xText && (i % 2 == 0 || area.width() > 100 * kSteps)) {
            const double x = area.left() + area.width() * part;
            const QString text = m_data.xText(m_lowX + (m_highX - m_lowX) * part);
            const double half = painter.fontMetrics().horizontalAdvance(text) / 2.0;
            const double centre = std::min(x, width() - half - 2); // the last one keeps its unit
            painter.drawText(QRectF(centre - 50, area.bottom() + 3, 100, 14), Qt::AlignCenter,
                             text);
        }
    }
    painter.setPen(m_theme->dim);
    painter.drawText(QRectF(area.left(), area.bottom() + 17, area.width(), 14), Qt::AlignCenter,
                     m_data.xTitle);
    painter.drawText(QRectF(area.left(), 6, area.width(), 16), Qt::AlignRight | Qt::AlignVCenter,
                     m_data.yTitle);
}

void ScatterChart::paintPoints(QPainter& painter) const
{
    painter.setRenderHint(QPainter::Antialiasing);
    std::vector<QPointF> front;
    for (const std::size_t index : m_drawn) {
        if (m_data.points[index].front) {
            front.push_back(place(index));
        }
    }
    painter.setPen(QPen(m_theme->accent, 1));
    painter.drawPolyline(front.data(), static_cast<int>(front.size()));
    const auto draw = [&](bool ofFront) {
        for (const std::size_t index : m_drawn) {
            const ScatterPoint& point = m_data.points[index];
            if (point.front != ofFront) {
                continue;
            }
            painter.setPen(QPen(point.fits ? m_theme->faint : m_theme->bad, 1.2));
            painter.setBrush(point.front ? QBrush(m_theme->accent) : QBrush(Qt::NoBrush));
            const double radius = point.front ? 4 : 3;
            painter.drawEllipse(place(index), radius, radius);
        }
    };
    draw(false);
    draw(true);
    if (m_current) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_theme->text, 2));
        painter.drawEllipse(place(*m_current), 7, 7);
    }
}

void ScatterChart::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.fillRect(rect(), m_theme->panel);
    if (m_drawn.empty()) {
        return;
    }
    paintAxes(painter);
    paintPoints(painter);
    if (!m_brush.isEmpty()) {
        painter.setRenderHint(QPainter::Antialiasing, false);
        QColor tint = m_theme->accent;
        tint.setAlphaF(0.12F);
        painter.setPen(QPen(m_theme->accent, 1, Qt::DashLine));
        painter.setBrush(tint);
        painter.drawRect(m_brush);
    }
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(m_theme->accent, 1));
        painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -1.5, -1.5));
    }
}

void ScatterChart::mousePressEvent(QMouseEvent* event)
{
    if (event->button() == Qt::LeftButton) {
        m_pressed = event->position();
    }
}

void ScatterChart::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_pressed) {
        setCurrent(pointAt(event->position()));
        return;
    }
    const QRectF brush = QRectF(*m_pressed, event->position()).normalized();
    const bool drawn = brush.width() > kBrushFrom || brush.height() > kBrushFrom;
    m_brush = drawn || !m_brush.isEmpty() ? brush : QRectF();
    update();
}

void ScatterChart::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_pressed || event->button() != Qt::LeftButton) {
        return;
    }
    m_pressed.reset();
    const QRectF brush = std::exchange(m_brush, QRectF());
    update();
    if (!brush.isEmpty()) {
        QList<int> inside;
        for (const std::size_t index : m_drawn) {
            if (brush.contains(place(index))) {
                inside += static_cast<int>(index);
            }
        }
        emit brushed(inside);
    } else if (const auto index = pointAt(event->position())) {
        setCurrent(index);
        emit taken(static_cast<int>(*index));
    } else {
        emit brushed({});
    }
}

void ScatterChart::keyPressEvent(QKeyEvent* event)
{
    switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_Right:
        walk(event->key() == Qt::Key_Right ? 1 : -1);
        return;
    case Qt::Key_Return:
    case Qt::Key_Enter:
    case Qt::Key_Space:
        if (m_current) {
            emit taken(static_cast<int>(*m_current));
        }
        return;
    case Qt::Key_Escape:
        setCurrent(std::nullopt);
        emit brushed({});
        return;
    default:
        QWidget::keyPressEvent(event);
    }
}

void ScatterChart::leaveEvent(QEvent*)
{
    if (!m_pressed && !hasFocus()) {
        setCurrent(std::nullopt);
    }
}

} // namespace tidemark::studio

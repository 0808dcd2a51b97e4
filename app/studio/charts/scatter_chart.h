// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"

#include <QString>
#include <QWidget>
#include <functional>
#include <optional>
#include <vector>

namespace tidemark::studio {

/// One design: two figures of it, and whether any other is better in all.
struct ScatterPoint {
    double x = 0, y = 0;
    bool front = false, fits = true;
    QString name;
};

struct ScatterData {
    QString title, xTitle, yTitle; ///< with units
    std::vector<ScatterPoint> points;
    std::function<QString(double)> xText, yText; ///< how values are written
};

/// Designs as points, those of the front joined. At most kMostPoints are drawn, the front first. A
/// click or Enter takes a point, the arrows walk them from left to right, a drag with the mouse
/// brushes a rectangle.
class ScatterChart : public QWidget {
    Q_OBJECT
public:
    static constexpr std::size_t kMostPoints = 1'000;

    explicit ScatterChart(const QString& accessibleName, QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    void setData(ScatterData shown);
    /// Indices of the points that are drawn, from left to right.
    const std::vector<std::size_t>& drawn() const { return m_drawn; }
    QPointF place(std::size_t index) const; ///< of a point on the widget
    std::optional<std::size_t> current() const { return m_current; }

    QSize minimumSizeHint() const override { return {240, 110}; }

signals:
    void currentChanged(int index);          ///< hovered or walked to; -1: none
    void taken(int index);                   ///< clicked, or Enter
    void brushed(const QList<int>& indices); ///< empty: everything again

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    QRectF plot() const;
    std::optional<std::size_t> pointAt(QPointF at) const;
    void setCurrent(std::optional<std::size_t> index);
    void walk(int step);
    void paintAxes(QPainter& painter) const;
    void paintPoints(QPainter& painter) const;

    const Theme* m_theme = &Theme::dark();
    ScatterData m_data;
    std::vector<std::size_t> m_drawn;
    double m_lowX = 0, m_highX = 1, m_lowY = 0, m_highY = 1;
    std::optional<std::size_t> m_current;
    std::optional<QPointF> m_pressed;
    QRectF m_brush; ///< while it is drawn
};

} // namespace tidemark::studio

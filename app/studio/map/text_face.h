// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QFontMetricsF>
#include <QHash>
#include <QStaticText>

class QPainter;

namespace tidemark::studio {

/// A font with the texts it has laid out. Laying a text out costs ten times what drawing it does.
class TextFace {
public:
    explicit TextFace(const QFont& font);

    double width(const QString& text) const { return m_metrics.horizontalAdvance(text); }
    double height() const { return m_metrics.height(); }
    QString elided(const QString& text, double room) const;

    /// `at`: top left, or top right with drawRight.
    void draw(QPainter& painter, QPointF at, const QString& text, const QColor& color);
    void drawRight(QPainter& painter, QPointF at, const QString& text, const QColor& color);

private:
    const QStaticText& laidOut(const QString& text);

    QFont m_font;
    QFontMetricsF m_metrics;
    QHash<QString, QStaticText> m_texts;
};

} // namespace tidemark::studio

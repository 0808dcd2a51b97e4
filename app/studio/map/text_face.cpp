// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/map/text_face.h"

#include "app/studio/theme/elide.h"

#include <QPainter>

namespace tidemark::studio {

namespace {
constexpr qsizetype kMostTexts = 2'000; ///< then start anew: names come and go with plans
} // namespace

TextFace::TextFace(const QFont& font) : m_font(font), m_metrics(font)
{
}

QString TextFace::elided(const QString& text, double room) const
{
    return elidedName(text, room, [this](const QString& part) { return width(part); });
}

const QStaticText& TextFace::laidOut(const QString& text)
{
    const auto known = m_texts.constFind(text);
    if (known != m_texts.cend()) {
        return *known;
    }
    if (m_texts.size() >= kMostTexts) {
        m_texts.clear();
    }
    QStaticText made(text);
    made.setTextFormat(Qt::PlainText); // names come from files
    made.prepare({}, m_font);
    return *m_texts.insert(text, made);
}

void TextFace::draw(QPainter& painter, QPointF at, const QString& text, const QColor& color)
{
    painter.setFont(m_font);
    painter.setPen(color);
    painter.drawStaticText(at, laidOut(text));
}

void TextFace::drawRight(QPainter& painter, QPointF at, const QString& text, const QColor& color)
{
    draw(painter, {at.x() - laidOut(text).size().width(), at.y()}, text, color);
}

} // namespace tidemark::studio

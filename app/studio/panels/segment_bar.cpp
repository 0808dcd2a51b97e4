// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/panels/segment_bar.h"

#include "app/studio/theme/fonts.h"

#include <QFontMetrics>
#include <QHBoxLayout>
#include <QPainter>
#include <algorithm>

namespace tidemark::studio {

namespace {

constexpr int kHeight = 28, kTallHeight = 40; ///< with figures: two lines
constexpr int kPadding = 9;

QFont nameFont()
{
    return fonts::semiBold(12);
}
QFont figureFont()
{
    return fonts::regular(11);
}

} // namespace

SegmentButton::SegmentButton(const QString& name, SegmentForm form, QWidget* parent)
    : QAbstractButton(parent), m_theme(&Theme::dark()), m_form(form)
{
    setText(name);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void SegmentButton::setFigure(const QString& figure, const QString& shorter, bool bad)
{
    m_figure = figure;
    m_shorter = shorter;
    m_bad = bad;
    setAccessibleName(figure.isEmpty() ? text() : text() + QStringLiteral(", ") + figure);
    updateGeometry();
    update();
}

void SegmentButton::setTheme(const Theme& theme)
{
    m_theme = &theme;
    update();
}

int SegmentButton::widthWith(const QString& figure) const
{
    return 2 * kPadding + std::max(QFontMetrics(nameFont()).horizontalAdvance(text()),
                                   QFontMetrics(figureFont()).horizontalAdvance(figure));
}

QSize SegmentButton::sizeHint() const
{
    return {widthWith(m_figure), m_form == SegmentForm::WithFigures ? kTallHeight : kHeight};
}

QSize SegmentButton::minimumSizeHint() const
{
    return {widthWith(m_shorter), sizeHint().height()};
}

void SegmentButton::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(rect()).adjusted(2.5, 2.5, -2.5, -2.5);
    if (isChecked() || underMouse()) {
        painter.setPen(isChecked() ? QPen(m_theme->line, 1) : QPen(Qt::NoPen));
        QColor ground = m_theme->isDark ? m_theme->line : m_theme->raised;
        ground.setAlphaF(isChecked() ? 0.85F : 0.35F);
        painter.setBrush(ground);
        painter.drawRoundedRect(box, 4, 4);
    }
    if (hasFocus()) {
        painter.setPen(QPen(m_theme->accent, 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(box, 4, 4);
    }
    paintTexts(painter);
}

void SegmentButton::paintTexts(QPainter& painter) const
{
    const QColor& figureColor = isChecked() ? m_theme->text : m_theme->faint;
    QRect nameLine = rect();
    if (m_form == SegmentForm::WithFigures) {
        nameLine.setBottom(height() / 2 + 1);
        nameLine.setTop(4);
        const QRect figureLine(0, nameLine.bottom() - 1, width(), height() - nameLine.bottom() - 3);
        painter.setFont(figureFont());
        painter.setPen(m_bad ? m_theme->bad : figureColor);
        painter.drawText(figureLine, Qt::AlignCenter,
                         width() >= widthWith(m_figure) ? m_figure : m_shorter);
    }
    painter.setFont(nameFont());
    painter.setPen(m_bad ? m_theme->bad : isChecked() ? m_theme->text : m_theme->dim);
    painter.drawText(nameLine, Qt::AlignCenter, text());
}

SegmentBar::SegmentBar(const QString& accessibleName, SegmentForm form, QWidget* parent)
    : QWidget(parent), m_theme(&Theme::dark()), m_form(form), m_group(this)
{
    setAccessibleName(accessibleName);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    connect(&m_group, &QButtonGroup::idClicked, this, &SegmentBar::chosen);
}

SegmentButton* SegmentBar::add(const QString& name, int id, const QString& toolTip)
{
    auto* button = new SegmentButton(name, m_form, this);
    button->setToolTip(toolTip);
    m_group.addButton(button, id);
    layout()->addWidget(button);
    return button;
}

SegmentButton* SegmentBar::button(int id) const
{
    return static_cast<SegmentButton*>(m_group.button(id));
}

void SegmentBar::setCurrent(int id)
{
    if (QAbstractButton* button = m_group.button(id)) {
        button->setChecked(true);
    }
}

void SegmentBar::setTheme(const Theme& theme)
{
    m_theme = &theme;
    for (QAbstractButton* button : m_group.buttons()) {
        static_cast<SegmentButton*>(button)->setTheme(theme);
    }
    update();
}

void SegmentBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_theme->hairline, 1));
    painter.setBrush(m_theme->isDark ? m_theme->lane : m_theme->window);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

} // namespace tidemark::studio

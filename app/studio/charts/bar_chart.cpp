// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/charts/bar_chart.h"

#include "app/studio/map/patterns.h"
#include "app/studio/theme/fonts.h"
#include "app/studio/theme/format.h"

#include <QBarCategoryAxis>
#include <QBarSet>
#include <QChart>
#include <QChartView>
#include <QFontMetricsF>
#include <QGraphicsLayout>
#include <QLegend>
#include <QStackedBarSeries>
#include <QVBoxLayout>
#include <QValueAxis>
#include <algorithm>
#include <cmath>

namespace tidemark::studio {

namespace {

constexpr double kLeft = 56, kTop = 38, kRight = 16, kBottom = 38; ///< around the bars
constexpr double kSwatch = 8;
constexpr double kValueGap = 13;    ///< px between two values of the axis
constexpr double kSlotForName = 34; ///< px of a bar with its gap
constexpr qsizetype kOutlined = 40; ///< bars; more are too thin for a line around them

/// 1, 2 or 5 times a power of ten: `highest` in three to five steps.
double roundStep(double highest)
{
    const double power = std::pow(10, std::floor(std::log10(std::max(1.0, highest / 3))));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (highest / (factor * power) <= 5) {
            return factor * power;
        }
    }
    return 10 * power;
}

/// As the map draws the kind, or the colour alone.
QBrush brushOf(const BarSeries& series, const Patterns& patterns)
{
    if (!series.visible) {
        return QColor(Qt::transparent);
    }
    return series.kind ? patterns.filled(*series.kind, series.color) : QBrush(series.color);
}

/// Bars are Qt's. Grid and texts are ours: Qt Charts cuts labels that would fit, and its axes do
/// not follow a plot area that is set by hand.
class View : public QChartView {
public:
    explicit View(QChart* chart) : QChartView(chart) { setFrameShape(QFrame::NoFrame); }

    const Theme* theme = &Theme::dark();
    Patterns patterns;
    BarData bars;
    double step = 1, steps = 1;

protected:
    void resizeEvent(QResizeEvent* event) override
    {
        QChartView::resizeEvent(event);
        chart()->setPlotArea(QRectF(kLeft, kTop, std::max(1.0, width() - kLeft - kRight),
                                    std::max(1.0, height() - kTop - kBottom)));
    }

    void drawBackground(QPainter* painter, const QRectF&) override
    {
        painter->fillRect(QRectF(rect()), theme->panel);
        if (count() == 0) {
            return; // an axis of nothing says nothing
        }
        const QRectF plot = chart()->plotArea();
        for (int i = 0; i <= static_cast<int>(steps); ++i) {
            const double y = std::round(plot.bottom() - plot.height() * i / steps);
            painter->fillRect(QRectF(plot.left(), y, plot.width(), 1),
                              i == 0 ? theme->line : theme->hairline);
        }
    }

    void drawForeground(QPainter* painter, const QRectF&) override
    {
        if (count() == 0) {
            return;
        }
        painter->setRenderHint(QPainter::TextAntialiasing);
        const double titleEnd = drawTitle(*painter);
        drawLegend(*painter, titleEnd + 16);
        drawValues(*painter);
        drawCategories(*painter);
    }

private:
    double drawTitle(QPainter& painter) const
    {
        const QFontMetricsF metrics(fonts::semiBold(11));
        const QString text =
            metrics.elidedText(bars.title, Qt::ElideRight, width() - kRight - 14.0);
        painter.setFont(fonts::semiBold(11));
        painter.setPen(theme->dim);
        painter.drawText(QPointF(14, 20), text);
        return 14 + metrics.horizontalAdvance(text);
    }

    void drawLegend(QPainter& painter, double from) const
    {
        const QFontMetricsF metrics(fonts::regular(10));
        double length = 0;
        for (const BarSeries& series : bars.series) {
            length +=
                series.visible ? kSwatch + 5 + metrics.horizontalAdvance(series.name) + 12 : 0;
        }
        double x = width() - kRight - length + 12;
        if (x < from || bars.series.size() < 2) {
            return;
        }
        painter.setFont(fonts::regular(10));
        painter.setPen(theme->dim);
        for (const BarSeries& series : bars.series) {
            if (series.visible) {
                painter.fillRect(QRectF(std::round(x), 12, kSwatch, kSwatch),
                                 brushOf(series, patterns));
                painter.drawText(QPointF(x + kSwatch + 5, 20), series.name);
                x += kSwatch + 5 + metrics.horizontalAdvance(series.name) + 12;
            }
        }
    }

    void drawValues(QPainter& painter) const
    {
        const QRectF plot = chart()->plotArea();
        painter.setFont(fonts::regular(10));
        painter.setPen(theme->faint);
        const double apart = plot.height() / steps;
        const int every =
            std::max(1, static_cast<int>(std::ceil(kValueGap / std::max(1.0, apart))));
        for (int i = 0; i <= static_cast<int>(steps); i += every) {
            const double y = plot.bottom() - apart * i;
            painter.drawText(QRectF(0, y - 8, kLeft - 7, 16), Qt::AlignRight | Qt::AlignVCenter,
                             bars.highest < 1e5 ? format::count(std::llround(step * i))
                                                : format::countShort(std::llround(step * i)));
        }
    }

    void drawCategories(QPainter& painter) const
    {
        const QRectF plot = chart()->plotArea();
        const double slot = plot.width() / std::max<double>(1, static_cast<double>(count()));
        const QFontMetricsF metrics(fonts::regular(10));
        // A bar without a name belongs to the one before it.
        const auto room = [&](qsizetype first) {
            qsizetype end = first + 1;
            while (end < count() && bars.categories[end].isEmpty()) {
                ++end;
            }
            return slot * static_cast<double>(end - first);
        };
        if (count() == 0 || room(0) < kSlotForName) {
            return; // the pointer and the selection name them
        }
        bool captioned = true; // half a number is worse than none
        for (qsizetype i = 0; i < bars.captions.size(); ++i) {
            captioned = captioned && metrics.horizontalAdvance(bars.captions[i]) <= room(i) - 2;
        }
        painter.setFont(fonts::regular(10));
        for (qsizetype i = 0; i < count(); ++i) {
            const double width = room(i);
            const auto line = [&](const QString& text, double top, const QColor& color) {
                const QRectF box(plot.left() + slot * static_cast<double>(i), top, width, 14);
                painter.setPen(color);
                painter.drawText(box, Qt::AlignCenter,
                                 metrics.elidedText(text, Qt::ElideRight, width - 2));
            };
            line(bars.categories[i], plot.bottom() + 4, theme->text);
            if (captioned && i < bars.captions.size()) {
                line(bars.captions[i], plot.bottom() + 18, theme->faint);
            }
        }
    }

    qsizetype count() const { return bars.categories.size(); }
};

} // namespace

struct BarChart::Parts {
    QChart* chart = new QChart;
    View* view = new View(chart);
    QStackedBarSeries* series = new QStackedBarSeries;
    QBarCategoryAxis* categories = new QBarCategoryAxis;
    QValueAxis* values = new QValueAxis;
};

BarChart::BarChart(const QString& accessibleName, QWidget* parent)
    : QWidget(parent), m_parts(std::make_unique<Parts>())
{
    setAccessibleName(accessibleName);
    Parts& p = *m_parts;
    p.chart->setBackgroundVisible(false);
    p.chart->setAnimationOptions(QChart::NoAnimation);
    p.chart->legend()->hide();
    p.chart->layout()->setContentsMargins(0, 0, 0, 0);
    p.chart->addSeries(p.series);
    p.chart->addAxis(p.categories, Qt::AlignBottom);
    p.chart->addAxis(p.values, Qt::AlignLeft);
    p.series->attachAxis(p.categories);
    p.series->attachAxis(p.values);
    p.series->setBarWidth(0.62);
    p.categories->setVisible(false);
    p.values->setVisible(false);
    p.view->setRenderHint(QPainter::Antialiasing, false);
    p.view->setFocusPolicy(Qt::NoFocus); // the rung switch and the list do the same by keyboard
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(p.view);
    connect(p.series, &QAbstractBarSeries::clicked, this,
            [this](int index, QBarSet*) { emit barClicked(index); });
    connect(p.series, &QAbstractBarSeries::hovered, this,
            [this](bool over, int index, QBarSet*) { emit barHovered(over ? index : -1); });
}

BarChart::~BarChart() = default;

void BarChart::setTheme(const Theme& theme)
{
    m_parts->view->theme = &theme;
    m_parts->view->patterns = Patterns(theme, devicePixelRatioF());
    m_parts->view->resetCachedContent();
}

void BarChart::setBars(const BarData& bars)
{
    Parts& p = *m_parts;
    const Theme& theme = *p.view->theme;
    p.series->clear(); // removing and adding is a hundred times faster than replacing values
    for (const BarSeries& series : bars.series) {
        auto* set = new QBarSet(series.name);
        set->setPen(series.visible && bars.categories.size() <= kOutlined ? QPen(theme.panel, 1)
                                                                          : QPen(Qt::NoPen));
        set->setBrush(brushOf(series, p.view->patterns));
        for (const double value : series.values) {
            *set << value;
        }
        p.series->append(set);
    }
    QStringList distinct; // Qt Charts wants that of categories; it does not draw them here
    for (qsizetype i = 0; i < bars.categories.size(); ++i) {
        distinct += QString::number(i);
    }
    p.categories->setCategories(distinct);
    p.view->step = roundStep(bars.highest);
    p.view->steps = std::max(1.0, std::ceil(bars.highest / p.view->step));
    p.values->setRange(0, p.view->steps * p.view->step);
    p.view->bars = bars;
    p.view->resetCachedContent();
    p.view->viewport()->update();
}

void BarChart::highlight(int category)
{
    const int lighter = m_parts->view->theme->isDark ? 130 : 85;
    const QList<QBarSet*> sets = m_parts->series->barSets();
    for (qsizetype i = 0; i < sets.size(); ++i) {
        QBarSet* set = sets[i];
        const BarSeries& series = m_parts->view->bars.series[static_cast<std::size_t>(i)];
        set->deselectAllBars();
        if (series.visible && category >= 0 && category < set->count()) {
            set->setSelectedColor(series.color.lighter(lighter));
            set->selectBar(category);
        }
    }
}

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"
#include "core/explain/figure.h"
#include "core/place/plan.h"

#include <QColor>
#include <QString>
#include <QStringList>
#include <vector>

namespace tidemark::studio {

/// Values of one colour, one for each category. An invisible series lifts what stands on it.
struct BarSeries {
    QString name;
    QColor color;
    std::vector<double> values;
    bool visible = true;
};

/// Stacked bars: what a bar chart shows. Everything a chart of ours knows about plans is here.
struct BarData {
    QString title; ///< with the unit
    QStringList categories;
    QStringList captions; ///< above each bar; may be empty
    std::vector<BarSeries> series;
    double highest = 0; ///< of any stack
};

/// Bytes live while each stage runs, at its worst event, by kind of buffer. Category i is stage i
/// of the schedule's order.
BarData stageBytes(const Plan& plan, const Theme& theme);

/// What every rung of the ladder saves over the one before: a waterfall that ends in the bytes of
/// the last one. Category i is rung i.
BarData waterfall(const std::vector<Rung>& rungs, const Theme& theme);

} // namespace tidemark::studio

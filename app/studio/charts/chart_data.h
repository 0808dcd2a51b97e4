// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"
#include "app/studio/view_model/live_bytes.h"
#include "core/explain/figure.h"
#include "core/explore/plan_diff.h"
#include "core/place/plan.h"

#include <QColor>
#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

namespace tidemark::studio {

/// Values of one colour, one for each category. An invisible series lifts what stands on it.
struct BarSeries {
    QString name;
    QColor color;
    std::vector<double> values;
    bool visible = true;
    std::optional<BufferKind> kind = std::nullopt; ///< drawn as the map draws it
};

/// Stacked bars: what a bar chart shows. Everything a chart of ours knows about plans is here.
struct BarData {
    QString title; ///< with the unit
    QStringList categories;
    QStringList captions; ///< above each bar; may be empty
    std::vector<BarSeries> series;
    std::vector<std::size_t> positions; ///< by category: what it stands for, see the makers
    double highest = 0;                 ///< of any stack
};

/// Bytes live while each stage runs, at its worst event, by kind of buffer; `live` is liveBytes()
/// of the plan. A position is one in the schedule's order; of more than kMostBars stages,
/// neighbours share the bar of their fullest.
inline constexpr std::size_t kMostBars = 240;
BarData stageBytes(const Plan& plan, const std::vector<KindBytes>& live, const Theme& theme);

/// What every rung of the ladder saves over the one before: a waterfall that ends in the bytes of
/// the last one. Positions are rungs.
BarData waterfall(const std::vector<Rung>& rungs, const Theme& theme);

/// From what a bank held before to what it holds now, a step for each reason.
BarData diffWaterfall(const BankChange& bank, const Theme& theme);

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/charts/chart_data.h"
#include "app/studio/charts/scatter_chart.h"
#include "core/explore/sweep.h"

#include <QList>
#include <functional>
#include <utility>

namespace tidemark::studio {

/// A figure of a design: what RAM is drawn against, and RAM itself.
enum class SweepAxis { Flash, Instructions, Latency, Energy, Ram };
QString axisName(SweepAxis axis);

/// The value of a point, if it is known.
std::optional<double> axisValue(const SweepPoint& point, SweepAxis axis);
/// Whether two figures differ: an axis of one value shows nothing.
bool isWorthShowing(const SweepResult& result, SweepAxis axis);
/// Figures that nobody measured for this board say so.
bool isIllustrative(const SweepResult& result, SweepAxis axis);

using PointLabel = std::function<QString(const SweepPoint&)>;

/// Points whose value is unknown are left out: they are nowhere.
ScatterData paretoData(const SweepResult& result, SweepAxis axis, const PointLabel& label);

/// The points as bars of two figures, relative to the first of them that fits. One that does not
/// fit has no bars and says so. Positions are their indices.
BarData gridBars(const SweepResult& result, const QList<int>& points,
                 std::pair<SweepAxis, SweepAxis> figures, const PointLabel& label,
                 const Theme& theme);

} // namespace tidemark::studio

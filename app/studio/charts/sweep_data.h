// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/charts/chart_data.h"
#include "app/studio/charts/scatter_chart.h"
#include "core/explore/sweep.h"

#include <QList>
#include <functional>

namespace tidemark::studio {

/// What RAM is drawn against.
enum class SweepAxis { Flash, Instructions, Latency, Energy };
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

/// The points as bars relative to the first, of RAM and of the axis. Positions are their indices.
BarData gridBars(const SweepResult& result, const QList<int>& points, SweepAxis axis,
                 const PointLabel& label, const Theme& theme);

} // namespace tidemark::studio

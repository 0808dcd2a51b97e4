// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/charts/sweep_data.h"

#include "app/studio/theme/format.h"

#include <algorithm>
#include <limits>

namespace tidemark::studio {

namespace {

const Estimate& estimateOf(const SweepPoint& point, SweepAxis axis)
{
    switch (axis) {
    case SweepAxis::Latency:
        return point.latency;
    case SweepAxis::Energy:
        return point.energy;
    case SweepAxis::Instructions:
    case SweepAxis::Flash:
    case SweepAxis::Ram:
        break;
    }
    return point.instructions;
}

QString unitOf(SweepAxis axis)
{
    switch (axis) {
    case SweepAxis::Latency:
        return QStringLiteral("us");
    case SweepAxis::Energy:
        return QStringLiteral("uJ");
    case SweepAxis::Instructions:
        return {};
    case SweepAxis::Flash:
    case SweepAxis::Ram:
        break;
    }
    return QStringLiteral("B");
}

QString shortValue(double value, SweepAxis axis)
{
    switch (axis) {
    case SweepAxis::Flash:
    case SweepAxis::Ram:
        return format::bytesShort(Bytes(static_cast<std::int64_t>(value)));
    case SweepAxis::Instructions:
        return format::countShort(static_cast<std::int64_t>(value));
    case SweepAxis::Latency:
    case SweepAxis::Energy:
        break;
    }
    return format::scaled(value, unitOf(axis));
}

} // namespace

QString axisName(SweepAxis axis)
{
    switch (axis) {
    case SweepAxis::Instructions:
        return QStringLiteral("Instructions");
    case SweepAxis::Latency:
        return QStringLiteral("Latency");
    case SweepAxis::Energy:
        return QStringLiteral("Energy");
    case SweepAxis::Ram:
        return QStringLiteral("RAM");
    case SweepAxis::Flash:
        break;
    }
    return QStringLiteral("Flash");
}

std::optional<double> axisValue(const SweepPoint& point, SweepAxis axis)
{
    switch (axis) {
    case SweepAxis::Flash:
        return static_cast<double>(point.flash.count());
    case SweepAxis::Ram:
        return static_cast<double>(point.ram.count());
    default:
        return estimateOf(point, axis).value;
    }
}

bool isWorthShowing(const SweepResult& result, SweepAxis axis)
{
    return std::ranges::any_of(result.points, [&](const SweepPoint& point) {
        const auto value = axisValue(point, axis);
        return value && value != axisValue(result.points.front(), axis);
    });
}

bool isIllustrative(const SweepResult& result, SweepAxis axis)
{
    return axis != SweepAxis::Flash && axis != SweepAxis::Ram &&
           std::ranges::any_of(result.points, [&](const SweepPoint& point) {
               return estimateOf(point, axis).provenance == Provenance::Illustrative;
           });
}

ScatterData paretoData(const SweepResult& result, SweepAxis axis, const PointLabel& label)
{
    ScatterData data;
    data.title = QStringLiteral("Designs: the joined ones lose to no other");
    data.xTitle = QStringLiteral("Peak RAM");
    data.yTitle = axisName(axis) +
                  (isIllustrative(result, axis) ? QStringLiteral(", illustrative") : QString());
    data.xText = [](double value) {
        return format::bytesShort(Bytes(static_cast<std::int64_t>(value)));
    };
    data.yText = [axis](double value) { return shortValue(value, axis); };
    for (const SweepPoint& point : result.points) {
        const auto value = axisValue(point, axis);
        data.points.push_back({static_cast<double>(point.ram.count()),
                               value.value_or(std::numeric_limits<double>::quiet_NaN()),
                               point.onFront, point.fits,
                               label(point) + QStringLiteral(", ") + format::bytes(point.ram)});
    }
    return data;
}

BarData gridBars(const SweepResult& result, const QList<int>& points,
                 std::pair<SweepAxis, SweepAxis> figures, const PointLabel& label,
                 const Theme& theme)
{
    const auto at = [&result](int index) -> const SweepPoint& {
        return result.points[static_cast<std::size_t>(index)];
    };
    const auto fitting = std::ranges::find_if(points, [&](int index) { return at(index).fits; });
    const SweepPoint& first = at(fitting == points.end() ? points.front() : *fitting);
    const auto percentOfFirst = [&](const SweepPoint& point, SweepAxis axis) {
        const auto value = axisValue(point, axis), whole = axisValue(first, axis);
        return point.fits && value && whole && *whole > 0 ? 100 * *value / *whole : 0;
    };
    const auto name = [&](SweepAxis axis) {
        return axisName(axis) +
               (isIllustrative(result, axis) ? QStringLiteral(", illustrative") : QString());
    };
    BarData data;
    data.title = QStringLiteral("Against %1, %").arg(label(first));
    BarSeries left{name(figures.first), theme[BufferKind::Activation].strong, {}, true};
    BarSeries right{name(figures.second), theme[BufferKind::Weight].strong, {}, true};
    // Side by side: two categories a point, since bars of one category are stacked.
    for (const int index : points.mid(0, static_cast<qsizetype>(kMostBars) / 2)) {
        const SweepPoint& point = at(index);
        const double a = percentOfFirst(point, figures.first);
        const double b = percentOfFirst(point, figures.second);
        left.values.insert(left.values.end(), {a, 0});
        right.values.insert(right.values.end(), {0, b});
        data.categories << label(point) << QString();
        data.captions << (point.fits
                              ? QStringLiteral("%1 · %2 %").arg(a, 0, 'f', 0).arg(b, 0, 'f', 0)
                              : QStringLiteral("no fit"))
                      << QString();
        data.positions.insert(data.positions.end(), 2, static_cast<std::size_t>(index));
        data.highest = std::max({data.highest, a, b});
    }
    data.series = {left, right};
    return data;
}

} // namespace tidemark::studio

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
        break;
    }
    return QStringLiteral("B");
}

QString shortValue(double value, SweepAxis axis)
{
    switch (axis) {
    case SweepAxis::Flash:
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
    case SweepAxis::Flash:
        break;
    }
    return QStringLiteral("Flash");
}

std::optional<double> axisValue(const SweepPoint& point, SweepAxis axis)
{
    return axis == SweepAxis::Flash ? static_cast<double>(point.flash.count())
                                    : estimateOf(point, axis).value;
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
    return axis != SweepAxis::Flash &&
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

BarData gridBars(const SweepResult& result, const QList<int>& points, SweepAxis axis,
                 const PointLabel& label, const Theme& theme)
{
    BarData data;
    data.title = QStringLiteral("Against the first, %");
    BarSeries ram{QStringLiteral("RAM"), theme[BufferKind::Activation].strong, {}, true};
    BarSeries other{axisName(axis), theme[BufferKind::Weight].strong, {}, true};
    // Side by side: two categories a point, since bars of one category are stacked.
    const auto relative = [](double value, double first) {
        return first > 0 ? 100 * value / first : 0;
    };
    for (const int index : points.mid(0, static_cast<qsizetype>(kMostBars) / 2)) {
        const SweepPoint& point = result.points[static_cast<std::size_t>(index)];
        const SweepPoint& first = result.points[static_cast<std::size_t>(points.front())];
        const double bytes = relative(static_cast<double>(point.ram.count()),
                                      static_cast<double>(first.ram.count()));
        const double value =
            relative(axisValue(point, axis).value_or(0), axisValue(first, axis).value_or(0));
        ram.values.insert(ram.values.end(), {bytes, 0});
        other.values.insert(other.values.end(), {0, value});
        data.categories << label(point) << QString();
        data.captions << format::percent(bytes / 100) << format::percent(value / 100);
        data.positions.insert(data.positions.end(), 2, static_cast<std::size_t>(index));
        data.highest = std::max({data.highest, bytes, value});
    }
    data.series = {ram, other};
    return data;
}

} // namespace tidemark::studio

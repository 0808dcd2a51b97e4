// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/charts/chart_data.h"

#include "app/studio/theme/format.h"
#include "app/studio/theme/rung_text.h"

#include <algorithm>
#include <array>

namespace tidemark::studio {

namespace {

/// For each stage the live bytes of its fullest event.
std::vector<KindBytes> worstOfStages(const Plan& plan, const std::vector<KindBytes>& live)
{
    std::vector<KindBytes> worst(plan.network->stages.size(), KindBytes{});
    std::vector<std::int64_t> most(plan.network->stages.size(), -1);
    for (std::size_t e = 0; e < live.size(); ++e) {
        const StageId stage = plan.schedule.events[e].stage;
        if (stage.isValid() && sumOf(live[e]) > most[stage.index()]) {
            most[stage.index()] = sumOf(live[e]);
            worst[stage.index()] = live[e];
        }
    }
    return worst;
}

/// Positions in the order: all, or the fullest of each run of neighbours.
std::vector<std::size_t> shownStages(const Plan& plan)
{
    const auto& order = plan.schedule.order;
    const std::size_t bars = std::min(order.size(), kMostBars);
    std::vector<std::size_t> positions;
    for (std::size_t bar = 0; bar < bars; ++bar) {
        std::size_t fullest = bar * order.size() / bars;
        for (std::size_t i = fullest; i < (bar + 1) * order.size() / bars; ++i) {
            if (plan.stages[order[i].index()].liveBytes >
                plan.stages[order[fullest].index()].liveBytes) {
                fullest = i;
            }
        }
        positions.push_back(fullest);
    }
    return positions;
}

} // namespace

BarData stageBytes(const Plan& plan, const std::vector<KindBytes>& live, const Theme& theme)
{
    BarData data;
    data.title = QStringLiteral("Live bytes of each stage, B");
    if (plan.schedule.events.empty()) { // a model that passes its input on
        return data;
    }
    const std::vector<KindBytes> worst = worstOfStages(plan, live);
    data.positions = shownStages(plan);
    for (std::size_t kind = 0; kind < kBufferKinds; ++kind) {
        BarSeries series{QString::fromUtf8(toString(static_cast<BufferKind>(kind)).data()),
                         theme.kinds[kind].strong,
                         {},
                         true,
                         static_cast<BufferKind>(kind)};
        for (const std::size_t position : data.positions) {
            const StageId stage = plan.schedule.order[position];
            series.values.push_back(static_cast<double>(worst[stage.index()][kind]));
        }
        if (std::ranges::any_of(series.values, [](double v) { return v > 0; })) {
            data.series.push_back(std::move(series));
        }
    }
    for (const std::size_t position : data.positions) {
        const StageId stage = plan.schedule.order[position];
        data.categories += QString::fromStdString(printable((*plan.network)[stage].name, 40));
        const auto bytes = plan.stages[stage.index()].liveBytes;
        data.captions += format::bytesShort(bytes);
        data.highest = std::max(data.highest, static_cast<double>(bytes.count()));
    }
    return data;
}

BarData waterfall(const std::vector<Rung>& rungs, const Theme& theme)
{
    BarData data;
    data.title = QStringLiteral("Activations on each rung, B");
    BarSeries lift{QString(), Qt::transparent, {}, false};
    BarSeries left{QStringLiteral("bytes left"),
                   theme[BufferKind::Activation].strong,
                   {},
                   true,
                   BufferKind::Activation};
    BarSeries saved{QStringLiteral("saved by this rung"), theme.good, {}, true};
    for (std::size_t i = 0; i < rungs.size(); ++i) {
        const auto bytes = static_cast<double>(rungs[i].activationBytes.count());
        const double before =
            i == 0 ? bytes : static_cast<double>(rungs[i - 1].activationBytes.count());
        const bool whole = i == 0 || i + 1 == rungs.size(); // first and last stand on the ground
        const double saving = std::max(0.0, before - bytes);
        lift.values.push_back(whole ? 0 : bytes);
        left.values.push_back(whole ? bytes : 0);
        saved.values.push_back(saving);
        data.positions.push_back(i);
        data.categories += rungName(rungs[i].technique);
        data.captions += format::bytes(rungs[i].activationBytes);
        data.highest = std::max({data.highest, bytes, bytes + saving});
    }
    data.series = {lift, left, saved};
    return data;
}

BarData diffWaterfall(const BankChange& bank, const Theme& theme)
{
    BarData data;
    data.title =
        QStringLiteral("%1: before and now, B").arg(QString::fromStdString(printable(bank.id, 40)));
    BarSeries lift{QString(), Qt::transparent, {}, false};
    BarSeries whole{QStringLiteral("used"), theme[BufferKind::Activation].strong, {}, true};
    BarSeries more{QStringLiteral("more"), theme.bad, {}, true};
    BarSeries less{QStringLiteral("less"), theme.good, {}, true};
    const auto bar = [&](const QString& name, const QString& caption, double from, double to,
                         bool isWhole) {
        lift.values.push_back(isWhole ? 0 : std::max(0.0, std::min(from, to)));
        whole.values.push_back(isWhole ? to : 0);
        more.values.push_back(!isWhole && to > from ? to - from : 0);
        less.values.push_back(!isWhole && to < from ? from - to : 0);
        data.positions.push_back(data.positions.size());
        data.categories += name;
        data.captions += caption;
        data.highest = std::max({data.highest, from, to});
    };
    const auto number = [](Bytes bytes) { return static_cast<double>(bytes.count()); };
    bar(QStringLiteral("before"), format::bytes(bank.before), 0, number(bank.before), true);
    Bytes at = bank.before;
    for (const DiffStep& step : bank.steps) {
        bar(QString::fromStdString(printable(step.label, 40)), format::bytesDelta(step.bytes),
            number(at), number(at + step.bytes), false);
        at += step.bytes;
    }
    bar(QStringLiteral("now"), format::bytes(bank.after), 0, number(bank.after), true);
    data.series = {lift, whole, more, less};
    return data;
}

} // namespace tidemark::studio

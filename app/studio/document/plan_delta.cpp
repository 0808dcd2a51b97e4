// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/plan_delta.h"

#include "app/studio/theme/estimate_text.h"
#include "app/studio/theme/format.h"

namespace tidemark::studio {

std::vector<Touched> touched(const Plan& plan)
{
    std::vector<Touched> banks(plan.banks.size());
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        Touched& bank = banks[plan.placements[i].bank.index()];
        for (const Access& access : plan.buffers[i].accesses) {
            bank.read += access.read;
            bank.written += access.written;
        }
    }
    return banks;
}

PlanDelta difference(const Plan& before, const Plan& after)
{
    PlanDelta delta;
    delta.peakRam = after.peakRam - before.peakRam;
    delta.fitsBefore = before.fits;
    delta.fitsAfter = after.fits;
    delta.latencyBefore = before.cost.latency;
    delta.latencyAfter = after.cost.latency;
    delta.energyBefore = before.cost.energy;
    delta.energyAfter = after.cost.energy;
    const auto was = touched(before), is = touched(after);
    for (std::size_t b = 0; b < std::min(was.size(), is.size()); ++b) {
        const BankDelta bank{after.board->banks[b].id,
                             after.banks[b].used() - before.banks[b].used(),
                             {is[b].read - was[b].read, is[b].written - was[b].written}};
        if (bank.used != Bytes(0) || bank.touched != Touched{}) {
            delta.banks.push_back(bank);
        }
    }
    return delta;
}

namespace {

constexpr qsizetype kLongestReason = 64; ///< characters of a chip's line

QString unknownLine(const QString& name, const Estimate& estimate)
{
    const QString reason = estimateReason(estimate);
    const QString cut = reason.size() > kLongestReason
                            ? reason.left(kLongestReason - 1).trimmed() + QChar(0x2026)
                            : reason;
    return QStringLiteral("%1 unknown: %2").arg(name, cut);
}

QStringList costLines(const PlanDelta& delta)
{
    const QString latency = estimateDelta(delta.latencyBefore, delta.latencyAfter);
    const QString energy = estimateDelta(delta.energyBefore, delta.energyAfter);
    if (latency.isEmpty() && energy.isEmpty() &&
        estimateReason(delta.latencyAfter) == estimateReason(delta.energyAfter)) {
        return {unknownLine(QStringLiteral("Latency, energy"), delta.latencyAfter)};
    }
    return {latency.isEmpty() ? unknownLine(QStringLiteral("Latency"), delta.latencyAfter)
                              : QStringLiteral("Latency  ") + latency,
            energy.isEmpty() ? unknownLine(QStringLiteral("Energy"), delta.energyAfter)
                             : QStringLiteral("Energy  ") + energy};
}

} // namespace

QStringList lines(const PlanDelta& delta)
{
    QStringList lines{QStringLiteral("Peak RAM  ") + format::bytesDelta(delta.peakRam)};
    for (const BankDelta& bank : delta.banks) {
        QString line = QStringLiteral("%1  %2").arg(QString::fromStdString(printable(bank.bank)),
                                                    format::bytesDelta(bank.used));
        if (bank.touched.read != Bytes(0)) {
            line += QStringLiteral("   reads ") + format::bytesDelta(bank.touched.read);
        }
        if (bank.touched.written != Bytes(0)) {
            line += QStringLiteral("   writes ") + format::bytesDelta(bank.touched.written);
        }
        lines += line;
    }
    lines += costLines(delta);
    if (!delta.fitsAfter) {
        lines += QStringLiteral("does not fit");
    }
    return lines;
}

} // namespace tidemark::studio

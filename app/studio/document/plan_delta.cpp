// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/document/plan_delta.h"

#include "app/studio/theme/format.h"

namespace tidemark::studio {

std::vector<Traffic> traffic(const Plan& plan)
{
    std::vector<Traffic> banks(plan.banks.size());
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        Traffic& bank = banks[plan.placements[i].bank.index()];
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
    const auto was = traffic(before), is = traffic(after);
    for (std::size_t b = 0; b < std::min(was.size(), is.size()); ++b) {
        const BankDelta bank{after.board->banks[b].id,
                             after.banks[b].used() - before.banks[b].used(),
                             {is[b].read - was[b].read, is[b].written - was[b].written}};
        if (bank.used != Bytes(0) || bank.traffic != Traffic{}) {
            delta.banks.push_back(bank);
        }
    }
    return delta;
}

QStringList lines(const PlanDelta& delta)
{
    QStringList lines{QStringLiteral("Peak RAM  ") + format::bytesDelta(delta.peakRam)};
    for (const BankDelta& bank : delta.banks) {
        QString line = QStringLiteral("%1  %2").arg(QString::fromStdString(printable(bank.bank)),
                                                    format::bytesDelta(bank.used));
        if (bank.traffic.read != Bytes(0)) {
            line += QStringLiteral("   reads ") + format::bytesDelta(bank.traffic.read);
        }
        if (bank.traffic.written != Bytes(0)) {
            line += QStringLiteral("   writes ") + format::bytesDelta(bank.traffic.written);
        }
        lines += line;
    }
    if (!delta.fitsAfter) {
        lines += QStringLiteral("does not fit");
    }
    return lines;
}

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QStringList>
#include <string>
#include <vector>

namespace tidemark::studio {

/// Bytes of a bank that one run touches: the sum of the accesses of what lies in it.
struct Touched {
    Bytes read, written;
    bool operator==(const Touched&) const = default;
};
std::vector<Touched> touched(const Plan& plan); ///< indexed by BankId

struct BankDelta {
    std::string bank;
    Bytes used;
    Touched touched;
};

/// What another plan of the same network on the same board changes.
struct PlanDelta {
    Bytes peakRam;
    std::vector<BankDelta> banks; ///< those where something changes
    Estimate latencyBefore, latencyAfter;
    Estimate energyBefore, energyAfter;
    bool fitsBefore = false, fitsAfter = false;

    bool isNothing() const { return banks.empty() && peakRam == Bytes(0); }
};

PlanDelta difference(const Plan& before, const Plan& after);

/// One line for the peak, one for each bank: "TCM −4,704 B  reads −9,408 B", and latency and
/// energy: "Latency  −1.2 ms", or why they are unknown.
QStringList lines(const PlanDelta& delta);

} // namespace tidemark::studio

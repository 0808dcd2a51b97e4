// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QStringList>
#include <string>
#include <vector>

namespace tidemark::studio {

/// Bytes a bank delivers and takes in one run: the sum of the accesses of what lies in it.
struct Traffic {
    Bytes read, written;
    bool operator==(const Traffic&) const = default;
};
std::vector<Traffic> traffic(const Plan& plan); ///< indexed by BankId

struct BankDelta {
    std::string bank;
    Bytes used;
    Traffic traffic;
};

/// What another plan of the same network on the same board changes.
struct PlanDelta {
    Bytes peakRam;
    std::vector<BankDelta> banks; ///< those where something changes
    bool fitsBefore = false, fitsAfter = false;

    bool isNothing() const { return banks.empty() && peakRam == Bytes(0); }
};

PlanDelta difference(const Plan& before, const Plan& after);

/// One line for the peak and one for each bank: "TCM −4,704 B  reads −9,408 B". Latency and energy
/// are missing as long as no board has parameters for them.
QStringList lines(const PlanDelta& delta);

} // namespace tidemark::studio

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"

#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// A predicted figure. Unknown stays unknown: then there is no value, and `reason` says which
/// parameter is missing and how to get it.
struct Estimate {
    std::optional<double> value;
    std::string unit;                            ///< "instructions", "us", "uJ"
    Provenance provenance = Provenance::Unknown; ///< the weakest of all it is made of
    std::string reason; ///< known: what it is made of, in one sentence; unknown: why
};

/// Bytes moved by loads and stores of kernels in one inference.
struct Traffic {
    double read = 0, written = 0;

    Traffic& operator+=(const Traffic& o)
    {
        read += o.read;
        written += o.written;
        return *this;
    }
};

struct StageCost {
    Estimate instructions;
    Estimate latency;           ///< us, with the waiting for banks
    std::vector<Traffic> banks; ///< indexed by BankId
};

/// What one inference of a plan costs. Empty lists where nothing is known.
struct PlanCost {
    Estimate instructions;
    Estimate latency;              ///< us
    Estimate energy;               ///< uJ
    std::vector<StageCost> stages; ///< indexed by StageId
    std::vector<Traffic> banks;    ///< indexed by BankId
    std::vector<Traffic> buffers;  ///< indexed by BufferId
    std::vector<bool> switchedOn;  ///< indexed by BankId: holds something, or cannot be off
    Estimate savedLeakage;         ///< uJ: of the banks that are switched off

    /// Whether any figure rests on parameters that nobody measured for this board.
    bool isIllustrative() const
    {
        return latency.provenance == Provenance::Illustrative ||
               energy.provenance == Provenance::Illustrative;
    }
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"

#include <map>
#include <string>
#include <vector>

namespace tidemark {

/// Instructions of each turn of a kernel's loops, fitted to counted runs.
struct KernelRates {
    std::vector<double> rates; ///< by StageWork::loops
    int samples = 0;           ///< stages that were counted
    double worstError = 0;     ///< of them, relative
};

/// What was fitted on one core: resources/costs/*.json, as it was when this program was built.
struct CoreRates {
    std::string core;                           ///< "Cortex-M4F"
    std::string board;                          ///< the virtual board that counted
    std::map<std::string, KernelRates> kernels; ///< by StageWork::kernel
};

/// The rates of a core with this name; nothing was counted for others.
const CoreRates* ratesOf(const Core& core);

} // namespace tidemark

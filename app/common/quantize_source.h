// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/common/samples.h"
#include "core/quantize/quantize.h"

#include <filesystem>
#include <string>

namespace tidemark {

/// What `--dtype int8` calibrates a float model with.
struct CalibrationChoice {
    std::filesystem::path samples; ///< an .npy or a folder of them; empty: generated inputs
    std::optional<InputScaling> scaling;
    std::string method; ///< "minmax" (also empty), "percentile" or "mse"
    std::uint64_t seed = 1;
    std::stop_token stop = {};
};

/// How many inputs are generated where there are no samples.
constexpr int kGeneratedCalibration = 16;

/// The network in int8. Errors: what quantize() refuses, unreadable or unfit samples.
Result<QuantizedNetwork> quantizeSource(const Network& network, const CalibrationChoice& choice);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"

#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark {

/// How the range of an activation follows from what calibration saw.
enum class RangeMethod {
    MinMax,     ///< all of it
    Percentile, ///< without the outermost `tail` of all elements on each side
    Mse,        ///< the clipping with the smallest mean square error
};

struct QuantizeOptions {
    RangeMethod method = RangeMethod::MinMax;
    double tail = 1e-4;      ///< Percentile
    bool correctBias = true; ///< takes the weights' mean rounding error off the bias
    std::stop_token stop;
};

/// What int8 costs a stage's output, against the float model on the calibration samples.
struct StageError {
    std::string stage;
    /// Signal to quantisation noise, 10 log10(sum x^2 / sum (x - q)^2) in dB; infinite without
    /// noise.
    double sqnr = 0;
    double maxError = 0; ///< largest |x - q|
};

struct QuantizedNetwork {
    Network network;
    std::vector<StageError> errors; ///< of the quantised stages, in order; empty without weights
};

/// Post-training quantisation to TensorFlow Lite's int8 scheme: activations with one scale and zero
/// point, weights symmetric with a scale for each output channel, bias int32. Inputs and outputs
/// become int8, too.
/// `samples[s][i]` is input i of sample s, NHWC. A network whose weights are not there gets the
/// types and sizes of int8 with unknown scales: it can be planned, not run.
/// Errors: a plan-only stage or a type other than fp32, by name; no samples; stopped.
Result<QuantizedNetwork> quantize(const Network& network,
                                  std::span<const std::vector<std::vector<float>>> samples,
                                  const QuantizeOptions& options = {});

/// Real numbers for each input as the numbers the network's inputs store.
std::vector<std::vector<float>> quantizeInputs(const Network& network,
                                               const std::vector<std::vector<float>>& sample);

} // namespace tidemark

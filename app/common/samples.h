// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/npy.h"
#include "core/lower/network.h"
#include "core/model/result.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tidemark {

/// `--scale S --mean M`: each element x becomes x*S - M.
struct InputScaling {
    double scale = 1;
    double mean = 0;
};

/// "0.5" or a fraction such as "1/255".
Result<double> parseFraction(const std::string& text);

/// Cuts an array into runs of `input`, in NHWC order. The array has the shape of the model's
/// tensor, with or without a leading sample axis (a batch dimension of 1 may stand in for it).
/// Samples are the numbers the input stores: real numbers are quantised for an int8 input, int8
/// data is taken as it is. Other integer data needs `scaling`, into real numbers first: guessing it
/// would give wrong answers silently.
Result<std::vector<std::vector<float>>> cutSamples(const NpyArray& array, const Value& input,
                                                   const std::optional<InputScaling>& scaling);

/// Samples of a network of several inputs: each is the numbers of all inputs, one after the other.
/// `arrays[i]` is of input i, all of as many samples.
Result<std::vector<std::vector<float>>> cutSamples(const std::vector<NpyArray>& arrays,
                                                   const Network& network,
                                                   const std::optional<InputScaling>& scaling);

/// Such a sample as one array for each input.
std::vector<std::vector<float>> splitInputs(const Network& network,
                                            const std::vector<float>& sample);

/// A made-up input from a seed, for runs without data: in [0, 1), or any stored value of an integer
/// type. The same on every machine.
std::vector<float> generatedSample(const Value& input, std::uint64_t seed);
/// The same for all inputs, one after the other.
std::vector<float> generatedSample(const Network& network, std::uint64_t seed);

} // namespace tidemark

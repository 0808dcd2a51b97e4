// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/npy.h"
#include "core/lower/network.h"
#include "core/model/result.h"

#include <cstddef>
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

/// Raw bytes of a float tensor as numbers.
std::vector<float> floatsOf(std::span<const std::byte> bytes);

/// "0.5" or a fraction such as "1/255".
Result<double> parseFraction(const std::string& text);

/// Cuts an array into runs of `input`, in NHWC order. The array has the shape of the model's
/// tensor, with or without a leading sample axis (a batch dimension of 1 may stand in for it).
/// Integer data into a float input needs `scaling`: guessing it would give wrong answers silently.
Result<std::vector<std::vector<float>>> cutSamples(const NpyArray& array, const Value& input,
                                                   const std::optional<InputScaling>& scaling);

} // namespace tidemark

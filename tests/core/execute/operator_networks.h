// SPDX-License-Identifier: Apache-2.0
// Networks of one stage, of every kind and of random geometry and numbers.
#pragma once

#include "core/lower/network.h"
#include "core/lower/stored_numbers.h"

#include <string>
#include <vector>

namespace tidemark::handmade {

/// "conv", "residual conv", "mean", "concat rows", ... for tests that go through all of them.
const std::vector<std::string>& operatorKinds();

enum class Extents {
    Small, ///< rows, width and channels up to 7, windows up to 3
    Odd,   ///< 1, and odd ones beyond 7; windows up to 7
    Deep   ///< up to 1,025 channels, all weights -127 or 127: the longest sums
};

/// One stage of `kind` over fp32 or int8 tensors. Scales and zero points reach their extremes: both
/// ends of int8, multipliers above 1 and below 2^-31.
Network operatorNetwork(const std::string& kind, DataType type, unsigned seed,
                        Extents extents = Extents::Small);

/// Several networks of one stage side by side, as one of several inputs and outputs.
Network sideBySide(const std::vector<Network>& networks);

/// Random elements for every input; int8 ones often extreme.
std::vector<std::vector<std::byte>> operatorInputs(const Network& network, unsigned seed);

} // namespace tidemark::handmade

// SPDX-License-Identifier: Apache-2.0
// Networks of one stage whose instructions are counted to fit the cost model: every kernel over a
// wide range of shapes.
#pragma once

#include "core/lower/network.h"

#include <vector>

namespace tidemark::test {

/// The k-th network of a type, always the same. Its weights and inputs are seeded.
Network trainingNetwork(DataType type, unsigned k);

/// Small networks of the usual kernels; from here on more of them
/// (tests/core/cost/more_networks.h): shapes of real networks, and every other kernel.
constexpr unsigned kTrainingNetworks = 320;
constexpr unsigned kAllNetworks = 520;

/// Elements in the middle of their range for every input.
std::vector<std::vector<std::byte>> trainingInputs(const Network& network, unsigned seed);

/// Several networks of one stage side by side, as one of several inputs and outputs.
Network joined(const std::vector<Network>& networks);

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
// Networks of one stage whose instructions are counted to fit the cost model: every kernel over a
// wide range of shapes.
#pragma once

#include "core/lower/network.h"

#include <vector>

namespace tidemark::test {

/// The k-th network of a type, always the same. Its weights and inputs are seeded.
Network trainingNetwork(DataType type, unsigned k);

/// How many there are. Networks beyond are as good and serve as the hold-out.
constexpr unsigned kTrainingNetworks = 320;

/// Elements in the middle of their range for every input.
std::vector<std::vector<std::byte>> trainingInputs(const Network& network, unsigned seed);

/// Several networks of one stage side by side, as one of several inputs and outputs.
Network joined(const std::vector<Network>& networks);

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"

#include <span>
#include <vector>

namespace tidemark {

/// Runs a network once, stage by stage, each tensor in its own memory. `inputs[i]` is network input
/// i in NHWC order. Gives every value of the network, indexed by ValueId, NHWC. Error: a plan-only
/// stage, or weights that are not there, by name.
Result<std::vector<std::vector<float>>> runReference(const Network& network,
                                                     std::span<const std::vector<float>> inputs);

} // namespace tidemark

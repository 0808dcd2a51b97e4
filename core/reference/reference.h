// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"

#include <span>
#include <stop_token>
#include <vector>

namespace tidemark {

/// Runs a network once, stage by stage, each tensor in its own memory. `inputs[i]` is network input
/// i in NHWC order. Gives every value of the network, indexed by ValueId, NHWC. Elements of int8
/// and other integer values are the numbers they store. Error: a plan-only stage, a type that
/// nothing here computes with, or weights that are not there, by name; stopped between two stages.
Result<std::vector<std::vector<float>>> runReference(const Network& network,
                                                     std::span<const std::vector<float>> inputs,
                                                     const std::stop_token& stop = {});

} // namespace tidemark

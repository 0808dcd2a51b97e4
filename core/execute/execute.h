// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tidemark {

/// Values of a network as raw bytes in NHWC order, indexed by ValueId.
using ValueBytes = std::vector<std::vector<std::byte>>;

/// Runs a network with the row kernels of kernels/, each tensor in memory of its own.
Result<ValueBytes> runUnplanned(const Network& network,
                                std::span<const std::vector<std::byte>> inputs);

/// Runs a plan's events with the same kernels in one arena per bank at the planned offsets, dead
/// bytes poisoned before every event. Gives the network's outputs, in order of Network::outputs.
/// Error: kernel missing (plan-only stage, by name) or a plan that does not hold water.
Result<std::vector<std::vector<std::byte>>>
runPlanned(const Plan& plan, std::span<const std::vector<std::byte>> inputs);

} // namespace tidemark

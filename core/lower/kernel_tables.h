// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

namespace tidemark {

/// The tables a stage's kernel reads beside the model's own constants, in the order its kernel
/// call takes them: requantise records {multiplier, shift}, functions of a byte as 256 entries,
/// indices and shares of a resize, records of a rearrangement. Empty for most fp32 stages.
std::vector<Constant> kernelTables(const Network& network, const Stage& stage);

/// The network with those tables as constants (ConstantRole::Table) of its stages, so that they are
/// planned and placed like weights. Stages that have their tables are left as they are.
Network withKernelTables(Network network);

/// Whether an int8 (or uint8) stage of one input and no clamp of its own is a table of 256 entries.
bool isLookup(const Network& network, const Stage& stage);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

namespace tidemark {

/// RAM of the command server and the drivers under it whatever the model: line, ring and state.
/// The bundle's linker script asserts that what is linked keeps to serverBytes().
inline constexpr Bytes kServerStateBytes{512};
/// Of every stage: a counter, for timing by stages, and in a streamed run its next row.
inline constexpr Bytes kServerStageBytes{12};

/// What the command server occupies in the board's default RAM, outside every peak figure but
/// inside the bank's capacity. `keepsInput`: it holds a copy of the network's inputs, restored
/// before every run, because a plan may let the input's bytes be overwritten.
Bytes serverBytes(const Network& network, bool keepsInput);

} // namespace tidemark

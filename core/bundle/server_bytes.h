// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

namespace tidemark {

/// RAM of the command server and the drivers under it, apart from the input copy: the .data and
/// .bss of the exported firmware with everything but the arenas. The bundle's linker script
/// asserts that the linked sections keep to it.
inline constexpr Bytes kServerStateBytes{768};

/// What the command server occupies in the board's default RAM, outside every peak figure but
/// inside the bank's capacity. `keepsInput`: it holds a copy of the network's inputs, restored
/// before every run, because a plan may let the input's bytes be overwritten.
Bytes serverBytes(const Network& network, bool keepsInput);

} // namespace tidemark

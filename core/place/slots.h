// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offsets.h"

namespace tidemark {

/// Ping-pong: colours the blocks into k slots, k = most blocks alive at once, so that blocks alive
/// together never share a slot, with the smallest sum of slot sizes (a slot is as large as its
/// largest block). On a chain k is 2: the two alternating buffers. Slots lie one above the other.
/// Fixed offsets are not honoured: callers use packOffsets when there are any.
Packing packSlots(const std::vector<Block>& blocks, std::int64_t searchNodes,
                  std::stop_token stop = {});

} // namespace tidemark

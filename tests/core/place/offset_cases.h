// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offsets.h"

#include <random>

namespace tidemark::test {

/// A rectangle of `height` bytes cut into blocks that fill it, by straight cuts and by pinwheels
/// (five pieces that no straight cut separates). Its optimum is `height`.
std::vector<Block> perfectPacking(std::mt19937& random, std::size_t count, std::int64_t height);

/// Blocks as the layers of a network leave them: most die soon, some are skipped far ahead.
std::vector<Block> networkLike(std::mt19937& random, std::size_t count);

/// Blocks of random size and life among `events` events; one in ten is long.
std::vector<Block> scattered(std::mt19937& random, std::size_t count, std::size_t events);

} // namespace tidemark::test

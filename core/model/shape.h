// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// Extents of a tensor, outermost first, in the layout of its file. Empty = a scalar.
using Shape = std::vector<std::int64_t>;

/// Elements of `shape`; nothing when an extent is negative or the product leaves 64 bits.
std::optional<std::int64_t> elementCount(const Shape& shape);

/// "1x6x28x28", "scalar" for a scalar.
std::string toString(const Shape& shape);

} // namespace tidemark

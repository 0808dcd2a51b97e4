// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"

#include <cstdint>
#include <string>

namespace tidemark {

/// 36472 -> "36,472": how every program of Tidemark writes a whole number.
std::string formatCount(std::int64_t count);

/// Bytes(36472) -> "36,472 B".
std::string formatBytes(Bytes bytes);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/data_type.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tidemark {

/// Elements of any type as the numbers they store: an int8 element of -3 is -3, whatever its scale.
/// Floats hold all of int8, int16 and fp32 exactly, larger integers up to 2^24.
std::vector<float> numbersOf(DataType type, std::span<const std::byte> bytes);

/// And back; integers are rounded and clamped to their type, NaN becomes 0.
std::vector<std::byte> bytesOf(DataType type, std::span<const float> numbers);

} // namespace tidemark

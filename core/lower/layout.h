// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tidemark {

/// The elements of a value from the order of its model's file (channel by channel) to NHWC order,
/// as networks take their inputs. `bytes` holds value.bytes() bytes.
std::vector<std::byte> toChannelsLast(const Value& value, std::span<const std::byte> bytes);
/// And back: a network's output in the order of its shape in the model's file, Value::modelShape.
std::vector<std::byte> toModelOrder(const Value& value, std::span<const std::byte> bytes);

} // namespace tidemark

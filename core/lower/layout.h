// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tidemark {

// How tensors lie in values (rows, width, channels), batch 1:
//   images, batch x channels x height x width      height, width, channels
//   the same from a file with the channels last    height, width, channels
//   batch x channels x length under 1-D windows    length, 1, channels
//   steps x features                               steps, 1, features
//   features                                       1, 1, features
//   all others                                     all but the last two axes, one before last, last
// Inputs and outputs are either in the file's order (Value::modelChannelsLast) or images whose file
// has them channel by channel.

/// The elements of a value from the order of its model's file to NHWC order, as networks take their
/// inputs. `bytes` holds value.bytes() bytes.
std::vector<std::byte> toChannelsLast(const Value& value, std::span<const std::byte> bytes);
/// And back: a network's output in the order of its shape in the model's file, Value::modelShape.
std::vector<std::byte> toModelOrder(const Value& value, std::span<const std::byte> bytes);

} // namespace tidemark

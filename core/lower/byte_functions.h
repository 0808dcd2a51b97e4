// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <array>
#include <cstdint>

namespace tidemark {

/// A stage of one int8 (or uint8) input and output as what each byte becomes, indexed by the byte
/// as unsigned. UnaryOp (Identity requantises) and ClampOp. Arithmetic as of TensorFlow Lite Micro
/// where it has the operator in fixed point, else the function in double, rounded once.
std::array<std::uint8_t, 256> byteFunction(const StageOp& op, const Value& in, const Value& out);

/// f(x) in real numbers.
double unaryValue(const UnaryOp& op, double x);

} // namespace tidemark

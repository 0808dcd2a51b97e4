// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/tensor.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark {

/// Elements of a constant of an integer type (or bool) in the order of its shape. Nothing when the
/// tensor is no constant, came without data, is of another type, or is longer than a control
/// operand can sensibly be (65,536 elements).
std::optional<std::vector<std::int64_t>> constantIntegers(const Tensor& tensor);
/// The same for every numeric type, float16 included, converted to double.
std::optional<std::vector<double>> constantReals(const Tensor& tensor);

/// Value of an IEEE 754 half.
float halfToFloat(std::uint16_t bits);

} // namespace tidemark

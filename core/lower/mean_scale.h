// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/fixed_point.h"

namespace tidemark {

/// How an int8 sum over whole axes becomes its output: the sum of (stored + inputOffset) times
/// factor, divided by the count and rounded where `divides`, plus outputOffset.
struct SumScale {
    std::int32_t inputOffset = 0;
    FixedPoint factor;
    std::int32_t outputOffset = 0;
    bool divides = false;
    std::int64_t count = 1; ///< elements that become one
};

/// Of a mean or a sum. A mean's division is folded into its multiplier, as TensorFlow Lite Micro
/// does it, unless the operator rounds the mean itself.
SumScale sumScale(const ReduceOp& op, const Value& in, const Value& out);

} // namespace tidemark

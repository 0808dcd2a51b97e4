// SPDX-License-Identifier: Apache-2.0
#include "core/lower/mean_scale.h"

#include <algorithm>
#include <bit>

namespace tidemark {

SumScale sumScale(const ReduceOp& op, const Value& in, const Value& out)
{
    SumScale sum;
    sum.count =
        (op.rows ? in.rows : 1) * (op.width ? in.width : 1) * (op.channels ? in.channels : 1);
    const bool same = sameQuantization(in.quantization, out.quantization);
    sum.factor = fixedPoint(scaleOf(in.quantization) / scaleOf(out.quantization));
    sum.inputOffset = -zeroPointOf(in.quantization);
    sum.outputOffset = zeroPointOf(out.quantization);
    if (op.kind != Reduction::Mean) {
        return sum;
    }
    if (op.roundsMean) {
        sum.divides = true;
        if (same) { // the mean of the stored values themselves
            sum.inputOffset = sum.outputOffset = 0;
        }
        return sum;
    }
    // multiplier * 2^shift / count, the shift as large as the multiplier allows.
    const int bits = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(sum.count))) - 1;
    const int shift = std::max(0, std::min({bits, 32, 31 + sum.factor.shift}));
    sum.factor.multiplier = static_cast<std::int32_t>(
        (static_cast<std::int64_t>(sum.factor.multiplier) << shift) / sum.count);
    sum.factor.shift -= shift;
    return sum;
}

} // namespace tidemark

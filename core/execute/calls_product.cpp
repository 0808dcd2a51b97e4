// SPDX-License-Identifier: Apache-2.0
// Calls of kernels that sum over whole axes: products, reductions, softmax.
#include "core/execute/call_maker.h"

#include "core/lower/mean_scale.h"

namespace tidemark {

using calls::kLargest;
using calls::narrow;

Status CallMaker::fill(const FullyConnectedOp& op)
{
    const auto weights = checkedProduct(in().elements(), out().elements());
    if (!weights || *weights > kLargest || out().rows != 1) {
        return contradiction("the number of weights");
    }
    if (auto status = calls::firstError(
            {checkTypes(), addWeights(op.weights, *weights, op.bias, out().elements())});
        !status) {
        return status;
    }
    // A full tensor's rows are contiguous: one long row, unless they come one by one.
    const bool byRows = m_form == KernelForm::Gathering;
    const std::int64_t rows = byRows ? in().rows : 1;
    Status input =
        byRows ? addInput(0)
               : addRows(m_stage.inputs.front(), {1, 1, 0, 1, narrow(in().bytes().count())});
    if (!input) {
        return input;
    }
    const auto set = [&](auto& p) {
        p.in_rows = narrow(rows);
        p.row_elements = narrow(in().elements() / rows);
        p.outputs = narrow(out().elements());
    };
    if (!isInt8()) {
        tm_fc_f32_params p{};
        set(p);
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        setParams("tm_fc_f32", p);
        return Done{};
    }
    tm_fc_s8_params p{};
    const StoredRange range = storedRange(op.activation, out().quantization);
    set(p);
    p.in_offset = -zeroPointOf(in().quantization);
    p.weight_offset = -zeroPointOf(m_network[op.weights].quantization);
    p.out_offset = zeroPointOf(out().quantization);
    p.act_min = range.min;
    p.act_max = range.max;
    const Status scales = addScales(out().elements(), p.scale_step);
    setParams("tm_fc_s8", p);
    return scales;
}

Status CallMaker::fill(const MatMulOp& op)
{
    const std::int64_t inputs = in().rowElements();
    const std::int64_t outputs = out().rowElements();
    const auto weights = checkedProduct(inputs, outputs);
    if (!weights || *weights > kLargest || in().rows != out().rows) {
        return contradiction("the matrix product");
    }
    if (!op.weights) {
        const std::int64_t rows = op.transposeB ? outputs : inputs;
        const std::int64_t perRow = op.transposeB ? inputs : outputs;
        if (in(1).rows != rows || in(1).rowElements() != perRow) {
            return contradiction("the second matrix");
        }
    }
    if (auto status = calls::firstError({checkTypes(), addInput(0)}); !status) {
        return status;
    }
    const DataType weightType = isInt8() ? DataType::Int8 : DataType::Float32;
    const DataType biasType = isInt8() ? DataType::Int32 : DataType::Float32;
    if (auto status = calls::firstError({op.weights ? Status(Done{}) : addWhole(1),
                                         addConstant(op.weights, weightType, *weights),
                                         addConstant(op.bias, biasType, outputs)});
        !status) {
        return status;
    }
    const auto set = [&](auto& p) {
        p.inputs = narrow(inputs);
        p.outputs = narrow(outputs);
        p.transposed = op.transposeB ? 1 : 0;
    };
    if (!isInt8()) {
        tm_matmul_f32_params p{};
        set(p);
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        setParams("tm_matmul_f32", p);
        return Done{};
    }
    tm_matmul_s8_params p{};
    const StoredRange range = storedRange(op.activation, out().quantization);
    const auto& factor = op.weights ? m_network[*op.weights].quantization : in(1).quantization;
    set(p);
    p.in_offset = -zeroPointOf(in().quantization);
    p.weight_offset = -zeroPointOf(factor);
    p.out_offset = zeroPointOf(out().quantization);
    p.act_min = range.min;
    p.act_max = range.max;
    const Status scales = addScales(outputs, p.scale_step);
    setParams("tm_matmul_s8", p);
    return scales;
}

template <class P> void CallMaker::setReduction(P& p, const ReduceOp& op) const
{
    p.kind = static_cast<std::int32_t>(op.kind); // TM_MEAN, ... are in the same order
    p.in_rows = op.rows ? narrow(in().rows) : 1;
    p.width = narrow(in().width);
    p.channels = narrow(in().channels);
    p.over_width = op.width ? 1 : 0;
    p.over_channels = op.channels ? 1 : 0;
}

Status CallMaker::fill(const ReduceOp& op)
{
    const bool fits = out().rows == (op.rows ? 1 : in().rows) &&
                      out().width == (op.width ? 1 : in().width) &&
                      out().channels == (op.channels ? 1 : in().channels);
    if (!fits) {
        return contradiction("the reduction");
    }
    const bool byRows = m_form == KernelForm::Gathering && op.rows;
    if (auto status = calls::firstError({checkTypes(), checkSum(in().elements() / out().elements()),
                                         op.rows && !byRows ? addWhole(0) : addInput(0)});
        !status) {
        return status;
    }
    if (m_form == KernelForm::Gathering && !op.rows) {
        return problem("it cannot be fed row by row", "plan it as one call");
    }
    if (!isInt8()) {
        tm_reduce_f32_params p{};
        setReduction(p, op);
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        setParams("tm_reduce_f32", p);
        return Done{};
    }
    tm_reduce_s8_params p{};
    const StoredRange range = storedRange(op.activation, out().quantization);
    setReduction(p, op);
    p.act_min = range.min;
    p.act_max = range.max;
    if (op.kind == Reduction::Max || op.kind == Reduction::Min) {
        if (!sameQuantization(in().quantization, out().quantization)) {
            return contradiction("a maximum that requantises");
        }
    } else {
        const SumScale scale = sumScale(op, in(), out());
        p.in_offset = scale.inputOffset;
        p.multiplier = scale.factor.multiplier;
        p.shift = scale.factor.shift;
        p.out_offset = scale.outputOffset;
        p.divides = scale.divides ? 1 : 0;
    }
    setParams("tm_reduce_s8", p);
    return Done{};
}

Status CallMaker::fill(const SoftmaxOp& op)
{
    if (auto status = calls::firstError({checkTypes(), checkSameShape(), addInput(0)}); !status) {
        return status;
    }
    if (!isInt8()) {
        setParams("tm_softmax_f32", tm_softmax_f32_params{narrow(in().width), narrow(in().channels),
                                                          op.logarithm ? 1 : 0, op.beta});
        return Done{};
    }
    if (!sameQuantization(out().quantization, softmaxQuantization(op.logarithm))) {
        return problem(
            "int8 " + m_stage.kindText() + " has a kernel for scale " +
                (op.logarithm ? "1/16 and zero point 127" : "1/256 and zero point -128") + " alone",
            "quantise its output so");
    }
    if (in().channels > kMostSoftmaxChannels) {
        return problem("int8 " + m_stage.kindText() + " of " + std::to_string(in().channels) +
                           " channels has no kernel",
                       "at most " + std::to_string(kMostSoftmaxChannels) + " fit; leave it fp32");
    }
    const SoftmaxScale scale = softmaxScale(op.beta, scaleOf(in().quantization));
    if (op.logarithm) {
        setParams("tm_logsoftmax_s8",
                  tm_logsoftmax_s8_params{narrow(in().width), narrow(in().channels),
                                          scale.factor.multiplier, scale.factor.shift, scale.least,
                                          scale.reverse.multiplier, scale.reverse.shift});
        return Done{};
    }
    setParams("tm_softmax_s8", tm_softmax_s8_params{narrow(in().width), narrow(in().channels),
                                                    scale.factor.multiplier, scale.factor.shift,
                                                    scale.least, nullptr});
    return Done{};
}

} // namespace tidemark

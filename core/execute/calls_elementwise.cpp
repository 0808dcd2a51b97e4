// SPDX-License-Identifier: Apache-2.0
// Calls of kernels that go element by element.
#include "core/execute/call_maker.h"

#include "core/lower/kernel_tables.h"

#include <algorithm>
#include <array>
#include <utility>

namespace tidemark {

using calls::narrow;

namespace {

constexpr std::array kFunctions{
    std::pair{UnaryFunction::Identity, TM_IDENTITY},
    std::pair{UnaryFunction::LeakyRelu, TM_LEAKY_RELU},
    std::pair{UnaryFunction::Elu, TM_ELU},
    std::pair{UnaryFunction::Selu, TM_SELU},
    std::pair{UnaryFunction::Sigmoid, TM_SIGMOID},
    std::pair{UnaryFunction::Tanh, TM_TANH},
    std::pair{UnaryFunction::HardSigmoid, TM_HARD_SIGMOID},
    std::pair{UnaryFunction::HardSwish, TM_HARD_SWISH},
    std::pair{UnaryFunction::Softplus, TM_SOFTPLUS},
    std::pair{UnaryFunction::Softsign, TM_SOFTSIGN},
    std::pair{UnaryFunction::ThresholdedRelu, TM_THRESHOLDED_RELU},
    std::pair{UnaryFunction::Exp, TM_EXP},
    std::pair{UnaryFunction::Log, TM_LOG},
    std::pair{UnaryFunction::Sqrt, TM_SQRT},
    std::pair{UnaryFunction::Rsqrt, TM_RSQRT},
    std::pair{UnaryFunction::Reciprocal, TM_RECIPROCAL},
    std::pair{UnaryFunction::Abs, TM_ABS},
    std::pair{UnaryFunction::Negate, TM_NEGATE},
    std::pair{UnaryFunction::Erf, TM_ERF},
    std::pair{UnaryFunction::Gelu, TM_GELU},
    std::pair{UnaryFunction::Square, TM_SQUARE},
};

std::int32_t kernelFunction(UnaryFunction function)
{
    const auto found = std::find_if(kFunctions.begin(), kFunctions.end(),
                                    [&](const auto& pair) { return pair.first == function; });
    return found->second;
}

std::int32_t kernelFunction(BinaryFunction function)
{
    switch (function) {
    case BinaryFunction::Add:
        return TM_ADD;
    case BinaryFunction::Sub:
        return TM_SUB;
    case BinaryFunction::Mul:
        return TM_MUL;
    case BinaryFunction::Div:
        return TM_DIV;
    case BinaryFunction::Min:
        return TM_MINIMUM;
    case BinaryFunction::Max:
        return TM_MAXIMUM;
    }
    return TM_ADD;
}

bool isByte(DataType type)
{
    return type == DataType::Int8 || type == DataType::UInt8;
}

/// An operand of an elementwise stage: what it is read from and its extents.
struct Operand {
    std::variant<ValueId, ConstantId> source;
    std::int64_t rows = 1, width = 1, channels = 1;
    DataType type = DataType::Float32;
    std::optional<Quantization> quantization;
};

Operand operandOf(const Network& network, ValueId id)
{
    const Value& value = network[id];
    return {id, value.rows, value.width, value.channels, value.type, value.quantization};
}

/// A constant of shape rows, width, channels; leading axes of 1 may be left out.
std::optional<Operand> operandOf(const Network& network, ConstantId id)
{
    const Constant& constant = network[id];
    Shape shape = constant.shape;
    while (shape.size() < 3) {
        shape.insert(shape.begin(), 1);
    }
    if (shape.size() != 3) {
        return std::nullopt;
    }
    return Operand{id, shape[0], shape[1], shape[2], constant.type, constant.quantization};
}

bool repeats(const Operand& operand, const Value& out)
{
    const auto fits = [](std::int64_t extent, std::int64_t whole) {
        return extent == 1 || extent == whole;
    };
    return fits(operand.rows, out.rows) && fits(operand.width, out.width) &&
           fits(operand.channels, out.channels);
}

RowWindow rowsOf(const Operand& operand)
{
    return {1, operand.rows == 1 ? 0 : 1, 0, narrow(operand.rows),
            narrow(operand.width * operand.channels * elementBytes(operand.type).count())};
}

} // namespace

Status CallMaker::checkSameShape() const
{
    if (in().rows != out().rows || in().rowElements() != out().rowElements()) {
        return contradiction(m_stage.kindText() + " from one shape to another");
    }
    return Done{};
}

Status CallMaker::fillLookup()
{
    setParams("tm_lookup", tm_lookup_params{nullptr, narrow(in().rowElements())});
    return calls::firstError({addTable(DataType::UInt8, 256), addInput(0)});
}

Status CallMaker::fill(const ClampOp& op)
{
    if (auto status = checkSameShape(); !status) {
        return status;
    }
    if (isLookup(m_network, m_stage)) {
        return fillLookup();
    }
    if (auto status = checkTypes(); !status) {
        return status;
    }
    if (isInt8()) {
        const StoredRange range = storedRange(op.activation, out().quantization);
        setParams("tm_clamp_s8",
                  tm_clamp_s8_params{narrow(in().rowElements()), range.min, range.max});
    } else {
        setParams("tm_clamp_f32", tm_clamp_f32_params{narrow(in().rowElements()), op.activation.min,
                                                      op.activation.max});
    }
    return addInput(0);
}

/// Identity between types: quantise, dequantise, copy.
Status CallMaker::fillCast()
{
    const std::int32_t elements = narrow(in().rowElements());
    if (in().type == DataType::Float32 && isByte(out().type)) {
        setParams("tm_quantize_s8",
                  tm_quantize_s8_params{elements, zeroPointOf(out().quantization),
                                        out().type == DataType::UInt8 ? 1 : 0,
                                        static_cast<float>(scaleOf(out().quantization))});
    } else if (isByte(in().type) && out().type == DataType::Float32) {
        setParams("tm_dequantize_s8",
                  tm_dequantize_s8_params{elements, -zeroPointOf(in().quantization),
                                          in().type == DataType::UInt8 ? 1 : 0,
                                          static_cast<float>(scaleOf(in().quantization))});
    } else if (in().type == out().type) {
        setParams("tm_copy", tm_copy_params{narrow(in().rowBytes().count())});
    } else {
        return noKernel();
    }
    return addInput(0);
}

Status CallMaker::fill(const UnaryOp& op)
{
    if (auto status = checkSameShape(); !status) {
        return status;
    }
    if (isLookup(m_network, m_stage)) {
        return fillLookup();
    }
    if (op.function == UnaryFunction::Identity) {
        return fillCast();
    }
    if (in().type != DataType::Float32 || out().type != DataType::Float32) {
        return noKernel();
    }
    setParams("tm_unary_f32", tm_unary_f32_params{kernelFunction(op.function),
                                                  narrow(in().rowElements()), op.alpha, op.beta});
    return addInput(0);
}

Status CallMaker::fill(const PReluOp& op)
{
    const Constant& slope = m_network[op.slope];
    const std::int64_t count = elementCount(slope.shape).value_or(0);
    const std::int64_t perRow = in().rowElements();
    const bool perElement = count == in().elements() && count > in().channels;
    if (count != 1 && count != in().channels && !perElement) {
        return contradiction("the number of slopes");
    }
    const std::int64_t period = perElement ? perRow : count;
    if (auto status = calls::firstError(
            {checkTypes(), checkSameShape(), checkConstant(op.slope, out().type, count),
             addInput(0),
             addRows(op.slope, {1, perElement ? 1 : 0, 0, perElement ? narrow(in().rows) : 1,
                                narrow(period * elementBytes(out().type).count())})});
        !status) {
        return status;
    }
    if (!isInt8()) {
        setParams("tm_prelu_f32", tm_prelu_f32_params{narrow(perRow), narrow(period)});
        return Done{};
    }
    const double ratio = scaleOf(in().quantization) / scaleOf(out().quantization);
    const FixedPoint plain = fixedPoint(ratio);
    const FixedPoint sloped = fixedPoint(scaleOf(in().quantization) * scaleOf(slope.quantization) /
                                         scaleOf(out().quantization));
    setParams("tm_prelu_s8",
              tm_prelu_s8_params{narrow(perRow), narrow(period), -zeroPointOf(in().quantization),
                                 -zeroPointOf(slope.quantization), zeroPointOf(out().quantization),
                                 plain.multiplier, plain.shift, sloped.multiplier, sloped.shift});
    return Done{};
}

Status CallMaker::fill(const BinaryOp& op)
{
    Operand a = operandOf(m_network, m_stage.inputs.front());
    std::optional<Operand> b =
        op.constant ? operandOf(m_network, *op.constant) : operandOf(m_network, m_stage.inputs[1]);
    if (!b) {
        return contradiction("the shape of " + printable(m_network[*op.constant].name));
    }
    if (op.constant) {
        const auto elements = elementCount(m_network[*op.constant].shape).value_or(0);
        if (auto status = checkConstant(*op.constant, out().type, elements); !status) {
            return status;
        }
    }
    if (op.constant && op.constantFirst) {
        std::swap(a, *b);
    }
    if (!repeats(a, out()) || !repeats(*b, out())) {
        return contradiction("the shape of an operand");
    }
    if (auto status = calls::firstError(
            {checkTypes(), addRows(a.source, rowsOf(a)), addRows(b->source, rowsOf(*b))});
        !status) {
        return status;
    }
    const auto set = [&](auto& p) {
        p.width = narrow(out().width);
        p.channels = narrow(out().channels);
        p.a_width = narrow(a.width);
        p.a_channels = narrow(a.channels);
        p.b_width = narrow(b->width);
        p.b_channels = narrow(b->channels);
    };
    if (!isInt8()) {
        tm_binary_f32_params p{};
        set(p);
        p.function = kernelFunction(op.function);
        p.act_min = op.activation.min;
        p.act_max = op.activation.max;
        setParams("tm_binary_f32", p);
        return Done{};
    }
    const StoredRange range = storedRange(op.activation, out().quantization);
    if (op.function == BinaryFunction::Add || op.function == BinaryFunction::Sub) {
        tm_add_s8_params p{};
        set(p);
        p.subtract = op.function == BinaryFunction::Sub ? 1 : 0;
        p.sum = sumFields(a.quantization, b->quantization, op.activation);
        setParams("tm_add_s8", p);
    } else if (op.function == BinaryFunction::Mul) {
        const FixedPoint factor = fixedPoint(scaleOf(a.quantization) * scaleOf(b->quantization) /
                                             scaleOf(out().quantization));
        tm_mul_s8_params p{};
        set(p);
        p.a_offset = -zeroPointOf(a.quantization);
        p.b_offset = -zeroPointOf(b->quantization);
        p.multiplier = factor.multiplier;
        p.shift = factor.shift;
        p.out_offset = zeroPointOf(out().quantization);
        p.act_min = range.min;
        p.act_max = range.max;
        setParams("tm_mul_s8", p);
    } else {
        tm_real_s8_params p{};
        set(p);
        p.function = kernelFunction(op.function);
        p.a_offset = -zeroPointOf(a.quantization);
        p.b_offset = -zeroPointOf(b->quantization);
        p.out_offset = zeroPointOf(out().quantization);
        p.a_scale = static_cast<float>(scaleOf(a.quantization));
        p.b_scale = static_cast<float>(scaleOf(b->quantization));
        p.out_scale = static_cast<float>(scaleOf(out().quantization));
        p.act_min = range.min;
        p.act_max = range.max;
        setParams("tm_real_s8", p);
    }
    return Done{};
}

} // namespace tidemark

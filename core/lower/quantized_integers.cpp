// SPDX-License-Identifier: Apache-2.0
// ConvInteger and MatMulInteger sum products of integers. Followed by a Cast and a multiplication
// by a constant scale they are what a Conv or MatMul of dequantised tensors is.
#include "core/lower/quantized_rewriter.h"

#include "core/model/constant_elements.h"

#include <cmath>

namespace tidemark {

std::optional<std::size_t> QuantizedRewriter::soleReader(TensorId id) const
{
    const auto& readers = m_readers[id.index()];
    return readers.size() == 1 && !isOutput(id) ? std::optional(readers.front().op) : std::nullopt;
}

/// Zero points of an operand: those of `input`, or none. What is wrong with them, or nothing.
std::string QuantizedRewriter::zerosOf(const Operator& op, std::size_t input,
                                       Quantization& zeros) const
{
    zeros.zeroPoints = {0};
    if (op.inputs.size() <= input || !op.inputs[input]) {
        return "";
    }
    const Tensor& tensor = m_model[*op.inputs[input]];
    const auto given = constantIntegers(tensor);
    if (!given || given->empty()) {
        return "its zero point '" + printable(tensor.name) +
               "' is computed while the network runs: quantise the model statically";
    }
    zeros.zeroPoints.assign(given->begin(), given->end());
    return "";
}

/// The numbers that the sums are multiplied by: one, or one for each channel.
std::optional<std::vector<double>> QuantizedRewriter::factorsOf(const Operator& scale,
                                                                TensorId sums, bool isConv) const
{
    if (scale.kind != OperatorKind::Mul || scale.inputs.size() != 2 || !scale.inputs[0] ||
        !scale.inputs[1] || scale.inputs[0] == scale.inputs[1]) {
        return std::nullopt;
    }
    const Tensor& factor = m_model[*scale.inputs[scale.inputs[0] == sums ? 1 : 0]];
    const auto numbers = constantReals(factor);
    if (!factor.shape || !m_model[sums].shape) {
        return std::nullopt;
    }
    const Shape& shape = *factor.shape;
    const std::size_t rank = m_model[sums].shape->size();
    const std::size_t fromEnd = isConv ? rank - 1 : 1;
    const bool runsAlong =
        numbers && shape.size() >= fromEnd && shape.size() <= rank &&
        shape[shape.size() - fromEnd] == static_cast<std::int64_t>(numbers->size());
    const bool isGood =
        numbers && (numbers->size() == 1 || runsAlong) &&
        std::ranges::all_of(*numbers, [](double x) { return std::isfinite(x) && x > 0; });
    return isGood ? numbers : std::nullopt;
}

/// What is missing, or nothing and the operators that belong together.
std::string QuantizedRewriter::findInteger(std::size_t index, IntegerProduct& found) const
{
    const Operator& op = m_model.operators[index];
    const bool isConv = op.kind == OperatorKind::QuantizedConv;
    found.product = index;
    found.x = *op.inputs[0];
    found.weights = *op.inputs[1];
    const Tensor& weights = m_model[found.weights];
    const std::string name = "'" + printable(weights.name) + "'";
    if (!weights.constant || !isByte(weights.type)) {
        return "its weights " + name + " are computed while the network runs";
    }
    for (const auto& problem : {zerosOf(op, 2, found.input), zerosOf(op, 3, found.factor)}) {
        if (!problem.empty()) {
            return problem;
        }
    }
    if (found.input.zeroPoints.size() != 1) {
        return "its input has several zero points";
    }
    const auto cast = soleReader(op.outputs[0]);
    const auto* to =
        cast ? std::get_if<CastAttributes>(&m_model.operators[*cast].attributes) : nullptr;
    const auto scale = to && to->to == DataType::Float32
                           ? soleReader(m_model.operators[*cast].outputs[0])
                           : std::nullopt;
    const auto factors =
        scale ? factorsOf(m_model.operators[*scale], m_model.operators[*cast].outputs[0], isConv)
              : std::nullopt;
    if (!factors) {
        return "its sums are not made float by a Cast and a multiplication by a constant scale";
    }
    found.cast = *cast;
    found.scale = *scale;
    const auto& known = m_model[found.x].quantization;
    found.input.scales = {known ? known->scales[0] : 1.0F};
    const std::size_t count = std::max(factors->size(), found.factor.zeroPoints.size());
    for (std::size_t i = 0; i < count; ++i) {
        const double factor = (*factors)[factors->size() == 1 ? 0 : i];
        found.factor.scales.push_back(static_cast<float>(factor / found.input.scales[0]));
    }
    found.factor.zeroPoints.resize(count, found.factor.zeroPoints[0]);
    found.factor.axis = count == 1 ? -1 : isConv ? 0 : static_cast<int>(weights.shape->size()) - 1;
    return "";
}

/// The three operators become two Dequantize and the product of what they give.
std::string QuantizedRewriter::readInteger(std::size_t index)
{
    IntegerProduct found{};
    const std::string problem = findInteger(index, found);
    if (!problem.empty()) {
        return problem;
    }
    if (!annotate(found.x, found.input) || !annotate(found.weights, found.factor)) {
        return "it reads a tensor with other zero points than the tensor was made with";
    }
    Operator& first = m_model.operators[found.product];
    Operator& last = m_model.operators[found.scale];
    last.kind =
        first.kind == OperatorKind::QuantizedConv ? OperatorKind::Conv : OperatorKind::MatMul;
    last.name = first.name;
    last.typeName = first.typeName;
    last.attributes = first.attributes;
    last.controlInputs = 0;
    last.inputs.clear();
    const auto dequantize = [&](std::size_t i, TensorId from) {
        const Tensor& stored = m_model[from];
        const TensorId real =
            addTensor({stored.name + "_real", DataType::Float32, stored.shape, {}, {}});
        Operator& op = m_model.operators[i];
        op.kind = OperatorKind::Dequantize;
        op.typeName = "DequantizeLinear";
        op.attributes = {};
        op.inputs = {from};
        op.outputs = {real};
        op.controlInputs = 0;
        m_understood[i] = true;
        last.inputs.push_back(real);
    };
    dequantize(found.cast, found.x);
    dequantize(found.product, found.weights);
    return "";
}

} // namespace tidemark

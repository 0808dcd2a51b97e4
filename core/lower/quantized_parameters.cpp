// SPDX-License-Identifier: Apache-2.0
// What a file says of scales and zero points becomes the quantization of its tensors.
#include "core/lower/quantized_rewriter.h"

#include "core/lower/quantized_operators.h"
#include "core/model/constant_elements.h"

#include <algorithm>

namespace tidemark {

/// Constant scales and zero points of an operator; nothing if they are computed or blockwise.
std::optional<Quantization> QuantizedRewriter::parametersOf(const Operator& op, std::size_t scale,
                                                            std::size_t zero,
                                                            std::int64_t axis) const
{
    if (op.inputs.size() <= scale || !op.inputs[scale]) {
        return std::nullopt;
    }
    const Tensor& given = m_model[*op.inputs[scale]];
    const auto scales = constantReals(given);
    if (!scales || scales->empty() || given.shape->size() > 1) {
        return std::nullopt;
    }
    Quantization quantization;
    for (const double number : *scales) {
        quantization.scales.push_back(static_cast<float>(number));
    }
    quantization.zeroPoints.assign(scales->size(), 0);
    if (op.inputs.size() > zero && op.inputs[zero]) {
        const auto zeros = constantIntegers(m_model[*op.inputs[zero]]);
        if (!zeros || zeros->size() != scales->size()) {
            return std::nullopt;
        }
        for (std::size_t i = 0; i < zeros->size(); ++i) {
            quantization.zeroPoints[i] = static_cast<std::int32_t>((*zeros)[i]);
        }
    }
    quantization.axis = scales->size() > 1 ? static_cast<int>(axis) : -1;
    return quantization;
}

/// False when the tensor has another quantization already.
bool QuantizedRewriter::annotate(TensorId id, const std::optional<Quantization>& quantization)
{
    Tensor& tensor = at(id);
    if (!quantization || (tensor.quantization && !isSame(*tensor.quantization, *quantization))) {
        return false;
    }
    if (quantization->scales.size() > 1) {
        const auto rank = static_cast<int>(tensor.shape ? tensor.shape->size() : 0);
        const int axis = quantization->axis + (quantization->axis < 0 ? rank : 0);
        if (axis < 0 || axis >= rank ||
            (*tensor.shape)[static_cast<std::size_t>(axis)] !=
                static_cast<std::int64_t>(quantization->scales.size())) {
            return false;
        }
        tensor.quantization = quantization;
        tensor.quantization->axis = axis;
        return true;
    }
    tensor.quantization = quantization;
    return true;
}

/// QLinearConv (x, scale, zero, w, scale, zero, y's scale, zero, bias) and QLinearMatMul.
/// What keeps it from int8 kernels, or an empty text.
std::string QuantizedRewriter::readQLinear(Operator& op)
{
    const bool isConv = op.kind == OperatorKind::QuantizedConv;
    const auto x = parametersOf(op, 1, 2, -1);
    const auto w = parametersOf(op, 4, 5, isConv ? 0 : -1);
    const auto y = parametersOf(op, 6, 7, -1);
    const auto isWhole = [](const std::optional<Quantization>& q) {
        return q && q->scales.size() == 1;
    };
    const Tensor& weights = m_model[*op.inputs[3]];
    const std::string name = "'" + printable(weights.name) + "'";
    if (!weights.constant || !isByte(weights.type)) {
        return "its weights " + name + " are computed while the network runs";
    }
    if (!isWhole(x) || !isWhole(y) || !w) {
        return "its scales and zero points are computed while the network runs";
    }
    if (!annotate(*op.inputs[0], x) || !annotate(*op.inputs[3], w) || !annotate(op.outputs[0], y)) {
        return "it reads a tensor with other scales than the tensor was made with";
    }
    std::vector<std::optional<TensorId>> inputs{op.inputs[0], op.inputs[3]};
    if (isConv && op.inputs.size() > 8 && op.inputs[8]) {
        inputs.push_back(op.inputs[8]);
    }
    op.inputs = std::move(inputs);
    op.kind = isConv ? OperatorKind::Conv : OperatorKind::MatMul;
    op.controlInputs = 0;
    return "";
}

void QuantizedRewriter::readParameters()
{
    findReaders();
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        Operator& op = m_model.operators[i];
        if (op.outputs.empty() || !op.outputs[0].isValid()) {
            continue; // makes nothing
        }
        const bool isQuantize = op.kind == OperatorKind::Quantize;
        if ((isQuantize || op.kind == OperatorKind::Dequantize) && op.inputs.size() >= 2) {
            const auto* axis = std::get_if<QuantizeAttributes>(&op.attributes);
            const TensorId stored = isQuantize ? op.outputs[0] : *op.inputs[0];
            m_understood[i] =
                stored.isValid() && annotate(stored, parametersOf(op, 1, 2, axis ? axis->axis : 1));
        }
        if (op.kind == OperatorKind::QuantizedConv || op.kind == OperatorKind::QuantizedMatMul) {
            m_reasons[i] = op.typeName.starts_with("QLinear") ? readQLinear(op) : readInteger(i);
        }
    }
    findReaders();
}

void QuantizedRewriter::findReaders()
{
    m_readers.assign(m_model.tensors.size(), {});
    m_maker.assign(m_model.tensors.size(), kNone);
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        const Operator& op = m_model.operators[i];
        for (std::size_t input = 0; input < op.inputs.size(); ++input) {
            if (op.inputs[input]) {
                m_readers[op.inputs[input]->index()].push_back({i, input});
            }
        }
        for (const TensorId output : op.outputs) {
            if (output.isValid()) {
                m_maker[output.index()] = i;
            }
        }
    }
}

} // namespace tidemark

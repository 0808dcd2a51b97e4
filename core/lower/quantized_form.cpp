// SPDX-License-Identifier: Apache-2.0
// Which operators compute on quantised tensors, and what they read and make then.
#include "core/lower/quantized_rewriter.h"

#include "core/lower/quantized_operators.h"
#include "core/model/constant_elements.h"

#include <algorithm>
#include <cmath>

namespace tidemark {

/// The quantised tensor that a Dequantize made this one from.
std::optional<TensorId> QuantizedRewriter::quantizedTwin(TensorId id) const
{
    const std::size_t maker = m_maker[id.index()];
    if (maker == kNone || !m_understood[maker] ||
        m_model.operators[maker].kind != OperatorKind::Dequantize) {
        return std::nullopt;
    }
    return m_model.operators[maker].inputs[0];
}

/// A float tensor that will be int8: read through a Dequantize, or moved from one that is.
bool QuantizedRewriter::isQuantized(TensorId id) const
{
    if (const auto twin = quantizedTwin(id)) {
        const Tensor& tensor = m_model[*twin];
        return tensor.constant || (isByte(tensor.type) && tensor.quantization->scales.size() == 1);
    }
    const std::size_t maker = m_maker[id.index()];
    return maker != kNone && m_chosen[maker] && movesElements(m_model.operators[maker].kind);
}

bool QuantizedRewriter::inputsFit(const Operator& op) const
{
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        if (!op.inputs[i] || (i < 32 && (op.controlInputs >> i & 1U))) {
            continue;
        }
        const TensorId id = *op.inputs[i];
        const bool isBias = i == 2 && isProduct(op.kind);
        const auto twin = quantizedTwin(id);
        if (isBias) {
            const Tensor& bias = m_model[twin.value_or(id)];
            const auto numbers = constantReals(bias);
            const bool isAbsent = bias.constant && bias.constant->bytes().empty();
            const auto isNumber = [](double x) { return std::isfinite(x); };
            if (!isAbsent && (!numbers || !std::ranges::all_of(*numbers, isNumber))) {
                return false;
            }
            continue;
        }
        if (!isQuantized(id)) {
            return false;
        }
        const bool isWeights = i == 1 && isProduct(op.kind) && twin && m_model[*twin].constant;
        if (isWeights && !canCentre(*twin)) {
            return false;
        }
    }
    return true;
}

/// The one quantization that everybody reads the result with, after what follows and moves elements
/// or clamps them: `chain`.
std::optional<Quantization> QuantizedRewriter::resultOf(std::size_t index,
                                                        std::vector<std::size_t>& chain) const
{
    TensorId result = m_model.operators[index].outputs[0];
    std::optional<Quantization> found;
    while (true) {
        if (isOutput(result) || m_readers[result.index()].empty()) {
            return std::nullopt;
        }
        const auto& readers = m_readers[result.index()];
        const Operator& first = m_model.operators[readers.front().op];
        if (first.kind != OperatorKind::Quantize) {
            if (readers.size() != 1 || !movesElements(first.kind) || first.outputs.size() != 1 ||
                readers.front().input != 0) {
                return std::nullopt;
            }
            chain.push_back(readers.front().op);
            result = first.outputs[0];
            continue;
        }
        for (const Reader& reader : readers) {
            const Operator& op = m_model.operators[reader.op];
            if (op.kind != OperatorKind::Quantize || !m_understood[reader.op] ||
                !isByte(m_model[op.outputs[0]].type)) {
                return std::nullopt;
            }
            const Quantization& quantization = *m_model[op.outputs[0]].quantization;
            if (quantization.scales.size() != 1 || (found && !isSame(*found, quantization))) {
                return std::nullopt;
            }
            found = quantization;
        }
        return found;
    }
}

/// Whether everybody who reads the results can take them quantised.
bool QuantizedRewriter::readersFit(const Operator& op) const
{
    return std::ranges::all_of(op.outputs, [&](TensorId output) {
        return !output.isValid() ||
               (!isOutput(output) &&
                std::ranges::all_of(m_readers[output.index()], [&](const Reader& reader) {
                    return m_chosen[reader.op] ||
                           (m_understood[reader.op] &&
                            m_model.operators[reader.op].kind == OperatorKind::Quantize);
                }));
    });
}

bool QuantizedRewriter::stays(std::size_t index) const
{
    const Operator& op = m_model.operators[index];
    const std::size_t maker =
        !op.inputs.empty() && op.inputs[0] ? m_maker[op.inputs[0]->index()] : kNone;
    // In the wake of an operator that computes, up to the Quantize.
    const bool follows =
        maker != kNone && m_chosen[maker] && movesElements(op.kind) && !isQuantized(*op.inputs[0]);
    if (follows) {
        std::vector<std::size_t> chain;
        return resultOf(index, chain).has_value();
    }
    if (!inputsFit(op)) {
        return false;
    }
    if (movesElements(op.kind)) {
        return readersFit(op);
    }
    std::vector<std::size_t> chain;
    const auto result = resultOf(index, chain);
    return result && std::ranges::all_of(chain, [&](std::size_t i) { return m_chosen[i]; }) &&
           canProduce(op, *result);
}

/// Starts with all that could, and drops those whose surroundings are float, until none is left.
void QuantizedRewriter::chooseOperators()
{
    const std::size_t count = m_model.operators.size();
    m_chosen.assign(count, false);
    for (std::size_t i = 0; i < count; ++i) {
        const Operator& op = m_model.operators[i];
        m_chosen[i] = !m_understood[i] && computesQuantized(op) && !op.outputs.empty() &&
                      op.outputs[0].isValid() && m_model[op.outputs[0]].type == DataType::Float32;
    }
    for (bool changed = true; changed;) {
        changed = false;
        const auto check = [&](std::size_t i) {
            if (m_chosen[i] && !stays(i)) {
                m_chosen[i] = false;
                changed = true;
            }
        };
        for (std::size_t i = 0; i < count; ++i) {
            check(i);
        }
        for (std::size_t i = count; i-- > 0 && changed;) {
            check(i);
        }
    }
}

void QuantizedRewriter::rewrite(std::size_t index)
{
    Operator& op = m_model.operators[index];
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
        if (op.inputs[i] && !(i < 32 && (op.controlInputs >> i & 1U))) {
            op.inputs[i] = quantizedTwin(*op.inputs[i]).value_or(*op.inputs[i]);
        }
    }
    const auto store = [&](TensorId id, DataType type, const Quantization& quantization) {
        at(id).type = type;
        at(id).quantization = quantization;
    };
    if (movesElements(op.kind)) {
        const Tensor& input = m_model[*op.inputs[0]];
        const bool isStored = isByte(input.type) && input.quantization;
        for (const TensorId output : op.outputs) {
            if (isStored && output.isValid() && m_model[output].type == DataType::Float32) {
                store(output, input.type, *input.quantization);
            }
        }
        return;
    }
    std::vector<std::size_t> chain;
    const auto result = resultOf(index, chain);
    TensorId last = op.outputs[0];
    for (const std::size_t i : chain) {
        last = m_model.operators[i].outputs[0];
    }
    const Operator& quantize = m_model.operators[m_readers[last.index()].front().op];
    const DataType type = m_model[quantize.outputs[0]].type;
    store(op.outputs[0], type, *result);
    for (const std::size_t i : chain) {
        store(m_model.operators[i].outputs[0], type, *result);
    }
    quantizeBias(op);
}

/// Of a product between quantised tensors that is not one itself.
std::string QuantizedRewriter::whyFloat(const Operator& op) const
{
    const auto weights = isProduct(op.kind) && op.inputs.size() > 1 && op.inputs[1]
                             ? quantizedTwin(*op.inputs[1])
                             : std::nullopt;
    return weights && m_model[*weights].constant && !canCentre(*weights)
               ? "it computes in float: its weights '" + printable(m_model[*weights].name) +
                     "' less their zero point do not fit in 8 bits"
               : "";
}

void QuantizedRewriter::rewriteOperators()
{
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        if (!m_chosen[i]) {
            m_notes[i] = whyFloat(m_model.operators[i]);
        }
    }
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        if (m_chosen[i]) {
            rewrite(i);
        } else if (m_model.operators[i].kind == OperatorKind::Conv ||
                   m_model.operators[i].kind == OperatorKind::MatMul) {
            Operator& op = m_model.operators[i];
            const bool isQLinear = op.inputs[0] && m_model[*op.inputs[0]].quantization &&
                                   op.inputs.size() > 1 && op.inputs[1] &&
                                   m_model[*op.inputs[1]].quantization;
            if (isQLinear) {
                quantizeBias(op);
            }
        }
    }
    // A Quantize whose input has come to be what it makes is a copy of it.
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        Operator& op = m_model.operators[i];
        if (op.kind != OperatorKind::Quantize || !m_understood[i]) {
            continue;
        }
        const Tensor& from = m_model[*op.inputs[0]];
        const Tensor& to = m_model[op.outputs[0]];
        if (from.type == to.type && from.quantization &&
            isSame(*from.quantization, *to.quantization)) {
            op.kind = OperatorKind::Identity;
            op.inputs.resize(1);
        }
    }
}

QuantizedForm quantizedForm(const Model& model)
{
    QuantizedForm form{model, {}, {}, {}};
    QuantizedRewriter rewriter(form.model);
    rewriter.widenHalves();
    rewriter.readParameters();
    rewriter.chooseOperators();
    rewriter.rewriteOperators();
    rewriter.dequantizeConstants();
    rewriter.dequantizeHybrids();
    rewriter.centreWeights();
    form.wasUInt8 = rewriter.shiftUnsigned();
    form.reasons = rewriter.takeReasons();
    form.notes = rewriter.takeNotes();
    return form;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// Weights and biases as kernels want them.
#include "core/lower/quantized_rewriter.h"

#include "core/lower/quantized_operators.h"
#include "core/model/constant_elements.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tidemark {

void QuantizedRewriter::widenHalves()
{
    for (Tensor& tensor : m_model.tensors) {
        if (tensor.type != DataType::Float16) {
            continue;
        }
        if (tensor.constant && !tensor.constant->bytes().empty()) {
            const auto bytes = tensor.constant->bytes();
            std::vector<float> wide(bytes.size() / 2);
            for (std::size_t i = 0; i < wide.size(); ++i) {
                std::uint16_t half;
                std::memcpy(&half, bytes.data() + i * sizeof half, sizeof half);
                wide[i] = halfToFloat(half);
            }
            tensor.constant = ConstantData::of(wide);
        }
        tensor.type = DataType::Float32;
    }
}

TensorId QuantizedRewriter::addTensor(Tensor tensor)
{
    m_model.tensors.push_back(std::move(tensor));
    return TensorId(m_model.tensors.size() - 1);
}

/// A bias as TFLite has it: int32 at the scale of input times weights.
void QuantizedRewriter::quantizeBias(Operator& op)
{
    if (!isProduct(op.kind) || op.inputs.size() < 3 || !op.inputs[2]) {
        return;
    }
    const Tensor& bias = m_model[*op.inputs[2]];
    const float scale = m_model[*op.inputs[0]].quantization->scales[0];
    const Quantization& weights = *m_model[*op.inputs[1]].quantization;
    Quantization wanted;
    for (const float weightScale : weights.scales) {
        wanted.scales.push_back(scale * weightScale);
    }
    wanted.zeroPoints.assign(wanted.scales.size(), 0);
    wanted.axis = wanted.scales.size() > 1 ? 0 : -1;
    if (bias.type == DataType::Int32 && bias.quantization) {
        const auto& given = bias.quantization->scales;
        const bool isClose = (given.size() == 1 || given.size() == wanted.scales.size()) &&
                             std::ranges::equal(given, wanted.scales, [](float a, float b) {
                                 return std::abs(a - b) <= 1e-5F * b;
                             });
        if (isClose) {
            return;
        }
    }
    const auto isUsable = [](float each) { return std::isnormal(each); };
    const auto stored = constantReals(bias);
    const auto isNumber = [](double x) { return std::isfinite(x); };
    if (!std::ranges::all_of(wanted.scales, isUsable) ||
        (stored && !std::ranges::all_of(*stored, isNumber))) {
        return; // stays what no kernel adds
    }
    Tensor made{bias.name, DataType::Int32, bias.shape, wanted, ConstantData()};
    if (bias.type == DataType::Int32 && !bias.quantization) {
        made.constant = bias.constant; // QLinearConv: at that scale by definition
    } else if (stored) {
        std::vector<std::int32_t> elements;
        for (std::size_t i = 0; i < stored->size(); ++i) {
            double real = (*stored)[i];
            if (bias.quantization) {
                const auto& q = *bias.quantization;
                const std::size_t k = q.scales.size() == 1 ? 0 : i;
                real = (real - q.zeroPoints[k]) * static_cast<double>(q.scales[k]);
            }
            const double step = wanted.scales[wanted.scales.size() == 1 ? 0 : i];
            elements.push_back(static_cast<std::int32_t>(
                std::clamp(std::nearbyint(real / step), -2147483648.0, 2147483647.0)));
        }
        made.constant = ConstantData::of(elements);
    }
    op.inputs[2] = addTensor(std::move(made));
}

/// Constants that floats read: their real numbers.
void QuantizedRewriter::dequantizeConstants()
{
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        Operator& op = m_model.operators[i];
        if (op.kind != OperatorKind::Dequantize || op.inputs.empty() || !op.inputs[0] ||
            op.outputs.empty() || !op.outputs[0].isValid()) {
            continue;
        }
        const Tensor& stored = m_model[*op.inputs[0]];
        const bool isUnderstood = stored.quantization || stored.type == DataType::Float32;
        if (!stored.constant || !isUnderstood) {
            continue;
        }
        at(op.outputs[0]).constant = dequantized(stored);
        at(op.outputs[0]).shape = stored.shape;
        op.outputs.clear();
        op.inputs.clear();
        op.kind = OperatorKind::Other;
    }
}

/// Weights that are stored quantised but multiply floats: their real numbers.
void QuantizedRewriter::dequantizeHybrids()
{
    for (Operator& op : m_model.operators) {
        const bool isHybrid = isProduct(op.kind) && op.inputs.size() > 1 && op.inputs[0] &&
                              op.inputs[1] && m_model[*op.inputs[0]].type == DataType::Float32 &&
                              m_model[*op.inputs[1]].type == DataType::Int8 &&
                              m_model[*op.inputs[1]].constant &&
                              m_model[*op.inputs[1]].quantization;
        if (!isHybrid) {
            continue;
        }
        const Tensor& stored = m_model[*op.inputs[1]];
        Tensor real{stored.name, DataType::Float32, stored.shape, {}, dequantized(stored)};
        op.inputs[1] = addTensor(std::move(real));
    }
}

/// Whether constant weights fit in int8 when their zero points are taken off them.
bool QuantizedRewriter::canCentre(TensorId weights) const
{
    const auto [known, isNew] = m_canCentre.try_emplace(weights, false);
    if (isNew) {
        known->second = isByte(m_model[weights].type) && centred(m_model[weights]).has_value();
    }
    return known->second;
}

/// Kernels multiply by weights as they are stored: zero points are taken off where that is exact.
void QuantizedRewriter::centreWeights()
{
    std::map<TensorId, TensorId> known;
    for (std::size_t i = 0; i < m_model.operators.size(); ++i) {
        Operator& op = m_model.operators[i];
        const bool isQuantizedProduct = isProduct(op.kind) && op.inputs.size() > 1 &&
                                        op.inputs[0] && op.inputs[1] &&
                                        isByte(m_model[*op.inputs[0]].type);
        if (!isQuantizedProduct) {
            continue;
        }
        const TensorId id = *op.inputs[1];
        const Tensor& weights = m_model[id];
        const bool isWeights = weights.constant && weights.quantization && isByte(weights.type);
        if (!isWeights || isCentred(weights)) {
            continue;
        }
        if (!known.contains(id)) {
            auto tensor = centred(weights);
            known[id] = tensor ? addTensor(*std::move(tensor)) : id;
        }
        op.inputs[1] = known[id];
        if (known[id] == id) {
            m_reasons[i] = "its weights '" + printable(m_model[id].name) +
                           "' less their zero point do not fit in 8 bits: quantise them "
                           "symmetrically";
        }
    }
}

/// uint8 tensors are int8 ones with everything less by 128.
std::vector<bool> QuantizedRewriter::shiftUnsigned()
{
    std::vector<bool> wasUInt8(m_model.tensors.size(), false);
    findReaders();
    const auto isRunnable = [&](std::size_t i) {
        const Operator& op = m_model.operators[i];
        return computesQuantized(op) || op.kind == OperatorKind::Quantize ||
               op.kind == OperatorKind::Dequantize || op.kind == OperatorKind::Identity ||
               op.kind == OperatorKind::Dropout;
    };
    // All or none: an operator that stays uint8 keeps what it is joined to.
    for (std::size_t t = 0; t < m_model.tensors.size(); ++t) {
        const Tensor& tensor = m_model.tensors[t];
        if (tensor.type != DataType::UInt8 || !tensor.quantization) {
            continue;
        }
        const bool fits =
            (m_maker[t] == kNone || isRunnable(m_maker[t])) &&
            std::ranges::all_of(m_readers[t], [&](const Reader& r) { return isRunnable(r.op); });
        if (!fits) {
            return wasUInt8;
        }
    }
    for (std::size_t t = 0; t < m_model.tensors.size(); ++t) {
        Tensor& tensor = m_model.tensors[t];
        if (tensor.type != DataType::UInt8 || !tensor.quantization) {
            continue;
        }
        tensor.type = DataType::Int8;
        for (std::int32_t& zero : tensor.quantization->zeroPoints) {
            zero -= 128;
        }
        wasUInt8[t] = true;
        if (tensor.constant && !tensor.constant->bytes().empty()) {
            const auto bytes = tensor.constant->bytes();
            std::vector<std::byte> shifted(bytes.begin(), bytes.end());
            for (std::byte& byte : shifted) {
                byte ^= std::byte{0x80}; // less by 128
            }
            tensor.constant = ConstantData(std::move(shifted));
        }
    }
    return wasUInt8;
}

} // namespace tidemark

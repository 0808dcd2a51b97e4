// SPDX-License-Identifier: Apache-2.0
#include "core/lower/quantized_form.h"

#include "core/lower/quantized_operators.h"
#include "core/model/constant_elements.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tidemark {

namespace {

template <class T> ConstantData dataOf(const std::vector<T>& elements)
{
    std::vector<std::byte> bytes(elements.size() * sizeof(T));
    std::memcpy(bytes.data(), elements.data(), bytes.size());
    return ConstantData(std::move(bytes));
}

bool isSame(const Quantization& a, const Quantization& b)
{
    return a.scales == b.scales && a.zeroPoints == b.zeroPoints;
}

bool isByte(DataType type)
{
    return type == DataType::Int8 || type == DataType::UInt8;
}

/// The steps of quantizedForm(), on one model.
class Rewriter {
public:
    explicit Rewriter(Model& model) : m_model(model) {}

    void widenHalves();
    void readParameters();
    void chooseOperators();
    void rewriteOperators();
    void dequantizeConstants();
    void dequantizeHybrids();
    std::vector<bool> shiftUnsigned();

private:
    struct Reader {
        std::size_t op;
        std::size_t input;
    };
    Tensor& at(TensorId id) { return m_model.tensors[id.index()]; }
    std::optional<Quantization> parametersOf(const Operator& op, std::size_t scale,
                                             std::size_t zero, std::int64_t axis) const;
    bool annotate(TensorId id, const std::optional<Quantization>& quantization);
    void readQLinear(Operator& op);
    void findReaders();
    bool isOutput(TensorId id) const
    {
        return std::ranges::find(m_model.outputs, id) != m_model.outputs.end();
    }
    bool isGiven(const Operator& op) const; ///< a Quantize or Dequantize that was understood
    std::optional<TensorId> quantizedTwin(TensorId id) const;
    bool isQuantized(TensorId id) const;
    bool inputsFit(const Operator& op) const;
    std::optional<Quantization> resultOf(std::size_t op, std::vector<std::size_t>& chain) const;
    bool readersFit(const Operator& op) const;
    bool stays(std::size_t index) const;
    void rewrite(std::size_t index);
    void quantizeBias(Operator& op);

    Model& m_model;
    std::vector<std::vector<Reader>> m_readers;
    std::vector<std::size_t> m_maker; ///< by tensor, or kNone
    std::vector<bool> m_chosen;       ///< operators that compute quantised
    std::vector<bool> m_understood;   ///< Quantize and Dequantize operators
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
};

void Rewriter::widenHalves()
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
            tensor.constant = dataOf(wide);
        }
        tensor.type = DataType::Float32;
    }
}

/// Constant scales and zero points of an operator; nothing if they are computed or blockwise.
std::optional<Quantization> Rewriter::parametersOf(const Operator& op, std::size_t scale,
                                                   std::size_t zero, std::int64_t axis) const
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
bool Rewriter::annotate(TensorId id, const std::optional<Quantization>& quantization)
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
void Rewriter::readQLinear(Operator& op)
{
    const bool isConv = op.kind == OperatorKind::QuantizedConv;
    const auto x = parametersOf(op, 1, 2, -1);
    const auto w = parametersOf(op, 4, 5, isConv ? 0 : -1);
    const auto y = parametersOf(op, 6, 7, -1);
    const auto isWhole = [](const std::optional<Quantization>& q) {
        return q && q->scales.size() == 1;
    };
    const bool isSymmetric =
        w && std::ranges::all_of(w->zeroPoints, [](std::int32_t zero) { return zero == 0; }) &&
        m_model[*op.inputs[3]].type == DataType::Int8 && m_model[*op.inputs[3]].constant;
    if (!isWhole(x) || !isWhole(y) || !isSymmetric || !annotate(*op.inputs[0], x) ||
        !annotate(*op.inputs[3], w) || !annotate(op.outputs[0], y)) {
        return;
    }
    std::vector<std::optional<TensorId>> inputs{op.inputs[0], op.inputs[3]};
    if (isConv && op.inputs.size() > 8 && op.inputs[8]) {
        inputs.push_back(op.inputs[8]);
    }
    op.inputs = std::move(inputs);
    op.kind = isConv ? OperatorKind::Conv : OperatorKind::MatMul;
    op.controlInputs = 0;
}

void Rewriter::readParameters()
{
    m_understood.assign(m_model.operators.size(), false);
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
        const bool isQLinear = op.typeName == "QLinearConv" || op.typeName == "QLinearMatMul";
        if (isQLinear && op.outputs[0].isValid()) {
            readQLinear(op);
        }
    }
    findReaders();
}

void Rewriter::findReaders()
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

/// The quantised tensor that a Dequantize made this one from.
std::optional<TensorId> Rewriter::quantizedTwin(TensorId id) const
{
    const std::size_t maker = m_maker[id.index()];
    if (maker == kNone || !m_understood[maker] ||
        m_model.operators[maker].kind != OperatorKind::Dequantize) {
        return std::nullopt;
    }
    return m_model.operators[maker].inputs[0];
}

/// A float tensor that will be int8: read through a Dequantize, or moved from one that is.
bool Rewriter::isQuantized(TensorId id) const
{
    if (const auto twin = quantizedTwin(id)) {
        const Tensor& tensor = m_model[*twin];
        return tensor.constant ? tensor.type != DataType::UInt8 || isByte(tensor.type)
                               : isByte(tensor.type) && tensor.quantization->scales.size() == 1;
    }
    const std::size_t maker = m_maker[id.index()];
    return maker != kNone && m_chosen[maker] && movesElements(m_model.operators[maker].kind);
}

bool Rewriter::inputsFit(const Operator& op) const
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
            if (!constantReals(bias) && !(bias.constant && bias.constant->bytes().empty())) {
                return false;
            }
            continue;
        }
        if (!isQuantized(id)) {
            return false;
        }
        const bool isWeights = i == 1 && isProduct(op.kind) && twin && m_model[*twin].constant;
        if (isWeights) {
            const Tensor& weights = m_model[*twin];
            const std::int32_t centre = weights.type == DataType::UInt8 ? 128 : 0;
            if (!std::ranges::all_of(weights.quantization->zeroPoints,
                                     [&](std::int32_t zero) { return zero == centre; })) {
                return false;
            }
        }
    }
    return true;
}

/// The one quantization that everybody reads the result with, after what follows and moves elements
/// or clamps them: `chain`.
std::optional<Quantization> Rewriter::resultOf(std::size_t index,
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
bool Rewriter::readersFit(const Operator& op) const
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

bool Rewriter::stays(std::size_t index) const
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
void Rewriter::chooseOperators()
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

void Rewriter::rewrite(std::size_t index)
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

/// A bias as TFLite has it: int32 at the scale of input times weights.
void Rewriter::quantizeBias(Operator& op)
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
    const auto stored = constantReals(bias);
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
        made.constant = dataOf(elements);
    }
    op.inputs[2] = TensorId(m_model.tensors.size());
    m_model.tensors.push_back(std::move(made));
}

void Rewriter::rewriteOperators()
{
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

/// Constants that floats read: their real numbers.
void Rewriter::dequantizeConstants()
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
void Rewriter::dequantizeHybrids()
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
        op.inputs[1] = TensorId(m_model.tensors.size());
        m_model.tensors.push_back(std::move(real));
    }
}

/// uint8 tensors are int8 ones with everything less by 128.
std::vector<bool> Rewriter::shiftUnsigned()
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

} // namespace

QuantizedForm quantizedForm(const Model& model)
{
    QuantizedForm form{model, {}};
    Rewriter rewriter(form.model);
    rewriter.widenHalves();
    rewriter.readParameters();
    rewriter.chooseOperators();
    rewriter.rewriteOperators();
    rewriter.dequantizeConstants();
    rewriter.dequantizeHybrids();
    form.wasUInt8 = rewriter.shiftUnsigned();
    return form;
}

} // namespace tidemark

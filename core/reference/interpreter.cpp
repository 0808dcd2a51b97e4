// SPDX-License-Identifier: Apache-2.0
#include "core/reference/interpreter.h"

#include "core/lower/byte_functions.h"
#include "core/lower/fixed_point.h"
#include "core/lower/kernel_tables.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <utility>

namespace tidemark::reference {

namespace {

template <class T> std::vector<float> numbers(std::span<const std::byte> bytes)
{
    std::vector<float> result;
    result.reserve(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
        T element{};
        std::memcpy(&element, &bytes[i], sizeof element);
        result.push_back(static_cast<float>(element));
    }
    return result;
}

float apply(BinaryFunction function, float a, float b)
{
    switch (function) {
    case BinaryFunction::Add:
        return a + b;
    case BinaryFunction::Sub:
        return a - b;
    case BinaryFunction::Mul:
        return a * b;
    case BinaryFunction::Div:
        return a / b;
    case BinaryFunction::Min:
        return std::min(a, b);
    case BinaryFunction::Max:
        return std::max(a, b);
    }
    return a;
}

bool isByte(DataType type)
{
    return type == DataType::Int8 || type == DataType::UInt8;
}

} // namespace

Diagnostic Interpreter::error(const std::string& what, const std::string& mend) const
{
    return {ErrorKind::BadInput, "stage '" + m_stage->name + "' " + what, "", mend};
}

Status Interpreter::setInputs(std::span<const std::vector<float>> inputs)
{
    if (inputs.size() != m_network.inputs.size()) {
        return Diagnostic{ErrorKind::BadInput,
                          "the network takes " + std::to_string(m_network.inputs.size()) +
                              " inputs, not " + std::to_string(inputs.size()),
                          "", "give every input"};
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Value& value = m_network[m_network.inputs[i]];
        if (static_cast<std::int64_t>(inputs[i].size()) != value.elements()) {
            return Diagnostic{ErrorKind::BadInput,
                              "input '" + printable(value.name) + "' takes " +
                                  std::to_string(value.elements()) + " elements, not " +
                                  std::to_string(inputs[i].size()),
                              "", "give it in the shape of the model"};
        }
        m_values[m_network.inputs[i].index()] = inputs[i];
    }
    return Done{};
}

Status Interpreter::checkTypes() const
{
    // Only copies and casts know other types than fp32 and int8.
    const bool moves = std::holds_alternative<UnaryOp>(m_stage->op) ||
                       std::holds_alternative<ConcatOp>(m_stage->op) ||
                       std::holds_alternative<PadOp>(m_stage->op) ||
                       std::holds_alternative<RearrangeOp>(m_stage->op) ||
                       std::holds_alternative<ArgMaxOp>(m_stage->op) ||
                       std::holds_alternative<ClampOp>(m_stage->op);
    for (const auto* ids : {&m_stage->inputs, &m_stage->outputs}) {
        for (const ValueId id : *ids) {
            const DataType type = m_network[id].type;
            const bool known = type == DataType::Float32 ||
                               (type == DataType::Int8 && m_network[id].quantization) || moves;
            if (!known) {
                return error("works on " + std::string(toString(type)),
                             "only fp32 and quantised int8 networks can be run here");
            }
        }
    }
    return Done{};
}

Status Interpreter::run(const Stage& stage)
{
    m_stage = &stage;
    if (stage.isPlanOnly()) {
        return (*this)(std::get<PlanOnlyOp>(stage.op));
    }
    if (Status status = checkTypes(); !status) {
        return status;
    }
    output().resize(static_cast<std::size_t>(out().elements()));
    if (Status status = std::visit(*this, stage.op); !status) {
        return status;
    }
    if (const auto& view = out().storage) { // what is written through a view lies in its base
        std::vector<float>& base = m_values[view->base.index()];
        base.resize(static_cast<std::size_t>(m_network[view->base].elements()));
        std::copy(output().begin(), output().end(),
                  base.begin() + static_cast<std::ptrdiff_t>(view->elementOffset));
    }
    return Done{};
}

const std::vector<float>& Interpreter::value(ValueId id)
{
    std::vector<float>& elements = m_values[id.index()];
    if (const auto& view = m_network[id].storage) {
        const std::vector<float>& base = m_values[view->base.index()];
        const auto first = base.begin() + static_cast<std::ptrdiff_t>(view->elementOffset);
        elements.assign(first, first + static_cast<std::ptrdiff_t>(m_network[id].elements()));
    }
    return elements;
}

std::vector<std::vector<float>> Interpreter::takeValues()
{
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        value(ValueId(i));
    }
    return std::move(m_values);
}

/// Elements of a constant, none if there is no id.
Result<std::vector<float>> Interpreter::numbersOf(std::optional<ConstantId> id) const
{
    if (!id) {
        return std::vector<float>{};
    }
    const Constant& constant = m_network[*id];
    const auto bytes = constant.data.bytes();
    const std::string name = "'" + printable(constant.name) + "'";
    if (static_cast<std::int64_t>(bytes.size()) != constant.bytes().count()) {
        return error("has no data for its weights " + name,
                     "put the file that holds them beside the model");
    }
    switch (constant.type) {
    case DataType::Float32:
        return numbers<float>(bytes);
    case DataType::Int8:
        return numbers<std::int8_t>(bytes);
    case DataType::Int32:
        return numbers<std::int32_t>(bytes);
    default:
        return error("has " + std::string(toString(constant.type)) + " weights " + name,
                     "only fp32 and int8 networks can be run here");
    }
}

Status Interpreter::operator()(const ConvOp& op)
{
    const auto weights = numbersOf(op.weights);
    const auto bias = numbersOf(op.bias);
    if (!weights || !bias) {
        return weights ? bias.error() : weights.error();
    }
    if (isInt8()) {
        convolveInt8(op, *weights, *bias);
        return Done{};
    }
    const Extents conv =
        op.pool ? Extents{op.convRows, op.convWidth, out().channels} : extentsOf(out());
    std::vector<float> rows(static_cast<std::size_t>(conv.elements()));
    convolve<float>(op, *weights, *bias, extentsOf(in()), input(), conv, rows);
    clamp(op.activation, rows);
    if (op.pool) {
        maxPool(*op.pool, conv, rows, extentsOf(out()), output());
        return Done{};
    }
    output() = std::move(rows);
    if (op.residual) {
        const std::vector<float>& residual = input(1);
        std::ranges::transform(output(), residual, output().begin(), std::plus<>());
        clamp(op.residual->activation, output());
    }
    return Done{};
}

/// Clamps outputs that are in the numbers their type stores.
void Interpreter::clampStored(const Activation& activation)
{
    if (isInt8()) {
        const StoredRange range = storedRange(activation, out().quantization);
        clamp({static_cast<float>(range.min), static_cast<float>(range.max)}, output());
    } else {
        clamp(activation, output());
    }
}

Status Interpreter::operator()(const MaxPoolOp& op)
{
    maxPool(op.window, extentsOf(in()), input(), extentsOf(out()), output());
    clampStored(op.activation);
    return Done{};
}

Status Interpreter::operator()(const AveragePoolOp& op)
{
    if (isInt8()) {
        averageInt8(op);
        return Done{};
    }
    const WindowSums window = windowSums(op, extentsOf(in()), input(), extentsOf(out()));
    for (std::size_t i = 0; i < window.sums.size(); ++i) {
        output()[i] = static_cast<float>(window.sums[i] / static_cast<double>(window.counts[i]));
    }
    clamp(op.activation, output());
    return Done{};
}

Status Interpreter::operator()(const ReduceOp& op)
{
    if (isInt8()) {
        reduceInt8(op);
        return Done{};
    }
    const std::vector<double> sums = reduce(op, extentsOf(in()), input());
    const std::int64_t elements = in().elements() / out().elements(); // of each mean: whole
    const double count = op.kind == Reduction::Mean ? static_cast<double>(elements) : 1;
    std::ranges::transform(sums, output().begin(),
                           [&](double sum) { return static_cast<float>(sum / count); });
    clamp(op.activation, output());
    return Done{};
}

Status Interpreter::operator()(const FullyConnectedOp& op)
{
    const auto weights = numbersOf(op.weights);
    const auto bias = numbersOf(op.bias);
    if (!weights || !bias) {
        return weights ? bias.error() : weights.error();
    }
    if (isInt8()) {
        multiplyInt8(*weights, *bias, in().elements(), m_network[op.weights].quantization,
                     op.activation);
        return Done{};
    }
    multiply<float>(*weights, *bias, input(), in().elements(), output());
    clamp(op.activation, output());
    return Done{};
}

Status Interpreter::operator()(const MatMulOp& op)
{
    const auto bias = numbersOf(op.bias);
    auto weights = op.weights ? numbersOf(op.weights) : Result<std::vector<float>>(input(1));
    if (!weights || !bias) {
        return weights ? bias.error() : weights.error();
    }
    const std::int64_t inputs = in().rowElements();
    const std::int64_t outputs = out().rowElements();
    if (!op.weights && !op.transposeB) { // to outputs x inputs
        *weights = rearrange({{outputs, inputs}, {1, outputs}, 0}, *weights);
    }
    if (isInt8()) {
        multiplyInt8(*weights, *bias, inputs,
                     op.weights ? m_network[*op.weights].quantization : in(1).quantization,
                     op.activation);
        return Done{};
    }
    multiply<float>(*weights, *bias, input(), inputs, output());
    clamp(op.activation, output());
    return Done{};
}

Status Interpreter::operator()(const ClampOp& op)
{
    if (isLookup(m_network, *m_stage)) {
        lookup(op);
        return Done{};
    }
    output() = input();
    clampStored(op.activation);
    return Done{};
}

Status Interpreter::operator()(const UnaryOp& op)
{
    const std::vector<float>& from = input();
    if (isLookup(m_network, *m_stage)) {
        lookup(op);
    } else if (isByte(out().type) && in().type == DataType::Float32) {
        std::ranges::transform(from, output().begin(), [&](float x) {
            return static_cast<float>(quantized(x, out().quantization, out().type));
        });
    } else if (isByte(in().type) && out().type == DataType::Float32) {
        const auto scale = static_cast<float>(scaleOf(in().quantization));
        const auto zeroPoint = static_cast<float>(zeroPointOf(in().quantization));
        std::ranges::transform(from, output().begin(),
                               [&](float stored) { return scale * (stored - zeroPoint); });
    } else if (op.function == UnaryFunction::Identity && in().type == out().type) {
        output() = from;
    } else if (in().type == DataType::Float32 && out().type == DataType::Float32) {
        std::ranges::transform(from, output().begin(),
                               [&](float x) { return static_cast<float>(unaryValue(op, x)); });
    } else {
        return error("turns " + std::string(toString(in().type)) + " into " +
                         std::string(toString(out().type)),
                     "only fp32 and int8 networks can be run here");
    }
    return Done{};
}

Status Interpreter::operator()(const PReluOp& op)
{
    const auto slopes = numbersOf(op.slope);
    if (!slopes) {
        return slopes.error();
    }
    if (isInt8()) {
        preluInt8(op, *slopes);
        return Done{};
    }
    const std::vector<float>& from = input();
    for (std::size_t i = 0; i < from.size(); ++i) {
        output()[i] = from[i] < 0 ? (*slopes)[i % slopes->size()] * from[i] : from[i];
    }
    return Done{};
}

Status Interpreter::operator()(const SoftmaxOp& op)
{
    if (isInt8()) {
        return softmaxInt8(op);
    }
    softmax(op, in().channels, input(), output());
    return Done{};
}

Result<Interpreter::Operand> Interpreter::operandOf(const BinaryOp& op, bool first)
{
    const bool isConstant = op.constant && op.constantFirst == first;
    if (!isConstant) {
        const std::size_t i = first || op.constant ? 0 : 1;
        return Operand{broadcast(extentsOf(in(i)), input(i), extentsOf(out())), in(i).quantization};
    }
    const Constant& constant = m_network[*op.constant];
    const auto elements = numbersOf(op.constant);
    if (!elements) {
        return elements.error();
    }
    Shape shape = constant.shape;
    shape.insert(shape.begin(), 3 - std::min<std::size_t>(3, shape.size()), 1);
    return Operand{broadcast({shape[0], shape[1], shape[2]}, *elements, extentsOf(out())),
                   constant.quantization};
}

Status Interpreter::operator()(const BinaryOp& op)
{
    const auto a = operandOf(op, true);
    const auto b = operandOf(op, false);
    if (!a || !b) {
        return a ? b.error() : a.error();
    }
    if (isInt8()) {
        binaryInt8(op, *a, *b);
        return Done{};
    }
    std::ranges::transform(a->elements, b->elements, output().begin(),
                           [&](float x, float y) { return apply(op.function, x, y); });
    clamp(op.activation, output());
    return Done{};
}

Status Interpreter::operator()(const ConcatOp& op)
{
    std::vector<Extents> extents;
    std::vector<std::vector<float>> inputs;
    for (std::size_t i = 0; i < m_stage->inputs.size(); ++i) {
        extents.push_back(extentsOf(in(i)));
        inputs.push_back(input(i));
        if (isByte(in(i).type) && !sameQuantization(in(i).quantization, out().quantization)) {
            const auto entries = byteFunction(UnaryOp{}, in(i), out());
            for (float& stored : inputs.back()) {
                const auto byte = static_cast<std::uint8_t>(static_cast<std::int32_t>(stored));
                const std::uint8_t result = entries[byte];
                stored = isInt8() ? static_cast<float>(static_cast<std::int8_t>(result))
                                  : static_cast<float>(result);
            }
        }
    }
    output() = concat(op.axis, extents, inputs, extentsOf(out()));
    return Done{};
}

Status Interpreter::operator()(const PadOp& op)
{
    const float value =
        isByte(out().type) ? static_cast<float>(quantized(op.value, out().quantization, out().type))
                           : op.value;
    output() = pad(op, value, extentsOf(in()), input(), extentsOf(out()));
    return Done{};
}

Status Interpreter::operator()(const RearrangeOp& op)
{
    output() = rearrange(op, input());
    return Done{};
}

Status Interpreter::operator()(const ResizeOp& op)
{
    output() = resize(op, extentsOf(in()), input(), extentsOf(out()), isInt8());
    if (isInt8()) {
        std::ranges::transform(output(), output().begin(), [](float x) { return std::round(x); });
    }
    return Done{};
}

Status Interpreter::operator()(const ArgMaxOp& op)
{
    output() = argMax(op, extentsOf(in()), input());
    return Done{};
}

Status Interpreter::operator()(const PlanOnlyOp&)
{
    return error("(" + m_stage->kindText() + ") is plan only: there is no kernel for it yet",
                 "plan and draw this model, or replace the operator");
}

} // namespace tidemark::reference

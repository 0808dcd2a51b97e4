// SPDX-License-Identifier: Apache-2.0
#include "core/lower/operator_macs.h"

#include "core/lower/live_graph.h"

namespace tidemark {

namespace {

/// Sums over thousands of operators stay inside 64 bits.
constexpr std::int64_t kMost = 1LL << 50;

std::optional<std::int64_t> product(std::optional<std::int64_t> a, std::optional<std::int64_t> b)
{
    return a && b ? checkedProduct(*a, *b) : std::nullopt;
}

/// Output elements times weights per output channel, which comes first in their shape or last.
std::optional<std::int64_t> convMacs(const Operator& op, const Shape& outputs, const Shape& weights)
{
    if (weights.empty()) {
        return 0;
    }
    const auto* conv = std::get_if<ConvAttributes>(&op.attributes);
    const bool isLast = conv && conv->weights == WeightLayout::HeightWidthOutputs;
    return product(elementCount(outputs),
                   elementCount(isLast ? Shape(weights.begin(), weights.end() - 1)
                                       : Shape(weights.begin() + 1, weights.end())));
}

/// Every step of every sample meets all weights and all recurrent weights once.
std::optional<std::int64_t> recurrentMacs(const Shape& input, const Shape& weights,
                                          const Shape& recurrent)
{
    const auto both =
        elementCount(weights).value_or(kMost) + elementCount(recurrent).value_or(kMost);
    return product(checkedProduct(input[0], input[1]), both);
}

std::optional<std::int64_t> countMacs(const Model& model, const Operator& op)
{
    const auto shape = [&](std::size_t input) -> const Shape& {
        return *model[*op.inputs[input]].shape;
    };
    if (op.kind == OperatorKind::Recurrent) {
        return recurrentMacs(shape(0), shape(1), shape(2)); // its first output may be left out
    }
    if (!op.outputs[0].isValid() || !model[op.outputs[0]].shape) {
        return 0;
    }
    const Shape& outputs = *model[op.outputs[0]].shape;
    switch (op.kind) {
    case OperatorKind::Conv:
        return convMacs(op, outputs, shape(1));
    case OperatorKind::QuantizedConv:
        return convMacs(op, outputs,
                        shape(op.inputs.size() > 4 ? 3 : 1)); // QLinearConv, ConvInteger
    case OperatorKind::ConvTranspose:
        return convMacs(op, shape(0), shape(1)); // every input element meets every kernel element
    case OperatorKind::Gemm:
        return product(elementCount(outputs),
                       shape(0)[std::get<GemmAttributes>(op.attributes).transposeA ? 0 : 1]);
    case OperatorKind::MatMul:
    case OperatorKind::QuantizedMatMul:
        return product(elementCount(outputs), shape(0).back());
    default:
        return 0;
    }
}

} // namespace

std::int64_t modelParameters(const Model& model)
{
    const LiveGraph graph(model);
    std::vector<bool> counted(model.tensors.size());
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < model.operators.size(); ++i) {
        const Operator& op = model.operators[i];
        for (std::size_t input = 0; graph.isLive(OperatorId(i)) && input < op.inputs.size();
             ++input) {
            const bool isControl = input < 32 && (op.controlInputs >> input & 1U);
            if (!op.inputs[input] || isControl) {
                continue;
            }
            const TensorId id = graph.resolve(*op.inputs[input]);
            if (model[id].constant && !counted[id.index()]) {
                counted[id.index()] = true;
                sum += elementCount(*model[id].shape).value_or(0);
            }
        }
    }
    return sum;
}

std::optional<std::int64_t> operatorMacs(const Model& model, const Operator& op)
{
    const auto macs = countMacs(model, op);
    return macs && *macs <= kMost ? macs : std::nullopt;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/kernel_contract.h"

namespace tidemark {

namespace {

constexpr Bytes kAccumulatorElement{4};

bool isElementwise(const Stage& stage)
{
    return std::holds_alternative<ClampOp>(stage.op) || std::holds_alternative<UnaryOp>(stage.op) ||
           std::holds_alternative<PReluOp>(stage.op) ||
           std::holds_alternative<BinaryOp>(stage.op) ||
           std::holds_alternative<SoftmaxOp>(stage.op);
}

} // namespace

std::vector<std::size_t> inPlaceInputs(const Network& network, const Stage& stage)
{
    const auto* const conv = std::get_if<ConvOp>(&stage.op);
    const bool residual = conv != nullptr && conv->residual;
    if (!residual && !isElementwise(stage)) {
        return {};
    }
    const Value& output = network[stage.outputs.front()];
    std::vector<std::size_t> inputs;
    for (std::size_t i = residual ? 1 : 0; i < stage.inputs.size(); ++i) {
        const Value& input = network[stage.inputs[i]];
        if (input.rows == output.rows && input.rowBytes() == output.rowBytes() &&
            input.type == output.type) {
            inputs.push_back(i);
        }
    }
    return inputs;
}

bool canAccumulate(const Network& network, const Stage& stage)
{
    const auto* const reduce = std::get_if<ReduceOp>(&stage.op);
    const bool reducesRows = reduce != nullptr && reduce->rows;
    const bool kind = reducesRows || std::holds_alternative<FullyConnectedOp>(stage.op);
    return kind && network[stage.inputs.front()].rows > 1;
}

Bytes accumulatorBytes(const Network& network, const Stage& stage)
{
    return kAccumulatorElement * network[stage.outputs.front()].elements();
}

bool takesRows(const Stage& stage, bool accumulates)
{
    return !stage.isPlanOnly() &&
           (accumulates || !std::holds_alternative<FullyConnectedOp>(stage.op));
}

} // namespace tidemark

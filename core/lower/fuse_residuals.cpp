// SPDX-License-Identifier: Apache-2.0
#include "core/lower/fuse_residuals.h"

#include "core/lower/unused_values.h"

namespace tidemark {

namespace {

/// Stage that makes each value and how often it is read, views counting as readers.
struct Uses {
    std::vector<StageId> maker;
    std::vector<int> readers;

    explicit Uses(const Network& network)
        : maker(network.values.size()), readers(network.values.size())
    {
        for (std::size_t s = 0; s < network.stages.size(); ++s) {
            for (const ValueId output : network.stages[s].outputs) {
                maker[output.index()] = StageId(s);
            }
            for (const ValueId input : network.stages[s].inputs) {
                ++readers[input.index()];
            }
        }
        for (const ValueId output : network.outputs) {
            ++readers[output.index()];
        }
        for (std::size_t v = 0; v < network.values.size(); ++v) {
            if (network.values[v].storage) {
                readers[v] += 2;
                readers[network.values[v].storage->base.index()] += 2;
            }
        }
    }
};

bool haveOneShape(const Value& a, const Value& b)
{
    return a.rows == b.rows && a.width == b.width && a.channels == b.channels && a.type == b.type;
}

/// The operand of an addition whose convolution may take it over; the last made, so that the
/// other is there.
std::optional<std::size_t> operandToFuse(const Network& network, const Uses& uses,
                                         const Stage& stage)
{
    const auto* const add = std::get_if<BinaryOp>(&stage.op);
    if (add == nullptr || add->function != BinaryFunction::Add || add->constant ||
        stage.inputs.size() != 2 || stage.inputs[0] == stage.inputs[1]) {
        return std::nullopt;
    }
    const Value& sum = network[stage.outputs.front()];
    std::optional<std::size_t> chosen;
    for (std::size_t i = 0; i < 2; ++i) {
        const ValueId input = stage.inputs[i];
        const StageId maker = uses.maker[input.index()];
        if (!haveOneShape(network[input], sum)) {
            return std::nullopt; // repeated along an axis
        }
        if (!maker.isValid() || uses.readers[input.index()] != 1) {
            continue;
        }
        const auto* const conv = std::get_if<ConvOp>(&network[maker].op);
        const bool free = conv != nullptr && !conv->pool && !conv->residual;
        if (free && (!chosen || maker > uses.maker[stage.inputs[*chosen].index()])) {
            chosen = i;
        }
    }
    return chosen;
}

/// The stage that does both.
Stage fused(const Network& network, const Stage& conv, const Stage& add, std::size_t operand)
{
    Stage both = conv;
    auto& op = std::get<ConvOp>(both.op);
    op.residual = ResidualAdd{network[add.inputs[operand]].quantization,
                              std::get<BinaryOp>(add.op).activation};
    both.inputs.push_back(add.inputs[1 - operand]);
    both.outputs = add.outputs;
    both.operators.insert(both.operators.end(), add.operators.begin(), add.operators.end());
    both.macs += add.macs;
    return both;
}

} // namespace

Network fuseResiduals(const Network& network)
{
    Network result = network;
    const Uses uses(network);
    std::vector<bool> gone(network.stages.size());
    for (std::size_t s = 0; s < result.stages.size(); ++s) {
        const auto operand = operandToFuse(result, uses, result.stages[s]);
        if (!operand) {
            continue;
        }
        const std::size_t maker = uses.maker[result.stages[s].inputs[*operand].index()].index();
        result.stages[s] = fused(result, result.stages[maker], result.stages[s], *operand);
        gone[maker] = true;
    }
    std::vector<Stage> kept;
    std::vector<bool> used(result.values.size());
    for (std::size_t s = 0; s < gone.size(); ++s) {
        if (!gone[s]) {
            kept.push_back(std::move(result.stages[s]));
        }
    }
    result.stages = std::move(kept);
    dropUnusedValues(result);
    return result;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/lower.h"

#include <algorithm>
#include <utility>

namespace tidemark {

namespace {

std::size_t readersOf(const Network& network, ValueId value)
{
    std::size_t count = 0;
    for (const Stage& stage : network.stages) {
        count += static_cast<std::size_t>(std::ranges::count(stage.inputs, value));
    }
    return count;
}

std::optional<std::string> whyWindowStays(const Window& pool)
{
    if (pool.padTop != 0 || pool.padLeft != 0 || pool.padBottom != 0 || pool.padRight != 0) {
        return "the pool pads its input";
    }
    if (pool.dilationH != 1 || pool.dilationW != 1) {
        return "the pool's window is dilated";
    }
    if (pool.strideH < pool.kernelH || pool.strideW < pool.kernelW) {
        return "the pool's windows overlap, so convolution rows would be needed twice";
    }
    return std::nullopt;
}

/// whyNotFused() without the readers.
std::optional<std::string> whyPairStays(const Stage& producer, const Stage& pool)
{
    const auto* conv = std::get_if<ConvOp>(&producer.op);
    const auto* maxPool = std::get_if<MaxPoolOp>(&pool.op);
    if (!maxPool) {
        return "it is no max-pool";
    }
    if (!conv) {
        return "it does not follow a convolution";
    }
    if (conv->pool) {
        return "the convolution has a pool already";
    }
    if (conv->residual) {
        return "the convolution adds a residual already";
    }
    if (maxPool->activation != Activation{}) {
        return "the pool has an activation of its own";
    }
    if (pool.inputs != producer.outputs) {
        return "it does not read this convolution";
    }
    return whyWindowStays(maxPool->window);
}

/// Where each value is made and how often it is read, for a whole network at once.
struct Uses {
    std::vector<StageId> maker;
    std::vector<std::size_t> readers;

    explicit Uses(const Network& network)
        : maker(network.values.size()), readers(network.values.size())
    {
        for (std::size_t i = 0; i < network.stages.size(); ++i) {
            for (const ValueId output : network.stages[i].outputs) {
                maker[output.index()] = StageId(i);
            }
            for (const ValueId input : network.stages[i].inputs) {
                ++readers[input.index()];
            }
        }
        for (const ValueId output : network.outputs) {
            ++readers[output.index()]; // the caller reads it
        }
        for (std::size_t i = 0; i < network.values.size(); ++i) {
            if (network.values[i].storage) { // its bytes are another's, who has readers of its own
                ++readers[i];
                ++readers[network.values[i].storage->base.index()];
            }
        }
    }
};

/// Does the pool in the convolution's epilogue; the pool stage is left without outputs.
void fuse(Stage& producer, Stage& pool)
{
    std::get<ConvOp>(producer.op).pool = std::get<MaxPoolOp>(pool.op).window;
    producer.outputs = std::exchange(pool.outputs, {});
    producer.operators.insert(producer.operators.end(), pool.operators.begin(),
                              pool.operators.end());
}

/// Drops values that no stage, input, output or view names, and numbers the others anew.
void dropUnusedValues(Network& network)
{
    std::vector<bool> used(network.values.size());
    const auto forAllIds = [&](const auto& visit) {
        for (Stage& stage : network.stages) {
            std::ranges::for_each(stage.inputs, visit);
            std::ranges::for_each(stage.outputs, visit);
        }
        std::ranges::for_each(network.inputs, visit);
        std::ranges::for_each(network.outputs, visit);
    };
    forAllIds([&](ValueId& id) { used[id.index()] = true; });
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (used[i] && network.values[i].storage) {
            used[network.values[i].storage->base.index()] = true;
        }
    }
    std::vector<ValueId> renumbered(network.values.size());
    std::vector<Value> values;
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (used[i]) {
            renumbered[i] = ValueId(values.size());
            values.push_back(std::move(network.values[i]));
        }
    }
    network.values = std::move(values);
    for (Value& value : network.values) {
        if (value.storage) {
            value.storage->base = renumbered[value.storage->base.index()];
        }
    }
    forAllIds([&](ValueId& id) { id = renumbered[id.index()]; });
}

} // namespace

std::optional<std::string> whyNotFused(const Network& network, StageId producer, StageId pool)
{
    if (auto reason = whyPairStays(network[producer], network[pool])) {
        return reason;
    }
    const ValueId between = network[pool].inputs.front();
    if (std::ranges::count(network.outputs, between) > 0) {
        return "the convolution's result is an output of the network";
    }
    const bool viewed = std::ranges::any_of(network.values, [&](const Value& value) {
        return value.storage && value.storage->base == between;
    });
    if (viewed || network[between].storage) {
        return "the convolution's result shares its bytes with other tensors";
    }
    if (readersOf(network, between) > 1) {
        return "another stage reads the convolution's result, too";
    }
    return std::nullopt;
}

Network fusePools(const Network& network)
{
    Network fused = network;
    const Uses uses(network);
    for (Stage& pool : fused.stages) {
        const ValueId input = pool.inputs.empty() ? ValueId() : pool.inputs.front();
        const StageId maker = input.isValid() ? uses.maker[input.index()] : StageId();
        if (maker.isValid() && uses.readers[input.index()] == 1 &&
            !whyPairStays(fused.stages[maker.index()], pool)) {
            fuse(fused.stages[maker.index()], pool);
        }
    }
    std::erase_if(fused.stages, [](const Stage& stage) { return stage.outputs.empty(); });
    dropUnusedValues(fused);
    return fused;
}

} // namespace tidemark

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

std::optional<std::string> whyPoolStays(const MaxPoolOp& pool, const ConvOp& conv)
{
    if (conv.residual) {
        return "the convolution adds a residual already";
    }
    if (pool.activation != Activation{}) {
        return "the pool clamps its result";
    }
    return whyWindowStays(pool.window);
}

bool isAddition(const Stage& stage)
{
    const auto* binary = std::get_if<BinaryOp>(&stage.op);
    return binary && binary->function == BinaryFunction::Add && stage.inputs.size() == 2;
}

/// Rows, width and channels of the sum are those of both its operands.
std::optional<std::string> whySumStays(const Network& network, const Stage& sum)
{
    const auto extents = [&](ValueId id) {
        const Value& value = network[id];
        return Shape{value.rows, value.width, value.channels};
    };
    const Shape whole = extents(sum.outputs.front());
    if (sum.inputs[0] == sum.inputs[1]) {
        return "it adds a tensor to itself";
    }
    const DataType type = network[sum.outputs.front()].type;
    if (network[sum.inputs[0]].type != type || network[sum.inputs[1]].type != type) {
        return "it adds different types";
    }
    return extents(sum.inputs[0]) == whole && extents(sum.inputs[1]) == whole
               ? std::nullopt
               : std::optional<std::string>("it repeats one of its operands");
}

/// whyNotFused() without the readers.
std::optional<std::string> whyPairStays(const Network& network, const Stage& producer,
                                        const Stage& stage)
{
    const auto* conv = std::get_if<ConvOp>(&producer.op);
    const auto* maxPool = std::get_if<MaxPoolOp>(&stage.op);
    if (!maxPool && !isAddition(stage)) {
        return "it is no max-pool";
    }
    if (!conv) {
        return "it does not follow a convolution";
    }
    if (conv->pool) {
        return "the convolution has a pool already";
    }
    if (std::ranges::count(stage.inputs, producer.outputs.front()) == 0) {
        return "it does not read this convolution";
    }
    if (maxPool) {
        return whyPoolStays(*maxPool, *conv);
    }
    return conv->residual ? std::optional<std::string>("the convolution adds a residual already")
                          : whySumStays(network, stage);
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
        for (const Value& value : network.values) {
            if (value.storage) { // a view is another reader of its base
                ++readers[value.storage->base.index()];
            }
        }
    }
};

/// Does the pool in the convolution's epilogue; the pool stage is left without outputs.
void fusePool(Stage& producer, Stage& pool)
{
    std::get<ConvOp>(producer.op).pool = std::get<MaxPoolOp>(pool.op).window;
    producer.outputs = std::exchange(pool.outputs, {});
    producer.operators.insert(producer.operators.end(), pool.operators.begin(),
                              pool.operators.end());
}

/// Does the addition in the convolution's epilogue, when its turn comes: by then the other operand
/// is there. The convolution's stage is left without outputs.
void fuseSum(const Network& network, Stage& producer, Stage& sum)
{
    const ValueId result = producer.outputs.front();
    const ValueId other = sum.inputs[sum.inputs[0] == result ? 1 : 0];
    Stage fused = std::move(producer);
    producer = Stage{};
    std::get<ConvOp>(fused.op).residual =
        ResidualAdd{network[result].quantization, std::get<BinaryOp>(sum.op).activation};
    fused.inputs.push_back(other);
    fused.outputs = sum.outputs;
    fused.operators.insert(fused.operators.end(), sum.operators.begin(), sum.operators.end());
    sum = std::move(fused);
}

/// Drops values that no stage, input or output names, and numbers the others anew.
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

std::optional<std::string> whyNotFused(const Network& network, StageId producer, StageId stage)
{
    if (auto reason = whyPairStays(network, network[producer], network[stage])) {
        return reason;
    }
    const ValueId between = network[producer].outputs.front();
    if (std::ranges::count(network.outputs, between) > 0) {
        return "the convolution's result is an output of the network";
    }
    const bool isBase = std::ranges::any_of(network.values, [&](const Value& value) {
        return value.storage && value.storage->base == between;
    });
    if (isBase || network[between].storage) {
        return "the convolution's result shares its bytes with other tensors";
    }
    if (readersOf(network, between) > 1) {
        return "another stage reads the convolution's result, too";
    }
    return std::nullopt;
}

namespace {

Network fused(const Network& network, bool sums)
{
    Network result = network;
    const Uses uses(network);
    const auto producerOf = [&](ValueId input, const Stage& stage) -> Stage* {
        const StageId maker = uses.maker[input.index()];
        if (!maker.isValid() || uses.readers[input.index()] != 1 || network[input].storage) {
            return nullptr;
        }
        Stage& producer = result.stages[maker.index()];
        const bool fits = !producer.outputs.empty() && producer.outputs.front() == input &&
                          !whyPairStays(network, producer, stage);
        return fits ? &producer : nullptr;
    };
    for (Stage& stage : result.stages) {
        if (std::holds_alternative<MaxPoolOp>(stage.op)) {
            if (Stage* producer = producerOf(stage.inputs.front(), stage)) {
                fusePool(*producer, stage);
            }
        } else if (sums && isAddition(stage)) {
            // Of two convolutions the later one takes the sum: the other one is done by then.
            Stage* first = producerOf(stage.inputs[0], stage);
            Stage* second = producerOf(stage.inputs[1], stage);
            if (Stage* producer = second && (!first || second > first) ? second : first) {
                fuseSum(network, *producer, stage);
            }
        }
    }
    std::erase_if(result.stages, [](const Stage& stage) { return stage.outputs.empty(); });
    dropUnusedValues(result);
    return result;
}

} // namespace

Network fusePools(const Network& network)
{
    return fused(network, false);
}

Network fuseEpilogues(const Network& network)
{
    return fused(network, true);
}

} // namespace tidemark

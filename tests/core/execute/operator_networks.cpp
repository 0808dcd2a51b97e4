// SPDX-License-Identifier: Apache-2.0
#include "operator_networks.h"

#include "network_maker.h"

#include <cstring>

namespace tidemark::handmade {

namespace {

const Makers& makers()
{
    static const Makers all = [] {
        Makers joined = windowMakers();
        for (const Makers& more : {elementwiseMakers(), moveMakers()}) {
            joined.insert(joined.end(), more.begin(), more.end());
        }
        return joined;
    }();
    return all;
}

} // namespace

const std::vector<std::string>& operatorKinds()
{
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (const auto& [name, make] : makers()) {
            all.push_back(name);
        }
        return all;
    }();
    return names;
}

Network operatorNetwork(const std::string& kind, DataType type, unsigned seed, Extents extents)
{
    Maker maker(type, seed, extents);
    for (const auto& [name, make] : makers()) {
        if (name == kind) {
            make(maker);
        }
    }
    return maker.finish();
}

Network sideBySide(const std::vector<Network>& networks)
{
    Network joined;
    joined.modelName = "side by side";
    for (const Network& network : networks) {
        const std::size_t values = joined.values.size();
        const std::size_t constants = joined.constants.size();
        const auto moveValue = [&](ValueId id) { return ValueId(id.index() + values); };
        const auto moveConstant = [&](ConstantId id) { return ConstantId(id.index() + constants); };
        const auto moveOptional = [&](std::optional<ConstantId>& id) {
            id = id ? std::optional(moveConstant(*id)) : id;
        };
        joined.values.insert(joined.values.end(), network.values.begin(), network.values.end());
        joined.constants.insert(joined.constants.end(), network.constants.begin(),
                                network.constants.end());
        for (Stage stage : network.stages) {
            stage.name += std::to_string(joined.stages.size());
            std::ranges::transform(stage.inputs, stage.inputs.begin(), moveValue);
            std::ranges::transform(stage.outputs, stage.outputs.begin(), moveValue);
            std::ranges::transform(stage.constants, stage.constants.begin(), moveConstant);
            if (auto* conv = std::get_if<ConvOp>(&stage.op)) {
                conv->weights = moveConstant(conv->weights);
                moveOptional(conv->bias);
            } else if (auto* product = std::get_if<FullyConnectedOp>(&stage.op)) {
                product->weights = moveConstant(product->weights);
                moveOptional(product->bias);
            } else if (auto* matrix = std::get_if<MatMulOp>(&stage.op)) {
                moveOptional(matrix->weights);
                moveOptional(matrix->bias);
            } else if (auto* prelu = std::get_if<PReluOp>(&stage.op)) {
                prelu->slope = moveConstant(prelu->slope);
            } else if (auto* binary = std::get_if<BinaryOp>(&stage.op)) {
                moveOptional(binary->constant);
            }
            joined.stages.push_back(std::move(stage));
        }
        for (const ValueId id : network.inputs) {
            joined.inputs.push_back(moveValue(id));
        }
        for (const ValueId id : network.outputs) {
            joined.outputs.push_back(moveValue(id));
        }
    }
    return joined;
}

std::vector<std::vector<std::byte>> operatorInputs(const Network& network, unsigned seed)
{
    std::mt19937 random(seed);
    std::vector<std::vector<std::byte>> inputs;
    for (const ValueId id : network.inputs) {
        const Value& value = network[id];
        const auto count = static_cast<std::size_t>(value.elements());
        std::vector<std::byte> bytes(static_cast<std::size_t>(value.bytes().count()));
        const bool extreme = random() % 4 == 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (value.type == DataType::Float32) {
                const float x = static_cast<float>(random() % 8001) / 1000.0F - 4.0F;
                std::memcpy(&bytes[4 * i], &x, sizeof x);
            } else {
                bytes[i] = extreme ? std::byte(random() % 2 == 0 ? 0x80 : 0x7f)
                                   : std::byte(random() % 256);
            }
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

} // namespace tidemark::handmade

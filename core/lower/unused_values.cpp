// SPDX-License-Identifier: Apache-2.0
#include "core/lower/unused_values.h"

#include <algorithm>

namespace tidemark {

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

} // namespace tidemark

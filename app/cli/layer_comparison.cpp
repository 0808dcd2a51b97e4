// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/layer_comparison.h"

#include "core/lower/layout.h"
#include "core/lower/stored_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tidemark::cli {

namespace {

/// The tensor's name that an array's name stands for.
std::string tensorName(const std::string& array, const Model& model)
{
    std::size_t index = 0;
    const char* const end = array.data() + array.size();
    if (array.size() > 1 && array.front() == 't') {
        const auto [stop, error] = std::from_chars(array.data() + 1, end, index);
        if (error == std::errc() && stop == end && index < model.tensors.size()) {
            return model.tensors[index].name;
        }
    }
    return array;
}

LayerMatch match(const Value& value, const std::vector<float>& got,
                 const std::vector<float>& wanted)
{
    LayerMatch layer{value.name, value.type, static_cast<std::int64_t>(got.size()), 0, 0};
    double range = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double difference = std::abs(static_cast<double>(got[i]) - wanted[i]);
        layer.differing += got[i] != wanted[i] ? 1 : 0;
        layer.largest = std::max(layer.largest, std::isnan(difference) ? INFINITY : difference);
        range = std::max<double>(range, std::abs(wanted[i]));
    }
    if (value.type == DataType::Float32 && range > 0) {
        layer.largest /= range;
    }
    return layer;
}

} // namespace

LayerComparison compareLayers(const Network& network, const Model& model,
                              const std::vector<std::vector<float>>& values,
                              const std::map<std::string, NpyArray>& arrays)
{
    LayerComparison comparison;
    for (const auto& [name, array] : arrays) {
        const std::string tensor = tensorName(name, model);
        const auto value = std::ranges::find(network.values, tensor, &Value::name);
        const auto index = static_cast<std::size_t>(value - network.values.begin());
        const std::vector<float> wanted = array.toFloats();
        if (value == network.values.end() || values[index].size() != wanted.size() ||
            value->modelShape.empty()) {
            comparison.unmatched.push_back(name);
            continue;
        }
        const auto got = toModelOrder(*value, bytesOf(value->type, values[index]));
        comparison.layers.push_back(match(*value, numbersOf(value->type, got), wanted));
    }
    return comparison;
}

} // namespace tidemark::cli

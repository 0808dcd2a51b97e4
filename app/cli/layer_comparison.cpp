// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/layer_comparison.h"

#include "core/lower/fixed_point.h"
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

/// The numbers the array's elements are stored as: reals, where the value is their int8 form.
std::vector<float> storedNumbers(const NpyArray& array, const Value& value)
{
    std::vector<float> numbers = array.toFloats();
    if (array.type == DataType::Float32 && value.type != DataType::Float32 && value.quantization) {
        for (float& number : numbers) {
            number = static_cast<float>(quantized(number, value.quantization, value.type));
        }
    }
    return numbers;
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
        if (value == network.values.end() || value->modelShape.empty() ||
            static_cast<std::int64_t>(values[index].size()) != elementCount(array.shape)) {
            comparison.unmatched.push_back(name);
            continue;
        }
        const std::vector<float> wanted = storedNumbers(array, *value);
        const auto got = toModelOrder(*value, bytesOf(value->type, values[index]));
        comparison.layers.push_back(match(*value, numbersOf(value->type, got), wanted));
    }
    return comparison;
}

} // namespace tidemark::cli

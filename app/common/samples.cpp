// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/samples.h"

#include "core/lower/fixed_point.h"
#include "core/lower/layout.h"
#include "core/lower/stored_numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <random>

namespace tidemark {

namespace {

Diagnostic usage(std::string what, std::string mend)
{
    return {ErrorKind::Usage, std::move(what), "", std::move(mend)};
}

/// The tensor's extents without its batch dimension.
Shape withoutBatch(const Value& input)
{
    const bool batched = input.modelShape.size() > 1 && input.modelShape.front() == 1;
    return batched ? Shape(input.modelShape.begin() + 1, input.modelShape.end()) : input.modelShape;
}

/// How many runs `shape` holds; nothing if it is not of the input's form.
std::optional<std::int64_t> sampleCount(const Shape& shape, const Value& input)
{
    const Shape sample = withoutBatch(input);
    if (shape == sample || shape == input.modelShape) {
        return 1;
    }
    if (shape.size() == sample.size() + 1 &&
        std::equal(sample.begin(), sample.end(), shape.begin() + 1)) {
        return shape.front();
    }
    if (shape.size() == input.modelShape.size() + 1 &&
        std::equal(input.modelShape.begin(), input.modelShape.end(), shape.begin() + 1)) {
        return shape.front();
    }
    return std::nullopt;
}

/// Sample `index` of `all`, from the order of the model's file to NHWC.
std::vector<float> sampleAt(const std::vector<float>& all, std::int64_t index, const Value& input)
{
    const auto size = static_cast<std::size_t>(input.elements());
    const std::span<const float> sample(all.data() + static_cast<std::size_t>(index) * size, size);
    // Samples are floats here, whatever the tensor holds; only the order is the tensor's.
    Value asFloat = input;
    asFloat.type = DataType::Float32;
    return numbersOf(DataType::Float32, toChannelsLast(asFloat, std::as_bytes(sample)));
}

} // namespace

Result<double> parseFraction(const std::string& text)
{
    const auto number = [](std::string_view part) -> std::optional<double> {
        double value = 0;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        const bool good = error == std::errc() && end == part.data() + part.size();
        return good && std::isfinite(value) ? std::optional(value) : std::nullopt;
    };
    const std::string_view whole = text;
    const std::size_t slash = whole.find('/');
    const auto above = number(whole.substr(0, slash));
    const auto below =
        slash == std::string_view::npos ? std::optional(1.0) : number(whole.substr(slash + 1));
    if (!above || !below || *below == 0) {
        return usage("'" + printable(text) + "' is neither a number nor a fraction",
                     "write 0.5 or 1/255");
    }
    return *above / *below;
}

Result<std::vector<std::vector<float>>> cutSamples(const NpyArray& array, const Value& input,
                                                   const std::optional<InputScaling>& scaling)
{
    const auto count = sampleCount(array.shape, input);
    if (!count) {
        return usage("the array is " + toString(array.shape) + " but the model's input '" +
                         printable(input.name) + "' is " + toString(input.modelShape),
                     "give samples in the model's own layout, stacked on a first axis");
    }
    const bool integers = array.type != DataType::Float32 && array.type != DataType::Float64 &&
                          array.type != DataType::Float16;
    if (integers && input.type != array.type && !scaling) {
        return usage("the array holds " + std::string(toString(array.type)) +
                         " but the model's input '" + printable(input.name) + "' is " +
                         std::string(toString(input.type)),
                     "say how to scale it, such as --scale 1/255");
    }
    std::vector<float> all = array.toFloats();
    if (scaling) {
        for (float& x : all) {
            x = static_cast<float>(x * scaling->scale - scaling->mean);
        }
    }
    const bool isReal = !integers || scaling;
    if (isReal && input.quantization) {
        for (float& x : all) {
            x = static_cast<float>(quantized(x, input.quantization, input.type));
        }
    }
    std::vector<std::vector<float>> samples;
    for (std::int64_t s = 0; s < *count; ++s) {
        samples.push_back(sampleAt(all, s, input));
    }
    return samples;
}

Result<std::vector<std::vector<float>>> cutSamples(const std::vector<NpyArray>& arrays,
                                                   const Network& network,
                                                   const std::optional<InputScaling>& scaling)
{
    if (arrays.size() != network.inputs.size()) {
        return usage("the model has " + std::to_string(network.inputs.size()) +
                         " inputs, given were " + std::to_string(arrays.size()),
                     "give one array for each, in the model's order");
    }
    std::vector<std::vector<float>> samples;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
        auto part = cutSamples(arrays[i], network[network.inputs[i]], scaling);
        if (!part) {
            return part.error();
        }
        if (i > 0 && part->size() != samples.size()) {
            return usage("the arrays hold " + std::to_string(samples.size()) + " and " +
                             std::to_string(part->size()) + " samples",
                         "give as many of each input");
        }
        samples.resize(part->size());
        for (std::size_t s = 0; s < part->size(); ++s) {
            samples[s].insert(samples[s].end(), (*part)[s].begin(), (*part)[s].end());
        }
    }
    return samples;
}

std::vector<std::vector<float>> splitInputs(const Network& network,
                                            const std::vector<float>& sample)
{
    std::vector<std::vector<float>> inputs;
    auto at = sample.begin();
    for (const ValueId id : network.inputs) {
        const auto left = sample.end() - at;
        const auto size = std::min<std::int64_t>(network[id].elements(), left);
        inputs.emplace_back(at, at + size);
        at += size;
    }
    return inputs;
}

std::vector<float> generatedSample(const Value& input, std::uint64_t seed)
{
    std::mt19937_64 random(seed);
    std::vector<float> sample(static_cast<std::size_t>(input.elements()));
    const bool isByte = input.type == DataType::Int8 || input.type == DataType::UInt8;
    const float lowest = input.type == DataType::Int8 ? -128 : 0;
    for (float& x : sample) {
        const auto bits = static_cast<float>(random() >> 40);
        x = isByte ? std::floor(bits / (1 << 16)) + lowest : bits / static_cast<float>(1 << 24);
    }
    return sample;
}

std::vector<float> generatedSample(const Network& network, std::uint64_t seed)
{
    std::vector<float> sample;
    for (const ValueId id : network.inputs) {
        const std::vector<float> part = generatedSample(network[id], seed++);
        sample.insert(sample.end(), part.begin(), part.end());
    }
    return sample;
}

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/samples.h"

#include "core/lower/layout.h"

#include <charconv>
#include <cmath>
#include <cstring>

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
    return floatsOf(toChannelsLast(asFloat, std::as_bytes(sample)));
}

} // namespace

std::vector<float> floatsOf(std::span<const std::byte> bytes)
{
    std::vector<float> floats(bytes.size() / sizeof(float));
    std::memcpy(floats.data(), bytes.data(), floats.size() * sizeof(float));
    return floats;
}

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
    if (integers && input.type == DataType::Float32 && !scaling) {
        return usage("the array holds " + std::string(toString(array.type)) +
                         " but the model's input '" + printable(input.name) + "' is fp32",
                     "say how to scale it, such as --scale 1/255");
    }
    std::vector<float> all = array.toFloats();
    if (scaling) {
        for (float& x : all) {
            x = static_cast<float>(x * scaling->scale - scaling->mean);
        }
    }
    std::vector<std::vector<float>> samples;
    for (std::int64_t s = 0; s < *count; ++s) {
        samples.push_back(sampleAt(all, s, input));
    }
    return samples;
}

} // namespace tidemark

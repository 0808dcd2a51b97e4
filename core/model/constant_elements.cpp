// SPDX-License-Identifier: Apache-2.0
#include "core/model/constant_elements.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <span>

namespace tidemark {

namespace {

constexpr std::size_t kMostElements = 65536;

template <class Stored, class T>
std::vector<T> convert(std::span<const std::byte> bytes, std::size_t count)
{
    std::vector<T> result(count);
    for (std::size_t i = 0; i < count; ++i) {
        Stored element;
        std::memcpy(&element, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        result[i] = static_cast<T>(element);
    }
    return result;
}

/// Elements of `tensor` if it is a constant with all its data and not too long.
std::optional<std::size_t> readableCount(const Tensor& tensor)
{
    if (!tensor.constant || !tensor.shape) {
        return std::nullopt;
    }
    const auto count = elementCount(*tensor.shape);
    const auto width = static_cast<std::size_t>(elementBytes(tensor.type).count());
    if (!count || static_cast<std::size_t>(*count) > kMostElements ||
        tensor.constant->bytes().size() != static_cast<std::size_t>(*count) * width) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(*count);
}

template <class T>
std::optional<std::vector<T>> convertIntegers(const Tensor& tensor, std::size_t count)
{
    const auto bytes = tensor.constant->bytes();
    switch (tensor.type) {
    case DataType::Int8:
        return convert<std::int8_t, T>(bytes, count);
    case DataType::UInt8:
    case DataType::Bool:
        return convert<std::uint8_t, T>(bytes, count);
    case DataType::Int16:
        return convert<std::int16_t, T>(bytes, count);
    case DataType::UInt16:
        return convert<std::uint16_t, T>(bytes, count);
    case DataType::Int32:
        return convert<std::int32_t, T>(bytes, count);
    case DataType::UInt32:
        return convert<std::uint32_t, T>(bytes, count);
    case DataType::Int64:
        return convert<std::int64_t, T>(bytes, count);
    case DataType::UInt64:
        return convert<std::uint64_t, T>(bytes, count);
    case DataType::Float16:
    case DataType::Float32:
    case DataType::Float64:
        break;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::vector<std::int64_t>> constantIntegers(const Tensor& tensor)
{
    const auto count = readableCount(tensor);
    return count ? convertIntegers<std::int64_t>(tensor, *count) : std::nullopt;
}

std::optional<std::vector<double>> constantReals(const Tensor& tensor)
{
    const auto count = readableCount(tensor);
    if (!count) {
        return std::nullopt;
    }
    const auto bytes = tensor.constant->bytes();
    switch (tensor.type) {
    case DataType::Float32:
        return convert<float, double>(bytes, *count);
    case DataType::Float64:
        return convert<double, double>(bytes, *count);
    case DataType::Float16: {
        const auto halves = convert<std::uint16_t, std::uint16_t>(bytes, *count);
        std::vector<double> reals;
        for (const std::uint16_t half : halves) {
            reals.push_back(halfToFloat(half));
        }
        return reals;
    }
    default:
        return convertIntegers<double>(tensor, *count);
    }
}

float halfToFloat(std::uint16_t bits)
{
    const int exponent = (bits >> 10) & 0x1f;
    const int fraction = bits & 0x3ff;
    const float sign = bits & 0x8000 ? -1.0F : 1.0F;
    if (exponent == 0x1f) {
        return fraction ? std::numeric_limits<float>::quiet_NaN()
                        : sign * std::numeric_limits<float>::infinity();
    }
    // Subnormal halves have no hidden bit and the exponent of the smallest normal one.
    return exponent == 0 ? sign * std::ldexp(static_cast<float>(fraction), -24)
                         : sign * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

} // namespace tidemark

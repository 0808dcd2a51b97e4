// SPDX-License-Identifier: Apache-2.0
#include "core/lower/stored_numbers.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace tidemark {

namespace {

/// Calls `use` with an element of the C++ type; half floats have none.
template <class F> void withElement(DataType type, F use)
{
    switch (type) {
    case DataType::Float32:
        return use(float{});
    case DataType::Float64:
        return use(double{});
    case DataType::Int8:
        return use(std::int8_t{});
    case DataType::UInt8:
    case DataType::Bool:
        return use(std::uint8_t{});
    case DataType::Int16:
        return use(std::int16_t{});
    case DataType::UInt16:
        return use(std::uint16_t{});
    case DataType::Int32:
        return use(std::int32_t{});
    case DataType::UInt32:
        return use(std::uint32_t{});
    case DataType::Int64:
        return use(std::int64_t{});
    case DataType::UInt64:
        return use(std::uint64_t{});
    case DataType::Float16:
        return;
    }
}

template <class T> T stored(float number)
{
    if constexpr (std::is_floating_point_v<T>) {
        return number;
    } else {
        const double rounded = std::isnan(number) ? 0 : std::round(static_cast<double>(number));
        constexpr auto kMin = std::numeric_limits<T>::min();
        constexpr auto kMax = std::numeric_limits<T>::max();
        return rounded <= static_cast<double>(kMin)   ? kMin
               : rounded >= static_cast<double>(kMax) ? kMax
                                                      : static_cast<T>(rounded);
    }
}

} // namespace

std::vector<float> numbersOf(DataType type, std::span<const std::byte> bytes)
{
    std::vector<float> numbers;
    withElement(type, [&](auto element) {
        numbers.reserve(bytes.size() / sizeof element);
        for (std::size_t i = 0; i + sizeof element <= bytes.size(); i += sizeof element) {
            std::memcpy(&element, &bytes[i], sizeof element);
            numbers.push_back(static_cast<float>(element));
        }
    });
    return numbers;
}

std::vector<std::byte> bytesOf(DataType type, std::span<const float> numbers)
{
    std::vector<std::byte> bytes;
    withElement(type, [&](auto element) {
        bytes.reserve(numbers.size() * sizeof element);
        for (const float number : numbers) {
            element = stored<decltype(element)>(number);
            const auto* const raw = reinterpret_cast<const std::byte*>(&element);
            bytes.insert(bytes.end(), raw, raw + sizeof element);
        }
    });
    return bytes;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/element_text.h"

#include "core/bundle/c_text.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

namespace tidemark {

namespace {

template <class T> std::vector<T> elementsOf(std::span<const std::byte> bytes)
{
    std::vector<T> elements(bytes.size() / sizeof(T));
    if (!elements.empty()) {
        std::memcpy(elements.data(), bytes.data(), elements.size() * sizeof(T));
    }
    return elements;
}

template <class T> std::string integerConstant(T value)
{
    if constexpr (sizeof(T) == 8) {
        if (value == std::numeric_limits<T>::min() && value != 0) {
            return "(-9223372036854775807LL - 1)";
        }
        return std::to_string(value) + "LL";
    } else if constexpr (sizeof(T) == 4) {
        if (value == std::numeric_limits<T>::min() && value != 0) {
            return "(-2147483647 - 1)";
        }
    }
    return std::to_string(value);
}

template <class T> std::string integers(std::span<const std::byte> bytes, std::string_view indent)
{
    constexpr std::size_t kPerLine = sizeof(T) == 1 ? 18 : 8;
    const std::vector<T> values = elementsOf<T>(bytes);
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += i % kPerLine == 0 ? std::string(indent) : " ";
        text += integerConstant(values[i]) + ",";
        if (i % kPerLine == kPerLine - 1 || i + 1 == values.size()) {
            text += "\n";
        }
    }
    return text;
}

} // namespace

std::string_view cType(DataType type)
{
    switch (type) {
    case DataType::Float32:
        return "float";
    case DataType::Int8:
        return "int8_t";
    case DataType::UInt8:
    case DataType::Bool:
        return "uint8_t";
    case DataType::Int16:
        return "int16_t";
    case DataType::Int32:
        return "int32_t";
    case DataType::Int64:
        return "int64_t";
    default:
        return "";
    }
}

std::string elementConstants(DataType type, std::span<const std::byte> bytes,
                             std::string_view indent)
{
    switch (type) {
    case DataType::Float32:
        return floatConstants(elementsOf<float>(bytes), indent);
    case DataType::Int8:
        return integers<std::int8_t>(bytes, indent);
    case DataType::Int16:
        return integers<std::int16_t>(bytes, indent);
    case DataType::Int32:
        return integers<std::int32_t>(bytes, indent);
    case DataType::Int64:
        return integers<std::int64_t>(bytes, indent);
    default:
        return integers<std::uint8_t>(bytes, indent);
    }
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/c_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tidemark {

namespace {

bool isAlphanumeric(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string keepOnly(std::string_view text, std::string_view signs, std::size_t longest)
{
    std::string kept;
    for (const char c : text.substr(0, longest)) {
        kept += isAlphanumeric(c) || signs.find(c) != std::string_view::npos ? c : '_';
    }
    return kept;
}

} // namespace

std::string commentText(std::string_view untrusted)
{
    return keepOnly(untrusted, " _.:,;+-=()", 120);
}

std::string protocolName(std::string_view untrusted)
{
    const std::string name = keepOnly(untrusted, "_.-", 48);
    return name.empty() ? "model" : name;
}

std::string floatConstant(float value)
{
    if (std::isnan(value)) {
        return "TM_NAN";
    }
    const std::string sign = std::signbit(value) ? "-" : "";
    if (std::isinf(value)) {
        return sign + "TM_INFINITY";
    }
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::abs(value),
                                   std::chars_format::hex)
                         .ptr;
    return sign + "0x" + std::string(digits.data(), end) + "f";
}

std::string floatConstants(std::span<const float> values, std::string_view indent)
{
    constexpr std::size_t kPerLine = 6;
    std::string text;
    for (std::size_t i = 0; i < values.size(); ++i) {
        text += i % kPerLine == 0 ? std::string(indent) : " ";
        text += floatConstant(values[i]) + ",";
        if (i % kPerLine == kPerLine - 1 || i + 1 == values.size()) {
            text += "\n";
        }
    }
    return text;
}

std::string hexConstant(std::uint64_t value)
{
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    const std::string text(digits.data(), end);
    return "0x" + std::string(8 - std::min<std::size_t>(8, text.size()), '0') + text;
}

} // namespace tidemark

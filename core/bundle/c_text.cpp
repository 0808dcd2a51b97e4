// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/c_text.h"

#include <algorithm>
#include <array>
#include <cassert>
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

/// Length of the mark `@name@` at the start of `text`, 0 if there is none.
std::size_t markLength(std::string_view text)
{
    std::size_t end = 1;
    while (end < text.size() && isAlphanumeric(text[end])) {
        ++end;
    }
    return end > 1 && end < text.size() && text[end] == '@' ? end + 1 : 0;
}

} // namespace

std::string filled(std::string_view text,
                   std::initializer_list<std::pair<std::string_view, std::string>> values)
{
    std::string out;
    while (!text.empty()) {
        const std::size_t at = std::min(text.find('@'), text.size());
        out += text.substr(0, at);
        text.remove_prefix(at);
        const std::size_t length = text.empty() ? 0 : markLength(text);
        const std::string_view name = length > 0 ? text.substr(1, length - 2) : text.substr(0, 0);
        const auto value = std::find_if(values.begin(), values.end(),
                                        [&](const auto& entry) { return entry.first == name; });
        assert(length == 0 || value != values.end());
        if (length > 0 && value != values.end()) {
            out += value->second;
            text.remove_prefix(length);
        } else if (!text.empty()) {
            out += '@';
            text.remove_prefix(1);
        }
    }
    return out;
}

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

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/html.h"

#include "core/io/file.h"

#include <cstdint>

namespace tidemark {

namespace {

std::string base64(std::string_view bytes)
{
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            const bool there = i + k < bytes.size();
            group = (group << 8) | (there ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            const bool there = i + k <= bytes.size();
            text += there ? kDigits[(group >> (18 - 6 * k)) & 63U] : '=';
        }
    }
    return text;
}

} // namespace

std::string escapeHtml(std::string_view text)
{
    std::string safe;
    for (const char c : text) {
        switch (c) {
        case '&':
            safe += "&amp;";
            break;
        case '<':
            safe += "&lt;";
            break;
        case '>':
            safe += "&gt;";
            break;
        case '"':
            safe += "&quot;";
            break;
        case '\'':
            safe += "&#39;";
            break;
        default:
            safe += c;
        }
    }
    return safe;
}

std::string pngDataUri(const std::string& path)
{
    constexpr std::int64_t kMost = 32 << 20;
    const auto bytes = readFile(path, Bytes(kMost));
    return bytes ? "data:image/png;base64," + base64(*bytes) : std::string();
}

} // namespace tidemark

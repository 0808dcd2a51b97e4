// SPDX-License-Identifier: Apache-2.0
#include "core/model/diagnostic.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace tidemark {

namespace {

/// Length of the well-formed UTF-8 sequence of a printable code point at `pos`, 0 if there is none.
std::size_t printableSequence(const std::string& s, std::size_t pos)
{
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(s[i]); };
    const std::uint8_t lead = byte(pos);
    if (lead < 0x80) {
        return lead >= 0x20 && lead != 0x7f ? 1 : 0;
    }
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (length == 0 || lead > 0xf4 || pos + length > s.size()) {
        return 0;
    }
    std::uint32_t code = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(pos + i) & 0xc0) != 0x80) {
            return 0;
        }
        code = (code << 6) | (byte(pos + i) & 0x3fU);
    }
    constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    const bool wellFormed =
        code >= kSmallest[length] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    // Controls and the marks that reorder or hide text would let a name pretend to be another.
    const bool invisible = code < 0xa0 || (code >= 0x200b && code <= 0x200f) ||
                           (code >= 0x2028 && code <= 0x202e) ||
                           (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
    return wellFormed && !invisible ? length : 0;
}

} // namespace

std::string Diagnostic::text() const
{
    std::string line = what;
    if (!where.empty()) {
        line += " (" + where + ")";
    }
    if (!mend.empty()) {
        line += ": " + mend;
    }
    return line;
}

std::string printable(const std::string& untrusted, std::size_t maxBytes)
{
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string safe;
    for (std::size_t pos = 0; pos < untrusted.size();) {
        if (safe.size() >= maxBytes) {
            return safe + "…";
        }
        const std::size_t length = printableSequence(untrusted, pos);
        if (length > 0) {
            safe.append(untrusted, pos, length);
            pos += length;
        } else {
            const auto byte = static_cast<std::uint8_t>(untrusted[pos++]);
            safe += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
    return safe;
}

} // namespace tidemark

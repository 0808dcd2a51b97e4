// SPDX-License-Identifier: Apache-2.0
#include "core/model/identifier.h"

namespace tidemark {

std::string toIdentifier(std::string_view untrusted, std::string_view fallback)
{
    constexpr std::size_t kLongest = 48;
    std::string name;
    for (const char c : untrusted) {
        const bool digit = c >= '0' && c <= '9';
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (digit && name.empty()) {
            name = "_"; // an identifier starts with no digit
        }
        if (digit || letter) {
            name += c;
        } else if (!name.empty() && name.back() != '_') {
            name += '_';
        }
        if (name.size() >= kLongest) {
            break;
        }
    }
    while (!name.empty() && name.back() == '_') {
        name.pop_back();
    }
    return name.empty() ? std::string(fallback) : name;
}

} // namespace tidemark

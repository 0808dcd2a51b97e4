// SPDX-License-Identifier: Apache-2.0
#include "core/io/near_names.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tidemark {

namespace {

constexpr std::size_t kLongestName = 256; ///< untrusted names beyond are near to nothing

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    std::transform(text.begin(), text.end(), result.begin(), [](char c) { return lower(c); });
    return result;
}

/// Levenshtein distance, one row of the table at a time.
std::size_t editDistance(const std::string& a, const std::string& b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

/// Distance of two names as a person sees it; a name cut short is near.
std::size_t slips(const std::string& typed, const std::string& name)
{
    constexpr std::size_t kShortestStem = 3;
    if (typed.size() >= kShortestStem && name.starts_with(typed)) {
        return 1;
    }
    return editDistance(typed, name);
}

} // namespace

bool equalIgnoringCase(std::string_view a, std::string_view b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return lower(x) == lower(y); });
}

std::vector<std::string> nearNames(std::string_view name, const std::vector<std::string>& known)
{
    if (name.size() > kLongestName) {
        return {};
    }
    const std::string typed = lower(name);
    const std::size_t most = std::max<std::size_t>(1, typed.size() / 3);
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const std::string& candidate : known) {
        const std::size_t distance = slips(typed, lower(candidate));
        if (candidate.size() <= kLongestName && distance <= most) {
            near.emplace_back(distance, candidate);
        }
    }
    std::sort(near.begin(), near.end());
    std::vector<std::string> names;
    for (std::size_t i = 0; i < near.size() && i < 3; ++i) {
        names.push_back(near[i].second);
    }
    return names;
}

std::string joinNames(const std::vector<std::string>& names)
{
    std::string joined;
    for (const std::string& name : names) {
        joined += (joined.empty() ? "" : ", ") + name;
    }
    return joined;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// True when the two differ in nothing but the case of ASCII letters.
bool equalIgnoringCase(std::string_view a, std::string_view b);

/// Those of `known` that a typing slip away from `name` (at most a third of its letters inserted,
/// deleted or replaced, or one being the start of the other), nearest first, at most three.
std::vector<std::string> nearNames(std::string_view name, const std::vector<std::string>& known);

/// "a, b, c".
std::string joinNames(const std::vector<std::string>& names);

} // namespace tidemark

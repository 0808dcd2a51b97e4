// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

/// An untrusted name as [A-Za-z0-9_]+, at most 48 characters, not starting with a digit:
/// other characters become '_', runs of '_' one, none at the ends. `fallback` when nothing is left.
std::string toIdentifier(std::string_view untrusted, std::string_view fallback);

} // namespace tidemark

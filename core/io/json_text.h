// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"

#include <nlohmann/json.hpp>
#include <string>

namespace tidemark {

/// Untrusted text to a JSON value. Refused, naming `where`, line and column: bad syntax, invalid
/// UTF-8, a key twice in one object, more than 512 keys in one object, more than 64 levels.
Result<nlohmann::json> parseJson(const std::string& text, const std::string& where);

} // namespace tidemark

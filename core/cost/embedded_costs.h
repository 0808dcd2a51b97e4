// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace tidemark {

/// The texts of resources/costs/*.json.
const std::vector<std::string_view>& embeddedCosts();

} // namespace tidemark

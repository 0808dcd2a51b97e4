// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace tidemark {

/// A source file of kernels/ or firmware_bridge/device/ as it was when this program was built.
struct EmbeddedSource {
    std::string_view path; ///< relative to the checkout
    std::string_view text;
};

const std::vector<EmbeddedSource>& embeddedSources();

} // namespace tidemark

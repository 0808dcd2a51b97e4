// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace tidemark {

/// Text made safe between tags and in attributes. Untrusted text goes through `printable()` first.
std::string escapeHtml(std::string_view text);

/// A `data:` address of a PNG file, empty when it cannot be read.
std::string pngDataUri(const std::string& path);

} // namespace tidemark

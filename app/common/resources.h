// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace tidemark {

/// The folder with boards/, examples/ and schemas/: $TIDEMARK_RESOURCES when set, else
/// ../share/tidemark beside the program, else the source tree's resources/ it was built from.
std::filesystem::path resourceDir();

} // namespace tidemark

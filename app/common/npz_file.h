// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/npy.h"

#include <filesystem>
#include <map>
#include <string>

namespace tidemark {

/// The arrays of an .npz file (a zip of .npy files) by name. Errors: no zip, an entry that is no
/// array in C order, more than 1 GiB, or cut short.
Result<std::map<std::string, NpyArray>> readNpz(const std::filesystem::path& path);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/result.h"

#include <filesystem>
#include <string>

namespace tidemark {

/// A whole regular file. Missing, unreadable, a folder or device, or more than `limit` bytes:
/// BadInput that names the file.
Result<std::string> readFile(const std::filesystem::path& path, Bytes limit);

} // namespace tidemark

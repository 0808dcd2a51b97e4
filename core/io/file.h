// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/result.h"

#include <filesystem>
#include <string>
#include <string_view>

namespace tidemark {

/// A whole regular file. Missing, unreadable, a folder or device, or more than `limit` bytes:
/// BadInput that names the file.
Result<std::string> readFile(const std::filesystem::path& path, Bytes limit);

/// Replaces `path` by `content`: written beside it, flushed to the disk, renamed over it. Whatever
/// happens on the way, an existing file is whole, old or new; its permissions and a symbolic link
/// to it are kept. Only regular files are replaced.
Status writeFileAtomically(const std::filesystem::path& path, std::string_view content);

} // namespace tidemark

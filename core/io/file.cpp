// SPDX-License-Identifier: Apache-2.0
#include "core/io/file.h"

#include <fstream>
#include <system_error>

namespace tidemark {

namespace {

constexpr std::size_t kChunk = 64 * 1024;

} // namespace

Result<std::string> readFile(const std::filesystem::path& path, Bytes limit)
{
    const std::string where = printable(path.string(), 400);
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        return Diagnostic{ErrorKind::BadInput, "no such file", where, "check the path"};
    }
    if (!std::filesystem::is_regular_file(status)) {
        return Diagnostic{ErrorKind::BadInput, "not a regular file", where,
                          "give a file, not a folder or device"};
    }
    std::ifstream stream(path, std::ios::binary);
    std::string text;
    // In pieces up to the limit, not by the size the file system tells: the file may be growing.
    while (stream && static_cast<std::int64_t>(text.size()) <= limit.count()) {
        const std::size_t before = text.size();
        text.resize(before + kChunk);
        stream.read(text.data() + before, kChunk);
        text.resize(before + static_cast<std::size_t>(stream.gcount()));
    }
    if (static_cast<std::int64_t>(text.size()) > limit.count()) {
        return Diagnostic{ErrorKind::BadInput, "the file is too large", where,
                          "at most " + std::to_string(limit.count()) + " bytes are read"};
    }
    if (!stream.eof()) {
        return Diagnostic{ErrorKind::BadInput, "the file cannot be read", where,
                          "check its permissions"};
    }
    return text;
}

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/resources.h"

#include <cstdlib>
#include <system_error>

namespace tidemark {

namespace fs = std::filesystem;

fs::path resourceDir()
{
    if (const char* given = std::getenv("TIDEMARK_RESOURCES"); given != nullptr && *given != '\0') {
        return given;
    }
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (!error) {
        const fs::path installed = program.parent_path().parent_path() / "share" / "tidemark";
        if (fs::is_directory(installed / "boards", error)) {
            return installed;
        }
    }
    return TIDEMARK_SOURCE_RESOURCES;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/import/external_data.h"

#include <algorithm>
#include <fstream>
#include <system_error>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

bool isInside(const fs::path& folder, const fs::path& file)
{
    return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first ==
           folder.end();
}

Diagnostic error(const std::string& tensorName, const ExternalData& data, const std::string& what,
                 const std::string& mend)
{
    return {ErrorKind::BadInput,
            "tensor '" + printable(tensorName) + "' has its data in '" + printable(data.location) +
                "', " + what,
            "", mend};
}

} // namespace

Result<ConstantData> readExternalData(const ExternalData& data, Bytes bytes, const fs::path& folder,
                                      const std::string& tensorName)
{
    const auto fail = [&](const std::string& what, const std::string& mend) {
        return error(tensorName, data, what, mend);
    };
    const fs::path location(data.location);
    std::error_code code;
    const fs::path home = fs::canonical(folder.empty() ? fs::path(".") : folder, code);
    const fs::path file = code ? fs::path() : fs::weakly_canonical(home / location, code);
    if (code || data.location.empty() || location.is_absolute() || !isInside(home, file)) {
        return fail("which is outside the model's folder", "move it beside the model");
    }
    if (!fs::exists(file, code)) {
        return ConstantData();
    }
    const auto size = fs::is_regular_file(file, code) ? fs::file_size(file, code) : 0;
    if (code) {
        return fail("which cannot be read", "check its permissions");
    }
    if (data.length.value_or(bytes.count()) != bytes.count()) {
        return fail(std::to_string(*data.length) + " bytes, but its shape asks for " +
                        std::to_string(bytes.count()),
                    "export the model again");
    }
    const auto available = static_cast<std::int64_t>(size);
    if (data.offset < 0 || data.offset > available || bytes.count() > available - data.offset) {
        return fail("which is too short: " + std::to_string(bytes.count()) + " bytes at " +
                        std::to_string(data.offset) + " of " + std::to_string(available),
                    "export the model again");
    }
    std::vector<std::byte> content(static_cast<std::size_t>(bytes.count()));
    std::ifstream stream(file, std::ios::binary);
    stream.seekg(data.offset);
    if (!stream.read(reinterpret_cast<char*>(content.data()), bytes.count())) {
        return fail("which cannot be read", "check its permissions");
    }
    return ConstantData(std::move(content));
}

} // namespace tidemark

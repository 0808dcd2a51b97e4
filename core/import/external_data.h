// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/model/tensor.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tidemark {

/// A stretch of a file beside the model that holds a constant's bytes.
struct ExternalData {
    std::string location; ///< path relative to the model's folder: untrusted
    std::int64_t offset = 0;
    std::optional<std::int64_t> length; ///< nothing = as long as the tensor
};

/// The `bytes` bytes of `data`, or an empty ConstantData when the file does not exist.
/// Errors name the tensor: a location outside `folder` (also by way of a symbolic link), a stretch
/// that leaves the file or is not `bytes` long, a file that cannot be read.
Result<ConstantData> readExternalData(const ExternalData& data, Bytes bytes,
                                      const std::filesystem::path& folder,
                                      const std::string& tensorName);

} // namespace tidemark

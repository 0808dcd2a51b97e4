// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"
#include "core/model/result.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

namespace tidemark {

struct ImportOptions {
    std::map<std::string, std::int64_t> dims; ///< `--dim N=1`: values of symbolic dimensions
    std::stop_token stop;
    /// Told how far reading has come, from 0 to 1 and never backwards, on the caller's thread.
    std::function<void(double)> progress = {};
};

/// Reads a model file by its content (the suffix is only a hint), infers every shape it can and
/// puts the operators in order. Untrusted: errors are ErrorKind::BadInput and name the tensor or
/// operator.
Result<Model> importModel(const std::filesystem::path& path, const ImportOptions& options = {});

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/common/samples.h"
#include "core/model/result.h"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tidemark::cli {

/// `--scale S --mean M`, the same on every command that reads samples.
struct ScalingOptions {
    std::string scale;
    std::string mean;

    void addTo(CLI::App& command);
    /// Nothing when neither option was given.
    Result<std::optional<InputScaling>> parse() const;
};

/// Reads .npy files in turn.
Result<std::vector<NpyArray>> readArrays(const std::vector<std::string>& files);

} // namespace tidemark::cli

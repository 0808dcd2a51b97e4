// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/common/device_job.h"

#include "app/cli/context.h"

#include <filesystem>

namespace tidemark::cli {

/// Where a run on a board leaves what it makes.
struct DeviceFolders {
    std::filesystem::path bundle;     ///< empty: a private folder, removed afterwards
    std::filesystem::path transcript; ///< empty: none
};

struct DeviceChoices {
    DeviceFolders folders;
    std::string port;
    int repeat = 1;
    bool paint = true;
};

/// Exports, builds, flashes or starts the virtual board, runs the samples, checks and counts.
/// Progress goes to stderr on a terminal; Ctrl-C ends the job cleanly.
Result<bridge::Measurement> runOnDevice(const Plan& plan,
                                        const std::vector<std::vector<float>>& samples,
                                        const DeviceChoices& choices, const Context& context);

} // namespace tidemark::cli

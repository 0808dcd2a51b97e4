// SPDX-License-Identifier: Apache-2.0
// The device's command server on the host, serving a model of a few bytes.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace fake {

constexpr std::uint32_t kInputBytes = 16;
constexpr std::uint32_t kRowBytes = 4; ///< of a streamed input
constexpr std::uint32_t kStages = 3;
/// What one look at the fine timer, and each stage, take of its ticks.
constexpr std::uint64_t kLookTicks = 7;
constexpr std::array<std::uint64_t, kStages> kStageTicks{1000, 20, 300};

/// The model reads its input from arena bytes 8 to 23, destroys it, and leaves the sum and half the
/// sum of the input's bytes as floats in bytes 0 to 7. Bytes 24 to 31 are nobody's. Streamed, it
/// has one row at a time in bytes 8 to 11, runs its first stage for each and the others at the end.
class Device {
public:
    /// Boots. `keepsInput`: with a copy of the input.
    explicit Device(bool keepsInput, bool streams = false);

    /// What the device prints from now on until all of `text` is served.
    std::string send(const std::string& text);
    std::string boot; ///< what it printed on its own

    /// Guards around every memory the server may write are as they were.
    static bool guardsIntact();

    static int runs;             ///< of the model since boot
    static bool wildWrite;       ///< the model also writes into unused RAM
    static bool selftestFails;   ///< what the self-test says
    static int runsBetweenLines; ///< output lines that were printed during a run: must stay 0
};

/// The bytes 1 to 16 as `db` commands: "db load 16%db 0102...%".
std::string loadCommands();

} // namespace fake

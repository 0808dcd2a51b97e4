// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware_bridge/host/device_task.h"

#include "core/board/board.h"
#include "firmware_bridge/host/measurement.h"

#include <cstddef>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

namespace tidemark::bridge {

/// One job: a bundle, a board, inputs.
struct DeviceRequest {
    std::filesystem::path bundle;
    Board board;
    std::vector<std::vector<std::byte>> inputs; ///< each the input tensor's bytes, NHWC
    std::vector<std::vector<float>> reference;  ///< wanted outputs per input; may be empty
    std::string referenceName = "host reference";
    std::string port;  ///< real boards: port name or USB serial number; empty: find it
    int repeat = 1;    ///< timed runs per input (1 where the board keeps no input)
    bool build = true; ///< run make first
    bool flash = true; ///< real boards: put the firmware there first
    bool paint = true;
    bool counterPlugin = true;            ///< false: count with icount timers
    std::filesystem::path transcriptFile; ///< empty: none
};

/// The whole job, start to end, in the calling thread (whose event loop it runs): build, flash or
/// start the virtual board, greet, check the bundle's hash, run every input, count, paint, compare.
/// Failed checks are `problems` of a Measurement; an error (with what to do) is a job that could
/// not be done. A stop request ends it within 100 ms, and no process is left behind.
Result<Measurement> measureOnDevice(const DeviceRequest& request, const DeviceEvents& events = {},
                                    const std::stop_token& stop = {});

/// measureOnDevice() in a thread of its own.
class DeviceRun : public DeviceTask<Measurement> {
public:
    explicit DeviceRun(DeviceRequest request, QObject* parent = nullptr);
};

/// Instructions between two readings of a target timer under `-icount shift=N`. `mcycle` counts
/// virtual nanoseconds there; every other timer runs at its own rate.
std::uint64_t instructionsOf(std::uint64_t ticks, const std::string& timer, std::uint64_t hertz,
                             int icountShift);

} // namespace tidemark::bridge

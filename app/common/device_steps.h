// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "firmware_bridge/host/device_run.h"

#include <stop_token>
#include <string>
#include <vector>

namespace tidemark {

/// The first steps of bridge::measureOnDevice() on their own. Each runs the event loop of the
/// calling thread; a stop request ends it within 100 ms, and no process is left behind.

/// Builds the firmware of the request's bundle. Gives its sections, planned against linked.
Result<std::vector<bridge::SectionMeasurement>> buildFirmware(const bridge::DeviceRequest& request,
                                                              const bridge::DeviceEvents& events,
                                                              const std::stop_token& stop);

/// A board that was started, or flashed and opened, and answered.
struct StartedDevice {
    std::string port; ///< where it answered
    std::string name; ///< what it calls itself
};

/// Flashes a real board (if the request says so) or starts the virtual one, greets it and checks
/// that it runs this very bundle. The connection is closed again: a virtual board ends with it, a
/// real one keeps the firmware. The firmware is built already.
Result<StartedDevice> startDevice(const bridge::DeviceRequest& request,
                                  const bridge::DeviceEvents& events, const std::stop_token& stop);

} // namespace tidemark

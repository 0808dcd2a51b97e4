// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "firmware_bridge/host/device_run.h"

#include "app/common/samples.h"
#include "core/place/plan.h"

#include <filesystem>
#include <vector>

namespace tidemark {

/// Writes the bundle of a plan that is to run on its board. Errors: the board has neither a virtual
/// machine nor a way to be flashed, with the virtual board of the same core named; a plan that does
/// not fit; anything the bundle writer refuses.
Status writeDeviceBundle(const Plan& plan, const std::filesystem::path& folder);

/// Adds inputs and the outputs the reference gives for them. `samples` are inputs of the network in
/// NHWC order as the numbers they store, all inputs of a sample one after the other; so are the
/// reference outputs.
Status addSamples(bridge::DeviceRequest& request, const Network& network,
                  const std::vector<std::vector<float>>& samples);

/// Both: a run on a board, made ready.
Result<bridge::DeviceRequest> prepareDeviceJob(const Plan& plan,
                                               const std::vector<std::vector<float>>& samples,
                                               const std::filesystem::path& bundleFolder);

} // namespace tidemark

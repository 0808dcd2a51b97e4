// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace tidemark::studio::testing {

/// The model most tests of the studio open, and how long they wait for what they asked for (ms).
inline const std::filesystem::path kLenet = TIDEMARK_SOURCE_DIR "/resources/examples/lenet5.onnx";
constexpr int kWait = 30'000;

} // namespace tidemark::studio::testing

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/common/samples.h"
#include "core/lower/network.h"
#include "core/model/result.h"

#include <filesystem>
#include <vector>

namespace tidemark {

/// A picture as an input of 1 (grey) or 3 (RGB) channels in NHWC order: scaled to the input's size,
/// each 0..255 value x becomes x*scale - mean.
Result<std::vector<float>> imageSample(const std::filesystem::path& picture, const Value& input,
                                       const InputScaling& scaling);

} // namespace tidemark

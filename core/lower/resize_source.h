// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/stage_ops.h"

#include <cstdint>

namespace tidemark {

/// Where an index of a resized axis comes from: `first` and `second` = first or first + 1, blended
/// as (1 - weight) * first + weight * second. Nearest: both are one index, weight 0.
struct ResizeSource {
    std::int64_t first = 0, second = 0;
    float weight = 0;
};

/// The source of output index `index` on an axis of `inputs` elements stretched to `outputs` by
/// `scale`; coordinates as ONNX Resize defines them (coordinate_transformation_mode), indices
/// outside the input moved to its edge. The one place that knows: planner, reference and the
/// writer of kernel tables all ask here.
ResizeSource resizeSource(const ResizeOp& op, float scale, std::int64_t inputs,
                          std::int64_t outputs, std::int64_t index);

} // namespace tidemark

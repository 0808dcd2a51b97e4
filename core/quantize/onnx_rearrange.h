// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/stage_ops.h"
#include "core/quantize/onnx_graph.h"

#include <optional>

namespace tidemark {

/// Writes a RearrangeOp as Reshape, Slice, Transpose and Expand: `flat` names a tensor of
/// `elements` elements along one axis; gives the name of one of the result's extents. Nothing where
/// a stride is no product of inner extents, as in diagonals.
std::optional<std::string> addRearrangement(OnnxGraph& graph, const std::string& flat,
                                            std::int64_t elements, const RearrangeOp& op);

} // namespace tidemark

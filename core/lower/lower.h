// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/model.h"
#include "core/model/result.h"

namespace tidemark {

/// Lowers a model with known shapes: NCHW to NHWC, flatten folded into the fully connected weights,
/// bias and activation fused into their stage. Pools stay stages of their own: fusing them is the
/// planner's choice, see fuse.h. The fully fused form is reached by `fusePools(lower(model))`.
/// Error: an operator that is neither known nor has known output shapes, by name.
Result<Network> lower(const Model& model);

/// Why a pool stage stays apart, or nothing if `pool` can go into the epilogue of `producer`:
/// the producer is a convolution with no other reader and the pool windows do not overlap
/// (stride >= kernel, no pad), so no convolution row is needed twice.
std::optional<std::string> whyNotFused(const Network& network, StageId producer, StageId pool);

/// The same network with every max-pool that can be fused in its convolution's epilogue.
Network fusePools(const Network& network);

} // namespace tidemark

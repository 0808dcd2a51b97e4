// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/model.h"
#include "core/model/result.h"

namespace tidemark {

/// Lowers a model with known shapes: NCHW to NHWC, flatten folded into the fully connected weights,
/// bias and activation fused into their stage. Pools and residual additions stay stages of their
/// own: fusing them is the planner's choice. The fully fused form is `fuseEpilogues(lower(model))`.
/// Error: an operator that is neither known nor has known output shapes, by name.
Result<Network> lower(const Model& model);

/// Why a max-pool or an addition stays apart, or nothing if `stage` can go into the epilogue of
/// `producer`: a convolution with no other reader. The windows of a pool must not overlap (stride
/// >= kernel, no pad), so that no convolution row is needed twice; an addition must repeat nothing.
std::optional<std::string> whyNotFused(const Network& network, StageId producer, StageId stage);

/// The same network with every max-pool that can be fused in its convolution's epilogue.
Network fusePools(const Network& network);
/// And with every residual addition that can be. The convolution then runs when the addition did.
Network fuseEpilogues(const Network& network);

/// The same network with views (Value::storage) where a stage only copies: a part of consecutive
/// elements is seen where it lies, and what is joined one after the other is made in its place.
/// Network inputs and outputs stay values of their own.
Network withViews(const Network& network);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

namespace tidemark {

/// The same network with every addition that can be done in the epilogue of a convolution done
/// there: one operand is made by a convolution without a pool or residual of its own that nobody
/// else reads, the other has the same shape. The convolution runs where the addition did.
Network fuseResiduals(const Network& network);

} // namespace tidemark

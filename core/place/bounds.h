// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

namespace tidemark {

/// Bytes that no row schedule of this network can do without, whatever is fused or interleaved: the
/// largest of
/// - input rows that some stage reads (a resident input is whole before the first event, a streamed
///   one is not) plus the smallest first output row;
/// - for every stage and output row, the rows it reads plus the row it writes (reductions and fully
///   connected stages may accumulate: one input row; elementwise stages may work in place);
/// - the network's outputs, whole at the end.
/// `status` is left at Gap.
Bound rowScheduleBound(const Network& fused, bool streamsInput = false);

} // namespace tidemark

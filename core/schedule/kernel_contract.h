// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <vector>

namespace tidemark {

/// Inputs of a stage whose row r the kernel lets output row r replace exactly (`inplace(i)` of the
/// row contract): the operands of elementwise stages and the residual of a convolution, where
/// their rows have the output's size.
std::vector<std::size_t> inPlaceInputs(const Network& network, const Stage& stage);

/// Whether the stage can take its input one row at a time into an accumulator of four bytes (int32
/// or fp32) per output element: reductions over rows, fully connected stages.
bool canAccumulate(const Network& network, const Stage& stage);
Bytes accumulatorBytes(const Network& network, const Stage& stage);

/// Whether the kernel is given a pointer to every row that it reads, so that rows may lie anywhere;
/// else one to the whole input. `accumulates`: the stage takes its input one row at a time.
bool takesRows(const Stage& stage, bool accumulates);

} // namespace tidemark

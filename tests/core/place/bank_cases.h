// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/bank_assignment.h"

#include <cstdint>

namespace tidemark::test {

/// Weights for ever beside activations for a while, in two banks: a fast one of 64 KiB, and one
/// that holds everything.
AssignmentProblem hundredBuffers(std::uint32_t seed);

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"
#include "core/model/result.h"

#include <stop_token>

namespace tidemark {

/// Fills in the shapes and types of what the operators make, from operatorTable()'s rules; where
/// there is no rule, what the file declared stays. Resolves automatic pads, kernels read off the
/// weights and limits of Clip. What depends on constants and shapes alone is computed, becomes a
/// constant, and its operator goes. Operators must be in a topological order.
/// Errors: an operator whose inputs do not go together, a tensor too large to count, by name.
Status inferShapes(Model& model, const std::stop_token& stop = {});

/// Why a tensor of this shape is refused, or nothing: negative extents, more than 32 dimensions,
/// more than 2^40 elements.
std::optional<std::string> shapeProblem(const Shape& shape);

} // namespace tidemark

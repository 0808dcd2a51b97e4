// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"
#include "core/model/result.h"

namespace tidemark {

/// Puts the operators in a topological order, the file's own wherever it is one already.
/// Error: a cycle, naming an operator on it.
Status sortOperators(Model& model);

} // namespace tidemark

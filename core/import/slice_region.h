// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/shape_rules.h"

namespace tidemark {

/// The region of a Slice operator, nothing while a limit is computed. Error: limits that do not go
/// with the input.
Result<std::optional<SliceRegion>> sliceRegion(const ShapeContext& context);

} // namespace tidemark

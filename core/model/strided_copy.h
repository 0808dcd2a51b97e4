// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/shape.h"

#include <cstddef>
#include <span>
#include <vector>

namespace tidemark {

/// Elements of `source`, `width` bytes each (1, 2, 4 or 8), gathered in row-major order of
/// `extents`: element (i0, i1, ...) is number offset + i0 * strides[0] + i1 * strides[1] + ... of
/// the source. All of them must lie inside it.
std::vector<std::byte> stridedCopy(std::span<const std::byte> source, std::size_t width,
                                   const Shape& extents, const Shape& strides,
                                   std::int64_t offset = 0);

/// Strides of a row-major tensor.
Shape rowMajorStrides(const Shape& extents);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/shape.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tidemark {

/// One digit of a tensor's flat row-major index: a step of it moves `stride` elements in memory.
struct Digit {
    std::int64_t extent = 1, stride = 1;
    bool operator==(const Digit&) const = default;
};

/// Where the elements of a tensor are in memory: the flat row-major index written in mixed radix,
/// outermost digit first. A reshape leaves it alone, a transpose permutes it. Normalised: no digit
/// of extent 1, and none that continues the one before it.
using ElementOrder = std::vector<Digit>;

ElementOrder normalised(const ElementOrder& order);
ElementOrder orderOf(const Shape& extents, const Shape& strides);

/// Splits digits so that one begins at every axis of `shape`, and gives the digits of each axis.
/// Nothing where an axis cuts a digit apart unevenly.
std::optional<std::vector<ElementOrder>> byAxes(const ElementOrder& order, const Shape& shape);

/// The digits of two orders of one tensor, cut in the same places.
struct DigitPair {
    std::int64_t extent, first, second;
};
std::optional<std::vector<DigitPair>> matched(ElementOrder first, ElementOrder second);

/// `outer` maps a flat index to elements of a tensor that `inner` maps to memory: both in one.
std::optional<ElementOrder> composed(const ElementOrder& outer, const ElementOrder& inner);

/// Rows, width and channels of a value.
struct Geometry {
    std::int64_t rows = 1, width = 1, channels = 1;
    bool operator==(const Geometry&) const = default;
};

inline Geometry geometryOf(const Value& value)
{
    return {value.rows, value.width, value.channels};
}

/// A value's geometry, and where in it the elements of its tensor are.
struct ElementLayout {
    Geometry geometry;
    ElementOrder order;
};

/// The two orders that layout.h knows: as in the file, and channel by channel there but pixel by
/// pixel here.
bool isRowMajor(const ElementOrder& order);
bool isChannelsFirst(const ElementLayout& layout);

/// How tensors of one rank lie in values: their axes from the outermost in memory to the innermost,
/// and which of rows, width and channels each belongs to. Rows come before width before channels.
struct AxisPlan {
    std::vector<std::size_t> order;
    std::vector<ValueAxis> group; ///< by axis of the tensor

    ElementLayout layout(const Shape& shape) const;
    /// Strides of the tensor's axes in memory.
    Shape strides(const Shape& shape) const;
    /// Whether no other axis longer than 1 shares the axis' group.
    bool isAlone(std::size_t axis, const Shape& shape) const;
    /// Whether no other axis longer than 1 precedes it in its group.
    bool leadsGroup(std::size_t axis, const Shape& shape) const;
};

/// The plan of a value that a tensor of `shape` lies in, where its axes have one digit each.
std::optional<AxisPlan> planOf(const ElementLayout& layout, const Shape& shape);
/// In the file's order: the last axis is channels, the one before it width if more come before
/// that and rows otherwise, all others rows.
AxisPlan rowMajorPlan(const Shape& shape);
/// Batch x channels x height x width (or length), or with the channels last.
AxisPlan imagePlan(std::size_t rank, bool channelsLast);

} // namespace tidemark

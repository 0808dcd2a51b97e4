// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offsets.h"

namespace tidemark {

/// A rectangle as the searches see it: closed ranges of sections instead of events, and sizes and
/// offsets in units, the step that all offsets share. Free items are blocks; fixed ones are what
/// the fixed blocks cover, cut into rectangles that do not overlap.
struct OffsetItem {
    std::int64_t size = 0; ///< in units, padded
    std::int64_t alignment = 1;
    int first = 0, last = 0;  ///< sections
    std::int64_t fixed = -1;  ///< offset in units, or -1: free
    std::int64_t padding = 0; ///< bytes of `size` that need not exist when nothing lies above
    std::size_t block = 0;    ///< a free item's block

    bool isFixed() const { return fixed >= 0; }
    bool meets(const OffsetItem& o) const { return first <= o.last && o.first <= last; }
};

/// How far the higher of two items alive together must start above the lower one's start. Every
/// placement goes through here, so that a pair with an allowance of its own needs no other place.
inline std::int64_t clearance(const OffsetItem& below, const OffsetItem& /*above*/)
{
    return below.size;
}

/// An offset problem reduced to what matters: time shrinks to sections, the maximal sets of
/// blocks alive together.
struct OffsetProblem {
    explicit OffsetProblem(const std::vector<Block>& blocks);

    std::int64_t roundUp(std::int64_t offset, const OffsetItem& item) const
    {
        const std::int64_t a = item.alignment;
        return a == 1 ? offset : (offset + a - 1) / a * a;
    }
    /// Highest offset in units that ends within `extent` bytes.
    std::int64_t latest(const OffsetItem& item, Bytes extent) const
    {
        const std::int64_t room = extent.count() - (item.size * step - item.padding);
        return room < 0 ? -1 : room / step;
    }
    /// Bytes up to the end of an item at `offset` units.
    Bytes endOf(const OffsetItem& item, std::int64_t offset) const
    {
        return Bytes((offset + item.size) * step - item.padding);
    }

    std::int64_t step = 1; ///< bytes of a unit
    int sections = 0;
    std::vector<OffsetItem> items;
    std::vector<std::int64_t> padding; ///< by section: most bytes of padding its topmost item saves
    Bytes bound;                       ///< no packing has a smaller extent

private:
    void addSections(const std::vector<Block>& blocks);
    void addObstacles(const std::vector<OffsetItem>& fixed);
    void addBound(const std::vector<Block>& blocks);
};

/// The step that every offset is a multiple of, in bytes.
std::int64_t commonStep(const std::vector<Block>& blocks);

} // namespace tidemark

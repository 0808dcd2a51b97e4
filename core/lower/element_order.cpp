// SPDX-License-Identifier: Apache-2.0
#include "core/lower/element_order.h"

#include "core/model/strided_copy.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace tidemark {

namespace {

/// Cuts the digit that `inner` (a product of innermost extents) falls into. False: unevenly.
bool cutAt(ElementOrder& order, std::int64_t inner)
{
    std::int64_t product = 1;
    for (std::size_t i = order.size(); i-- > 0 && product < inner;) {
        const Digit digit = order[i];
        if (product * digit.extent > inner) {
            const std::int64_t part = inner / product;
            if (inner % product != 0 || digit.extent % part != 0) {
                return false;
            }
            order[i] = {part, digit.stride};
            order.insert(order.begin() + static_cast<std::ptrdiff_t>(i),
                         {digit.extent / part, digit.stride * part});
            return true;
        }
        product *= digit.extent;
    }
    return true;
}

bool cutLike(ElementOrder& order, const ElementOrder& other)
{
    std::int64_t inner = 1;
    return std::all_of(other.rbegin(), other.rend(), [&](const Digit& digit) {
        inner *= digit.extent;
        return cutAt(order, inner);
    });
}

} // namespace

ElementOrder normalised(const ElementOrder& order)
{
    ElementOrder result;
    for (const Digit& digit : order) {
        if (digit.extent == 1) {
            continue;
        }
        if (!result.empty() && result.back().stride == digit.extent * digit.stride) {
            result.back() = {result.back().extent * digit.extent, digit.stride};
        } else {
            result.push_back(digit);
        }
    }
    return result;
}

ElementOrder orderOf(const Shape& extents, const Shape& strides)
{
    ElementOrder order;
    for (std::size_t i = 0; i < extents.size(); ++i) {
        order.push_back({extents[i], strides[i]});
    }
    return normalised(order);
}

std::optional<std::vector<ElementOrder>> byAxes(const ElementOrder& order, const Shape& shape)
{
    ElementOrder cut = order;
    std::int64_t inner = 1;
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        inner *= shape[axis];
        if (!cutAt(cut, inner)) {
            return std::nullopt;
        }
    }
    std::vector<ElementOrder> axes(shape.size());
    std::size_t next = cut.size();
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        for (std::int64_t left = shape[axis]; left > 1;) {
            left /= cut[--next].extent;
            axes[axis].insert(axes[axis].begin(), cut[next]);
        }
        axes[axis] = normalised(axes[axis]);
    }
    return axes;
}

std::optional<std::vector<DigitPair>> matched(ElementOrder first, ElementOrder second)
{
    if (!cutLike(first, second) || !cutLike(second, first)) {
        return std::nullopt;
    }
    std::vector<DigitPair> pairs;
    for (std::size_t i = 0; i < first.size(); ++i) {
        pairs.push_back({first[i].extent, first[i].stride, second[i].stride});
    }
    return pairs;
}

std::optional<ElementOrder> composed(const ElementOrder& outer, const ElementOrder& inner)
{
    ElementOrder result;
    for (const Digit& digit : outer) {
        ElementOrder cut = inner;
        if (!cutAt(cut, digit.stride) || !cutAt(cut, digit.stride * digit.extent)) {
            return std::nullopt;
        }
        std::int64_t product = 1;
        ElementOrder covered;
        for (std::size_t i = cut.size(); i-- > 0; product *= cut[i].extent) {
            if (product >= digit.stride && product < digit.stride * digit.extent) {
                covered.insert(covered.begin(), cut[i]);
            }
        }
        result.insert(result.end(), covered.begin(), covered.end());
    }
    return normalised(result);
}

bool isRowMajor(const ElementOrder& order)
{
    return order.empty() || (order.size() == 1 && order[0].stride == 1);
}

bool isChannelsFirst(const ElementLayout& layout)
{
    const Geometry& g = layout.geometry;
    return layout.order == orderOf({g.channels, g.rows * g.width}, {1, g.channels});
}

Shape AxisPlan::strides(const Shape& shape) const
{
    Shape strides(shape.size(), 1);
    std::int64_t next = 1;
    for (std::size_t i = order.size(); i-- > 0;) {
        strides[order[i]] = next;
        next *= shape[order[i]];
    }
    return strides;
}

ElementLayout AxisPlan::layout(const Shape& shape) const
{
    std::array<std::int64_t, 3> extents{1, 1, 1};
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        extents[static_cast<std::size_t>(group[axis])] *= shape[axis];
    }
    return {{extents[0], extents[1], extents[2]}, orderOf(shape, strides(shape))};
}

bool AxisPlan::isAlone(std::size_t axis, const Shape& shape) const
{
    for (std::size_t other = 0; other < shape.size(); ++other) {
        if (other != axis && shape[other] > 1 && group[other] == group[axis]) {
            return false;
        }
    }
    return true;
}

bool AxisPlan::leadsGroup(std::size_t axis, const Shape& shape) const
{
    for (const std::size_t other : order) {
        if (other == axis) {
            return true;
        }
        if (shape[other] > 1 && group[other] == group[axis]) {
            return false;
        }
    }
    return true;
}

std::optional<AxisPlan> planOf(const ElementLayout& layout, const Shape& shape)
{
    const auto axes = byAxes(layout.order, shape);
    if (!axes) {
        return std::nullopt;
    }
    const std::int64_t perPixel = layout.geometry.channels;
    const std::int64_t perRow = perPixel * layout.geometry.width;
    AxisPlan plan;
    Shape strides(shape.size(), 0);
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        const ElementOrder& digits = (*axes)[axis];
        if (digits.size() > 1) {
            return std::nullopt;
        }
        const Digit digit = digits.empty() ? Digit{1, perRow * layout.geometry.rows} : digits[0];
        const std::int64_t reach = digit.extent * digit.stride;
        const bool isRows = digit.stride >= perRow;
        const bool isWidth = !isRows && digit.stride >= perPixel && reach <= perRow;
        if (!isRows && !isWidth && reach > perPixel) {
            return std::nullopt;
        }
        strides[axis] = digit.stride;
        plan.order.push_back(axis);
        plan.group.push_back(isRows    ? ValueAxis::Rows
                             : isWidth ? ValueAxis::Width
                                       : ValueAxis::Channels);
    }
    std::ranges::stable_sort(plan.order, std::greater<>(),
                             [&](std::size_t axis) { return strides[axis]; });
    return plan;
}

AxisPlan rowMajorPlan(const Shape& shape)
{
    AxisPlan plan;
    plan.order.resize(shape.size());
    std::iota(plan.order.begin(), plan.order.end(), std::size_t{0});
    plan.group.assign(shape.size(), ValueAxis::Rows);
    if (!shape.empty()) {
        plan.group.back() = ValueAxis::Channels;
    }
    const bool hasMore =
        shape.size() > 2 &&
        std::any_of(shape.begin(), shape.end() - 2, [](std::int64_t extent) { return extent > 1; });
    if (hasMore) {
        plan.group[shape.size() - 2] = ValueAxis::Width;
    }
    return plan;
}

AxisPlan imagePlan(std::size_t rank, bool channelsLast)
{
    using enum ValueAxis;
    if (rank == 3) {
        return channelsLast ? AxisPlan{{0, 1, 2}, {Rows, Rows, Channels}}
                            : AxisPlan{{0, 2, 1}, {Rows, Channels, Rows}};
    }
    return channelsLast ? AxisPlan{{0, 1, 2, 3}, {Rows, Rows, Width, Channels}}
                        : AxisPlan{{0, 2, 3, 1}, {Rows, Channels, Rows, Width}};
}

} // namespace tidemark

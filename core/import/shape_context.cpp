// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_rules.h"
#include "core/model/constant_elements.h"

#include <algorithm>

namespace tidemark {

std::optional<std::vector<std::int64_t>> ShapeContext::integers(std::size_t input) const
{
    return has(input) ? constantIntegers(tensor(input)) : std::nullopt;
}

std::optional<std::vector<double>> ShapeContext::reals(std::size_t input) const
{
    return has(input) ? constantReals(tensor(input)) : std::nullopt;
}

Diagnostic ShapeContext::error(const std::string& what, const std::string& mend) const
{
    return {ErrorKind::BadInput, describe(m_op) + " " + what, "", mend};
}

std::optional<std::size_t> resolveAxis(std::int64_t axis, std::size_t rank)
{
    const auto extent = static_cast<std::int64_t>(rank);
    if (axis < -extent || axis >= extent) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(axis < 0 ? axis + extent : axis);
}

std::optional<Shape> broadcast(const Shape& a, const Shape& b)
{
    Shape shape(std::max(a.size(), b.size()));
    for (std::size_t i = 0; i < shape.size(); ++i) {
        // Extents are matched from the last one back; missing ones count as 1.
        const std::int64_t ea = i < a.size() ? a[a.size() - 1 - i] : 1;
        const std::int64_t eb = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (ea != eb && ea != 1 && eb != 1) {
            return std::nullopt;
        }
        shape[shape.size() - 1 - i] = ea == 1 ? eb : ea;
    }
    return shape;
}

} // namespace tidemark

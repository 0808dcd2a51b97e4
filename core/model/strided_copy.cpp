// SPDX-License-Identifier: Apache-2.0
#include "core/model/strided_copy.h"

#include <cassert>
#include <cstring>

namespace tidemark {

namespace {

/// The width is a literal so that the innermost copy is one load and one store.
template <std::size_t Width> class Copier {
public:
    Copier(const Shape& extents, const Shape& strides, std::byte* to)
        : m_extents(extents), m_strides(strides), m_to(to)
    {
    }

    /// Copies dimension `dim` and all inner ones.
    void copy(std::size_t dim, const std::byte* from)
    {
        if (dim == m_extents.size()) {
            std::memcpy(m_to, from, Width);
            m_to += Width;
            return;
        }
        const std::int64_t step = m_strides[dim] * static_cast<std::int64_t>(Width);
        if (dim + 1 == m_extents.size()) {
            for (std::int64_t i = 0; i < m_extents[dim]; ++i, m_to += Width) {
                std::memcpy(m_to, from + i * step, Width);
            }
            return;
        }
        for (std::int64_t i = 0; i < m_extents[dim]; ++i) {
            copy(dim + 1, from + i * step);
        }
    }

private:
    const Shape& m_extents;
    const Shape& m_strides;
    std::byte* m_to;
};

} // namespace

std::vector<std::byte> stridedCopy(std::span<const std::byte> source, std::size_t width,
                                   const Shape& extents, const Shape& strides, std::int64_t offset)
{
    assert(extents.size() == strides.size());
    std::vector<std::byte> copy(static_cast<std::size_t>(elementCount(extents).value_or(0)) *
                                width);
    if (copy.empty()) {
        return copy;
    }
    const std::byte* from = source.data() + offset * static_cast<std::int64_t>(width);
    switch (width) {
    case 1:
        Copier<1>(extents, strides, copy.data()).copy(0, from);
        break;
    case 2:
        Copier<2>(extents, strides, copy.data()).copy(0, from);
        break;
    case 4:
        Copier<4>(extents, strides, copy.data()).copy(0, from);
        break;
    default:
        assert(width == 8);
        Copier<8>(extents, strides, copy.data()).copy(0, from);
    }
    return copy;
}

Shape rowMajorStrides(const Shape& extents)
{
    Shape strides(extents.size(), 1);
    for (std::size_t i = extents.size(); i-- > 1;) {
        strides[i - 1] = strides[i] * extents[i];
    }
    return strides;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/layout.h"

#include <cassert>
#include <cstring>

namespace tidemark {

namespace {

/// Transposes a matrix of rows x columns elements of `width` bytes.
std::vector<std::byte> transposed(std::span<const std::byte> from, std::size_t rows,
                                  std::size_t columns, std::size_t width)
{
    assert(from.size() == rows * columns * width);
    std::vector<std::byte> to(from.size());
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            std::memcpy(to.data() + (column * rows + row) * width,
                        from.data() + (row * columns + column) * width, width);
        }
    }
    return to;
}

struct Extents {
    std::size_t pixels, channels, width;

    explicit Extents(const Value& value)
        : pixels(static_cast<std::size_t>(value.rows * value.width)),
          channels(static_cast<std::size_t>(value.channels)),
          width(static_cast<std::size_t>(elementBytes(value.type).count()))
    {
    }
};

} // namespace

std::vector<std::byte> toChannelsLast(const Value& value, std::span<const std::byte> bytes)
{
    if (value.modelChannelsLast) {
        return {bytes.begin(), bytes.end()};
    }
    const Extents e(value);
    return transposed(bytes, e.channels, e.pixels, e.width);
}

std::vector<std::byte> toModelOrder(const Value& value, std::span<const std::byte> bytes)
{
    if (value.modelChannelsLast) {
        return {bytes.begin(), bytes.end()};
    }
    const Extents e(value);
    return transposed(bytes, e.pixels, e.channels, e.width);
}

} // namespace tidemark

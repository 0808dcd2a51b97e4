// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>

namespace tidemark {

/// A number of bytes, or a byte offset. Signed, so that differences are bytes too.
class Bytes {
public:
    constexpr Bytes() = default;
    constexpr explicit Bytes(std::int64_t count) : m_count(count) {}

    constexpr std::int64_t count() const { return m_count; }
    constexpr auto operator<=>(const Bytes&) const = default;

    constexpr Bytes& operator+=(Bytes other)
    {
        m_count += other.m_count;
        return *this;
    }
    constexpr Bytes& operator-=(Bytes other)
    {
        m_count -= other.m_count;
        return *this;
    }
    friend constexpr Bytes operator+(Bytes a, Bytes b) { return Bytes(a.m_count + b.m_count); }
    friend constexpr Bytes operator-(Bytes a, Bytes b) { return Bytes(a.m_count - b.m_count); }
    friend constexpr Bytes operator*(Bytes a, std::int64_t n) { return Bytes(a.m_count * n); }

private:
    std::int64_t m_count = 0;
};

/// Smallest multiple of `alignment` (> 0) that is >= `value` (>= 0).
constexpr Bytes alignUp(Bytes value, Bytes alignment)
{
    const std::int64_t a = alignment.count();
    return Bytes((value.count() + a - 1) / a * a);
}

/// a * b for a, b >= 0, or nothing when it leaves 64 bits. Sizes from files go through this.
constexpr std::optional<std::int64_t> checkedProduct(std::int64_t a, std::int64_t b)
{
    if (a < 0 || b < 0) {
        return std::nullopt;
    }
    if (a != 0 && b > std::numeric_limits<std::int64_t>::max() / a) {
        return std::nullopt;
    }
    return a * b;
}

} // namespace tidemark

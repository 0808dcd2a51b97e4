// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tidemark {

/// SHA-256 (FIPS 180-4) of data that comes in pieces.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::span<const std::byte> bytes);
    /// 64 lower-case hex digits of everything added; the object starts afresh.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// SHA-256 of `bytes` as 64 lower-case hex digits.
std::string sha256Hex(std::span<const std::byte> bytes);

} // namespace tidemark

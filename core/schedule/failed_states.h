// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark {

/// 128 bits that stand for a search state: sums of mixed words, so that order does not matter.
/// Two of a million states agree by chance with a probability below 2^-87.
struct StateKey {
    std::uint64_t a = 0, b = 0;

    bool operator==(const StateKey&) const = default;

    void add(std::uint64_t word)
    {
        a += mix(word);
        b += mix(word ^ 0x5851F42D4C957F2DU);
    }

    void remove(std::uint64_t word)
    {
        a -= mix(word);
        b -= mix(word ^ 0x5851F42D4C957F2DU);
    }

    /// The finaliser of SplitMix64: a bijection of 64-bit words.
    static std::uint64_t mix(std::uint64_t x)
    {
        x += 0x9E3779B97F4A7C15U;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
        return x ^ (x >> 31);
    }
};

/// A bounded set of states: open addressing, at most half full; when full it stays as it is.
class FailedStates {
public:
    bool contains(const StateKey& key) const
    {
        return !m_slots.empty() && m_slots[slotOf(key)] == key;
    }

    void insert(const StateKey& key)
    {
        if (2 * (m_size + 1) > m_slots.size() && !grow()) {
            return;
        }
        StateKey& slot = m_slots[slotOf(key)];
        m_size += slot == key ? 0 : 1;
        slot = key;
    }

private:
    static constexpr std::size_t kMostSlots = std::size_t{1} << 22; // 64 MiB

    std::size_t slotOf(const StateKey& key) const
    {
        const std::size_t mask = m_slots.size() - 1;
        std::size_t slot = key.a & mask;
        while (!(m_slots[slot] == StateKey()) && !(m_slots[slot] == key)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    bool grow()
    {
        if (m_slots.size() >= kMostSlots) {
            return false;
        }
        std::vector<StateKey> old(m_slots.empty() ? 64 : 2 * m_slots.size());
        old.swap(m_slots);
        for (const StateKey& key : old) {
            if (!(key == StateKey())) {
                m_slots[slotOf(key)] = key;
            }
        }
        return true;
    }

    std::vector<StateKey> m_slots; ///< zero: empty
    std::size_t m_size = 0;
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace tidemark {

/// What the bytes of a bank hold: whoever wrote them last.
class ByteOwners {
public:
    struct Owner {
        std::size_t buffer = 0;
        std::int64_t what = 0; ///< a row
        bool operator==(const Owner&) const = default;
    };

    void claim(std::int64_t begin, std::int64_t end, Owner owner)
    {
        if (begin >= end) {
            return;
        }
        split(begin);
        split(end);
        m_pieces.erase(m_pieces.lower_bound(begin), m_pieces.lower_bound(end));
        m_pieces.emplace(begin, Piece{end, owner});
    }

    bool holds(std::int64_t begin, std::int64_t end, Owner owner) const
    {
        auto piece = m_pieces.upper_bound(begin);
        piece = piece == m_pieces.begin() ? piece : std::prev(piece);
        while (begin < end) {
            if (piece == m_pieces.end() || piece->first > begin || piece->second.end <= begin ||
                !(piece->second.owner == owner)) {
                return false;
            }
            begin = piece->second.end;
            ++piece;
        }
        return true;
    }

private:
    struct Piece {
        std::int64_t end;
        Owner owner;
    };

    /// Afterwards no piece crosses `at`.
    void split(std::int64_t at)
    {
        auto piece = m_pieces.lower_bound(at);
        if (piece == m_pieces.begin()) {
            return;
        }
        piece = std::prev(piece);
        if (piece->second.end > at) {
            m_pieces.emplace(at, piece->second);
            piece->second.end = at;
        }
    }

    std::map<std::int64_t, Piece> m_pieces; ///< by begin, disjoint
};

} // namespace tidemark

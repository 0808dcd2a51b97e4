// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/bank_assignment.h"

#include <vector>

namespace tidemark {

/// Moments at which loads are checked: the first event of each life after which, before the next
/// such moment, some life ends. At every other event no more is alive than at one of these.
class Moments {
public:
    explicit Moments(const std::vector<AssignmentBlock>& blocks);

    struct Span {
        std::size_t begin, end;
    };
    std::size_t count() const { return m_count; }
    const Span& of(std::size_t block) const { return m_spans[block]; }
    const Span& ofCopy(std::size_t block) const { return m_copies[block]; }
    /// Bytes of a block's parts at a moment.
    double partsAt(std::size_t block, std::size_t moment) const { return m_parts[block][moment]; }

private:
    Span spanOf(const EventRange& life) const;

    std::size_t m_count = 0;
    std::vector<std::size_t> m_at; ///< events
    std::vector<Span> m_spans, m_copies;
    std::vector<std::vector<double>> m_parts; ///< by block: empty where it has none
};

} // namespace tidemark

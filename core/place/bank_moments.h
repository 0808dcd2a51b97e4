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

private:
    std::size_t m_count = 0;
    std::vector<Span> m_spans;
};

} // namespace tidemark

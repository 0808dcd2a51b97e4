// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_moments.h"

#include <algorithm>

namespace tidemark {

Moments::Moments(const std::vector<AssignmentBlock>& blocks)
{
    std::vector<std::pair<std::size_t, bool>> marks; // event, is an end
    const auto mark = [&](const EventRange& life) {
        marks.emplace_back(life.first.index(), false);
        marks.emplace_back(life.last.index(), true);
    };
    for (const AssignmentBlock& block : blocks) {
        mark(block.life);
        if (block.copyLife) {
            mark(*block.copyLife);
        }
        for (const Block& part : block.parts) {
            mark(part.life);
        }
    }
    std::sort(marks.begin(), marks.end());
    std::size_t start = 0;
    bool begun = false;
    for (const auto& [event, isEnd] : marks) {
        if (!isEnd) {
            start = event;
        } else if (begun) {
            m_at.push_back(start);
        }
        begun = !isEnd;
    }
    m_count = m_at.size();
    for (const AssignmentBlock& block : blocks) {
        m_spans.push_back(spanOf(block.life));
        m_copies.push_back(spanOf(block.copyLife.value_or(block.life)));
        std::vector<double>& parts = m_parts.emplace_back(block.parts.empty() ? 0 : m_count);
        for (const Block& part : block.parts) {
            const Span span = spanOf(part.life);
            for (std::size_t t = span.begin; t < span.end; ++t) {
                parts[t] += static_cast<double>(part.size.count());
            }
        }
    }
}

Moments::Span Moments::spanOf(const EventRange& life) const
{
    const auto first = std::lower_bound(m_at.begin(), m_at.end(), life.first.index());
    const auto last = std::upper_bound(first, m_at.end(), life.last.index());
    return {static_cast<std::size_t>(first - m_at.begin()),
            static_cast<std::size_t>(last - m_at.begin())};
}

} // namespace tidemark

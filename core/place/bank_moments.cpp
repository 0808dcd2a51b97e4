// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_moments.h"

#include <algorithm>

namespace tidemark {

Moments::Moments(const std::vector<AssignmentBlock>& blocks)
{
    std::vector<std::pair<std::size_t, bool>> marks; // event, is an end
    for (const AssignmentBlock& block : blocks) {
        marks.emplace_back(block.life.first.index(), false);
        marks.emplace_back(block.life.last.index(), true);
    }
    std::sort(marks.begin(), marks.end());
    std::size_t start = 0;
    bool begun = false;
    std::vector<std::size_t> at;
    for (const auto& [event, isEnd] : marks) {
        if (!isEnd) {
            start = event;
        } else if (begun) {
            at.push_back(start);
        }
        begun = !isEnd;
    }
    m_count = at.size();
    for (const AssignmentBlock& block : blocks) {
        const auto first = std::lower_bound(at.begin(), at.end(), block.life.first.index());
        const auto last = std::upper_bound(first, at.end(), block.life.last.index());
        m_spans.push_back({static_cast<std::size_t>(first - at.begin()),
                           static_cast<std::size_t>(last - at.begin())});
    }
}

} // namespace tidemark

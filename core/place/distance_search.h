// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/distance_problem.h"
#include "core/place/offset_search.h"

#include <optional>
#include <stop_token>

namespace tidemark {

/// Looks for offsets within an extent: longest paths from the bottom and to the target, over the
/// decided pairs. Branches over the pairs that the lowest offsets violate.
class DistanceSearch {
public:
    DistanceSearch(const DistanceProblem& problem, std::stop_token stop);

    Verdict run(std::int64_t target, std::int64_t& nodes);

    /// After Found.
    const DistanceOffsets& offsets() const { return m_low; }

private:
    enum Choice : char { kOpen, kAboveA, kAboveB, kSame };
    struct Undo {
        enum class What { Low, High, Pair } what;
        std::size_t index;
        std::int64_t before;
    };
    /// Buffers of which each two are in each other's way: they lie one above the other, each at
    /// least `gap` below the next.
    struct Stacked {
        int buffer;
        std::int64_t gap;
    };
    using Stack = std::vector<Stacked>;

    std::int64_t& low(int i) { return m_low[static_cast<std::size_t>(i)]; }
    std::int64_t& high(int i) { return m_high[static_cast<std::size_t>(i)]; }

    void findStacks();
    bool fits(Stack& stack);
    bool raise(int i, std::int64_t offset, std::vector<int>& queue);
    bool lower(int i, std::int64_t offset, std::vector<int>& queue);
    bool keepApart(int below, int above, std::int64_t distance, std::vector<int>& queue);
    bool enforce(std::size_t pair, std::vector<int>& queue);
    std::int64_t slack(std::size_t pair, Choice choice);
    bool decide(std::size_t pair, Choice choice, std::vector<int>& queue);
    bool propagate(std::vector<int> queue);
    std::optional<std::size_t> violated();
    bool solve();
    void undo(std::size_t mark);

    const DistanceProblem& m_problem;
    std::stop_token m_stop;
    DistanceOffsets m_low, m_high;
    std::vector<Choice> m_decided;
    std::vector<Undo> m_trail;
    std::vector<Stack> m_stacks;
    std::int64_t m_target = 0; ///< bytes
    std::int64_t* m_nodes = nullptr;
    bool m_stopped = false;
};

} // namespace tidemark

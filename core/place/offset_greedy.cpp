// SPDX-License-Identifier: Apache-2.0
#include "core/place/offset_greedy.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

namespace tidemark {

namespace {

using Order = std::vector<std::size_t>;

constexpr std::size_t kQuickPairs = std::size_t{1} << 24;

/// Placed items, sorted by offset.
class Shelf {
public:
    explicit Shelf(const OffsetProblem& problem) : m_problem(problem)
    {
        m_placed.reserve(problem.items.size());
    }

    /// The lowest free offset for an item. Those alive with it are gathered without a branch, a
    /// run at a time: this loop is what a preview of thousands of blocks waits for.
    std::int64_t fit(const OffsetItem& item) const
    {
        std::int64_t offset = 0;
        std::array<const Placed*, kRun> met;
        for (std::size_t begin = 0; begin < m_placed.size(); begin += kRun) {
            const std::size_t end = std::min(begin + kRun, m_placed.size());
            std::size_t count = 0;
            for (std::size_t k = begin; k < end; ++k) {
                const Placed& placed = m_placed[k];
                met[count] = &placed;
                count += static_cast<std::size_t>(placed.first <= item.last) &
                         static_cast<std::size_t>(item.first <= placed.last);
            }
            for (std::size_t k = 0; k < count; ++k) {
                const OffsetItem& other = m_problem.items[met[k]->item];
                if (met[k]->offset >= offset + clearance(item, other)) {
                    return offset; // and all that follow lie higher
                }
                const std::int64_t above = met[k]->offset + clearance(other, item);
                offset = above > offset ? m_problem.roundUp(above, item) : offset;
            }
        }
        return offset;
    }

    void add(std::size_t index, std::int64_t offset)
    {
        const OffsetItem& item = m_problem.items[index];
        const auto above =
            std::upper_bound(m_placed.begin(), m_placed.end(), offset,
                             [](std::int64_t at, const Placed& p) { return at < p.offset; });
        m_placed.insert(above, {offset, item.first, item.last, index});
    }

private:
    static constexpr std::size_t kRun = 128;
    struct Placed {
        std::int64_t offset;
        int first, last;
        std::size_t item;
    };
    const OffsetProblem& m_problem;
    std::vector<Placed> m_placed;
};

Placing firstFit(const OffsetProblem& problem, const Order& order)
{
    Placing placing;
    placing.offsets.resize(problem.items.size());
    Shelf shelf(problem);
    const auto put = [&](std::size_t i, std::int64_t offset) {
        const OffsetItem& item = problem.items[i];
        placing.offsets[i] = offset;
        placing.extent = std::max(placing.extent, problem.endOf(item, offset));
        shelf.add(i, offset);
    };
    for (const std::size_t i : order) {
        if (problem.items[i].isFixed()) {
            put(i, problem.items[i].fixed);
        }
    }
    for (const std::size_t i : order) {
        if (!problem.items[i].isFixed()) {
            put(i, shelf.fit(problem.items[i]));
        }
    }
    return placing;
}

} // namespace

Placing placeGreedily(const OffsetProblem& problem, bool quickly, const std::vector<Bytes>& near)
{
    Order given(problem.items.size());
    std::iota(given.begin(), given.end(), 0U);
    // First fit looks at pairs: a quick preview tries as many orders as a few milliseconds allow.
    const std::size_t pairs = problem.items.size() * problem.items.size();
    std::size_t orders = quickly ? std::max<std::size_t>(1, kQuickPairs / (pairs + 1)) : 4;
    Placing best;
    best.extent = Bytes(std::numeric_limits<std::int64_t>::max());
    const auto attempt = [&](const auto& key) {
        Order order = given;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return key(problem.items[a]) > key(problem.items[b]);
        });
        Placing placing = firstFit(problem, order);
        if (placing.extent < best.extent) {
            best = std::move(placing);
        }
        return --orders == 0 || best.extent <= problem.bound;
    };
    const auto span = [](const OffsetItem& item) {
        return static_cast<std::int64_t>(item.last - item.first) + 1;
    };
    const auto lowestFirst = [&](const OffsetItem& item) {
        return item.isFixed() ? 0 : -near[item.block].count();
    };
    (void)((!near.empty() && attempt(lowestFirst)) ||
           attempt([](const OffsetItem&) { return 0; }) ||
           attempt([](const OffsetItem& item) { return item.size; }) ||
           attempt([&](const OffsetItem& item) { return item.size * span(item); }) ||
           attempt([&](const OffsetItem& item) { return span(item); }));
    return best;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/offset_greedy.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace tidemark {

namespace {

using Order = std::vector<std::size_t>;

/// Placed items, sorted by offset.
class Shelf {
public:
    explicit Shelf(const OffsetProblem& problem) : m_problem(problem)
    {
        m_placed.reserve(problem.items.size());
    }

    /// The lowest free offset for an item.
    std::int64_t fit(const OffsetItem& item) const
    {
        std::int64_t offset = 0;
        for (const Placed& placed : m_placed) {
            if (placed.last < item.first || item.last < placed.first) {
                continue;
            }
            if (placed.offset >= offset + clearance(item, *placed.item)) {
                break; // and all that follow lie higher
            }
            const std::int64_t above = placed.offset + clearance(*placed.item, item);
            if (above > offset) {
                offset = m_problem.roundUp(above, item);
            }
        }
        return offset;
    }

    void add(const OffsetItem& item, std::int64_t offset)
    {
        const auto above =
            std::upper_bound(m_placed.begin(), m_placed.end(), offset,
                             [](std::int64_t at, const Placed& p) { return at < p.offset; });
        m_placed.insert(above, {offset, item.first, item.last, &item});
    }

private:
    struct Placed {
        std::int64_t offset;
        int first, last;
        const OffsetItem* item;
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
        shelf.add(item, offset);
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

Placing placeGreedily(const OffsetProblem& problem)
{
    Order given(problem.items.size());
    std::iota(given.begin(), given.end(), 0U);
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
        return best.extent <= problem.bound;
    };
    const auto span = [](const OffsetItem& item) {
        return static_cast<std::int64_t>(item.last - item.first) + 1;
    };
    (void)(attempt([](const OffsetItem&) { return 0; }) ||
           attempt([](const OffsetItem& item) { return item.size; }) ||
           attempt([&](const OffsetItem& item) { return item.size * span(item); }) ||
           attempt([&](const OffsetItem& item) { return span(item); }));
    return best;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/offset_search.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace tidemark {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNeutral = 128; // weight of a section or item without dead ends
constexpr std::int64_t kMostWeight = 1 << 14;
constexpr std::int64_t kItemsPerNode = 256; // work that counts as one more node

bool covers(const OffsetItem& item, int section)
{
    return item.first <= section && section <= item.last;
}

/// 1 to 2^20, in proportion to the largest.
std::int64_t scaled(std::int64_t value, std::int64_t largest)
{
    const std::int64_t unit = (largest >> 20) + 1;
    return value / unit + 1;
}

std::int64_t wholeRoot(std::int64_t value)
{
    std::int64_t root = 1;
    while ((root + 1) * (root + 1) <= value) {
        ++root;
    }
    return root;
}

} // namespace

OffsetSearch::OffsetSearch(const OffsetProblem& problem, std::stop_token stop)
    : m_problem(problem), m_stop(std::move(stop))
{
    const std::size_t count = problem.items.size();
    const auto sections = static_cast<std::size_t>(problem.sections);
    m_items.resize(count);
    std::iota(m_items.begin(), m_items.end(), 0);
    std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, int, int>, int> classes;
    for (int i = 0; i < static_cast<int>(count); ++i) {
        const OffsetItem& it = item(i);
        const auto key = std::make_tuple(it.size * problem.step - it.padding, it.alignment,
                                         it.fixed, it.first, it.last);
        m_class.push_back(classes.emplace(key, static_cast<int>(classes.size())).first->second);
        if (it.isFixed()) {
            m_obstacles.push_back(i);
        }
    }
    std::stable_sort(m_obstacles.begin(), m_obstacles.end(),
                     [&](int a, int b) { return item(a).fixed < item(b).fixed; });
    m_itemWeight.assign(count, kNeutral);
    m_sectionWeight.assign(sections, kNeutral);
    m_latest.resize(count);
    m_offsets.resize(count);
    m_capacity.resize(sections);
    m_reach.resize(sections);
    m_lowest.resize(sections);
    m_crossing.resize(sections + 1);
}

Verdict OffsetSearch::dive(Bytes target, const DiveStyle& style, std::int64_t& nodes)
{
    m_nodes = &nodes;
    start(target, style);
    const bool startable = std::all_of(m_items.begin(), m_items.end(),
                                       [&](int i) { return raise(i, settle(item(i), 0), true); });
    if (startable && solve(m_items)) {
        return Verdict::Found;
    }
    return m_stopped ? Verdict::Stopped : Verdict::Refuted;
}

void OffsetSearch::start(Bytes target, const DiveStyle& style)
{
    if (target != m_target) {
        m_target = target;
        m_nextTarget = Bytes(kNever);
        m_failed = {};
    }
    m_stopped = false;
    m_learns = style.learns;
    m_trail.clear();
    m_candidates.clear();
    m_earliest.assign(m_items.size(), 0);
    m_supported.assign(m_items.size(), 0);
    for (std::size_t i = 0; i < m_items.size(); ++i) {
        const OffsetItem& it = m_problem.items[i];
        m_latest[i] = it.isFixed() ? it.fixed : m_problem.latest(it, target);
    }
    for (std::size_t s = 0; s < m_capacity.size(); ++s) {
        m_capacity[s] = (target.count() + m_problem.padding[s]) / m_problem.step;
    }
    for (std::vector<std::int64_t>* weights : {&m_itemWeight, &m_sectionWeight}) {
        for (std::int64_t& weight : *weights) {
            weight = kNeutral + (weight - kNeutral) * 7 / 8; // old dead ends fade
        }
    }
    prefer(style);
}

void OffsetSearch::prefer(const DiveStyle& style)
{
    std::int64_t largest = 0;
    for (const OffsetItem& it : m_problem.items) {
        largest = std::max(largest, it.size);
    }
    m_preference.resize(m_items.size());
    for (std::size_t i = 0; i < m_items.size(); ++i) {
        const OffsetItem& it = m_problem.items[i];
        const std::int64_t length = it.last - it.first + 1;
        std::int64_t preference =
            style.first == DiveStyle::First::Length ? length << 10 : scaled(it.size, largest);
        preference *= style.first == DiveStyle::First::Area ? length : 1;
        if (style.noise != 0) {
            const auto word = StateKey::mix(style.noise * 0x10001U + i);
            preference = preference * (512 + static_cast<std::int64_t>(word & 1023U)) >> 10;
        }
        m_preference[i] = style.learns
                              ? preference * wholeRoot(m_itemWeight[i] * kNeutral) / kNeutral
                              : preference;
    }
}

/// The lowest offset >= `offset` where the item is aligned and clear of the fixed items.
std::int64_t OffsetSearch::settle(const OffsetItem& it, std::int64_t offset) const
{
    if (it.isFixed()) {
        return std::max(it.fixed, offset);
    }
    offset = m_problem.roundUp(offset, it);
    for (const int o : m_obstacles) {
        const OffsetItem& obstacle = item(o);
        if (obstacle.meets(it) && obstacle.fixed < offset + clearance(it, obstacle) &&
            offset < obstacle.fixed + clearance(obstacle, it)) {
            offset = m_problem.roundUp(obstacle.fixed + clearance(obstacle, it), it);
        }
    }
    return offset;
}

bool OffsetSearch::raise(int i, std::int64_t offset, bool supports)
{
    if (offset <= earliest(i) && (!supports || offset <= supported(i))) {
        return true;
    }
    offset = settle(item(i), offset);
    m_trail.push_back({i, earliest(i), supported(i)});
    earliest(i) = std::max(earliest(i), offset);
    supported(i) = supports ? std::max(supported(i), offset) : supported(i);
    if (earliest(i) <= m_latest[static_cast<std::size_t>(i)]) {
        return true;
    }
    if (!item(i).isFixed()) {
        m_nextTarget = std::min(m_nextTarget, m_problem.endOf(item(i), earliest(i)));
    }
    return false;
}

void OffsetSearch::undo(std::size_t mark)
{
    while (m_trail.size() > mark) {
        const Undo& last = m_trail.back();
        earliest(last.item) = last.earliest;
        supported(last.item) = last.supported;
        m_trail.pop_back();
    }
}

OffsetSearch::Sections OffsetSearch::rangeOf(Items items) const
{
    Sections range{m_problem.sections, -1};
    for (const int i : items) {
        range.first = std::min(range.first, item(i).first);
        range.last = std::max(range.last, item(i).last);
    }
    return range;
}

/// Items unplaced; all parts of time they fall into must be solved.
bool OffsetSearch::solve(Items items)
{
    if (items.empty()) {
        return true;
    }
    const Sections range = rangeOf(items);
    std::fill(m_crossing.begin() + range.first, m_crossing.begin() + range.last + 1, 0);
    for (const int i : items) {
        ++m_crossing[static_cast<std::size_t>(item(i).first)];
        --m_crossing[static_cast<std::size_t>(item(i).last)];
    }
    int crossing = 0;
    for (int s = range.first; s < range.last; ++s) {
        crossing += m_crossing[static_cast<std::size_t>(s)];
        if (crossing == 0) {
            return solveParts(items, range);
        }
    }
    return solvePart(items, range);
}

bool OffsetSearch::solveParts(Items items, Sections range)
{
    std::vector<Items> parts;
    int crossing = 0;
    for (int s = range.first; s <= range.last && !items.empty(); ++s) {
        crossing += m_crossing[static_cast<std::size_t>(s)];
        if (crossing != 0) {
            continue;
        }
        const auto rest = std::stable_partition(items.begin(), items.end(),
                                                [&](int i) { return item(i).last <= s; });
        const auto size = static_cast<std::size_t>(rest - items.begin());
        if (size > 0) {
            parts.push_back(items.first(size));
        }
        items = items.subspan(size);
    }
    // The smallest first: what fails is soonest found.
    std::stable_sort(parts.begin(), parts.end(),
                     [](Items a, Items b) { return a.size() < b.size(); });
    return std::all_of(parts.begin(), parts.end(),
                       [&](Items part) { return solvePart(part, rangeOf(part)); });
}

bool OffsetSearch::solvePart(Items items, Sections range)
{
    const StateKey key = keyOf(items);
    if (m_failed.contains(key)) {
        return false;
    }
    const std::size_t mark = m_trail.size();
    while (isAlive(items, range)) {
        const int section = chooseSection(range);
        const std::int64_t lowest = earliest(items.front());
        if (tryCandidates(items, section)) {
            return true;
        }
        if (m_stopped || !wait(items, section, lowest)) {
            break;
        }
    }
    undo(mark);
    if (!m_stopped) {
        m_failed.insert(key);
    }
    return false;
}

/// The state is what is unplaced and how low it may start; the rest follows.
StateKey OffsetSearch::keyOf(Items items)
{
    StateKey key;
    for (const int i : items) {
        const auto low = static_cast<std::uint64_t>(earliest(i));
        const auto gap = static_cast<std::uint64_t>(earliest(i) - supported(i));
        const auto kind = static_cast<std::uint64_t>(m_class[static_cast<std::size_t>(i)]) + 1;
        key.add(StateKey::mix(StateKey::mix(kind) + low) + gap);
    }
    return key;
}

void OffsetSearch::sortByEarliest(Items items)
{
    for (std::size_t k = 1; k < items.size(); ++k) { // nearly sorted already
        const int i = items[k];
        const std::int64_t low = earliest(i);
        std::size_t at = k;
        for (; at > 0 && earliest(items[at - 1]) > low; --at) {
            items[at] = items[at - 1];
        }
        items[at] = i;
    }
}

/// Sorts the items, fills m_reach and m_lowest, and tells whether the target is still possible.
bool OffsetSearch::isAlive(Items items, Sections range)
{
    sortByEarliest(items);
    std::fill(m_reach.begin() + range.first, m_reach.begin() + range.last + 1, 0);
    std::fill(m_lowest.begin() + range.first, m_lowest.begin() + range.last + 1, 0);
    const std::int64_t lowest = earliest(items.front());
    std::int64_t firstEnd = kNever;
    for (const int i : items) {
        const OffsetItem& it = item(i);
        const std::int64_t low = earliest(i);
        firstEnd = std::min(firstEnd, supported(i) + it.size);
        for (int s = it.first; s <= it.last; ++s) {
            std::int64_t& reach = m_reach[static_cast<std::size_t>(s)];
            reach = std::max(reach, low) + it.size;
        }
        for (int s = it.first; low == lowest && s <= it.last; ++s) {
            ++m_lowest[static_cast<std::size_t>(s)];
        }
    }
    if (firstEnd <= lowest) {
        return false; // an item fits below all the others: one that waits could slide down
    }
    for (int s = range.first; s <= range.last; ++s) {
        const auto section = static_cast<std::size_t>(s);
        if (m_reach[section] > m_capacity[section]) {
            m_nextTarget = std::min(m_nextTarget, Bytes(m_reach[section] * m_problem.step -
                                                        m_problem.padding[section]));
            blame(items, s);
            return false;
        }
    }
    return true;
}

void OffsetSearch::blame(Items items, int section)
{
    if (!m_learns) {
        return;
    }
    const auto grow = [](std::int64_t& weight) { weight = std::min(weight + 1, kMostWeight); };
    grow(m_sectionWeight[static_cast<std::size_t>(section)]);
    for (const int i : items) {
        if (covers(item(i), section)) {
            grow(m_itemWeight[static_cast<std::size_t>(i)]);
        }
    }
}

/// Where the fewest choices are (waiting is one where there is slack), then where it is tightest.
int OffsetSearch::chooseSection(Sections range) const
{
    const std::int64_t unit = (m_target.count() / m_problem.step >> 20) + 1;
    int best = -1;
    std::int64_t bestScore = 0;
    for (int s = range.first; s <= range.last; ++s) {
        const auto section = static_cast<std::size_t>(s);
        if (m_lowest[section] == 0) {
            continue;
        }
        const std::int64_t slack = m_capacity[section] - m_reach[section];
        const std::int64_t choices = m_lowest[section] + (slack > 0 ? 2 : 0);
        std::int64_t score = ((choices << 20) + slack / unit) << 10;
        score /= m_learns ? m_sectionWeight[section] : kNeutral;
        if (best < 0 || score < bestScore) {
            best = s;
            bestScore = score;
        }
    }
    return best;
}

/// One after the other, the items that could start lowest in the section.
bool OffsetSearch::tryCandidates(Items items, int section)
{
    const std::size_t bottom = m_candidates.size();
    const std::int64_t lowest = earliest(items.front());
    for (const int i : items) {
        if (earliest(i) > lowest) {
            break;
        }
        if (covers(item(i), section)) {
            m_candidates.push_back(i);
        }
    }
    const auto preference = [&](int i) { return m_preference[static_cast<std::size_t>(i)]; };
    const auto kind = [&](int i) { return m_class[static_cast<std::size_t>(i)]; };
    std::sort(m_candidates.begin() + static_cast<std::ptrdiff_t>(bottom), m_candidates.end(),
              [&](int a, int b) {
                  return preference(a) != preference(b) ? preference(a) > preference(b) : a < b;
              });
    bool found = false;
    for (std::size_t c = bottom; c < m_candidates.size() && !found && !m_stopped; ++c) {
        const int chosen = m_candidates[c];
        const bool twin = std::any_of(m_candidates.begin() + static_cast<std::ptrdiff_t>(bottom),
                                      m_candidates.begin() + static_cast<std::ptrdiff_t>(c),
                                      [&](int before) { return kind(before) == kind(chosen); });
        found = !twin && place(items, chosen);
    }
    m_candidates.resize(bottom);
    return found;
}

/// Places one item at its earliest offset and solves the others.
bool OffsetSearch::place(Items items, int chosen)
{
    *m_nodes -= 1 + static_cast<std::int64_t>(items.size()) / kItemsPerNode;
    if (isOutOfEffort() || m_stop.stop_requested()) {
        m_stopped = true;
        return false;
    }
    const auto at = std::find(items.begin(), items.end(), chosen);
    std::rotate(at, at + 1, items.end());
    const Items others = items.first(items.size() - 1);
    const std::size_t mark = m_trail.size();
    const std::int64_t offset = earliest(chosen);
    m_offsets[static_cast<std::size_t>(chosen)] = offset;
    const OffsetItem& below = item(chosen);
    const bool alive = std::all_of(others.begin(), others.end(), [&](int i) {
        return !below.meets(item(i)) || raise(i, offset + clearance(below, item(i)), true);
    });
    if (alive && solve(others)) {
        return true;
    }
    undo(mark);
    return false;
}

/// No item starts lowest in the section: the free ones of it rise to where the first of them could
/// rest on an item outside the section, or on a fixed one in it.
bool OffsetSearch::wait(Items items, int section, std::int64_t lowest)
{
    Sections range{m_problem.sections, -1};
    std::int64_t next = kNever;
    for (const int i : items) {
        if (!covers(item(i), section)) {
            continue;
        }
        if (item(i).isFixed()) {
            if (earliest(i) == lowest) {
                return false; // it has no other place
            }
            next = std::min(next, earliest(i));
            continue;
        }
        range.first = std::min(range.first, item(i).first);
        range.last = std::max(range.last, item(i).last);
        next = earliest(i) > lowest ? std::min(next, earliest(i)) : next;
    }
    for (const int i : items) {
        const OffsetItem& it = item(i);
        if (!covers(it, section) && it.first <= range.last && range.first <= it.last) {
            next = std::min(next, earliest(i) + it.size);
        }
    }
    return next != kNever && std::all_of(items.begin(), items.end(), [&](int i) {
               return item(i).isFixed() || !covers(item(i), section) || raise(i, next, false);
           });
}

} // namespace tidemark

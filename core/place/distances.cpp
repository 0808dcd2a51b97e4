// SPDX-License-Identifier: Apache-2.0
#include "core/place/distances.h"

#include <algorithm>
#include <map>
#include <set>

namespace tidemark {

namespace {

/// The bytes of a buffer that are needed, from its lowest to its highest, from an event on.
struct Reach {
    std::size_t event;
    std::int64_t bottom, top; ///< bottom >= top: none
};

std::vector<Reach> profileOf(const Buffer& buffer)
{
    const std::size_t after = buffer.residency.last.index() + 1;
    if (buffer.storedRows == 0) {
        return {{buffer.residency.first.index(), 0, buffer.bytes.count()}, {after, 0, 0}};
    }
    struct Change {
        std::size_t event;
        bool born;
        const RowLife* row;
    };
    std::vector<Change> changes;
    for (const RowLife& row : buffer.rowLives) {
        changes.push_back({row.life.first.index(), true, &row});
        changes.push_back({row.life.last.index() + 1, false, &row});
    }
    std::stable_sort(changes.begin(), changes.end(),
                     [](const Change& a, const Change& b) { return a.event < b.event; });
    std::vector<Reach> profile;
    std::multiset<std::int64_t> bottoms, tops;
    for (std::size_t i = 0; i < changes.size();) {
        const std::size_t event = changes[i].event;
        for (; i < changes.size() && changes[i].event == event; ++i) {
            const std::int64_t begin = changes[i].row->begin.count();
            const std::int64_t end = changes[i].row->end.count();
            if (changes[i].born) {
                bottoms.insert(begin);
                tops.insert(end);
            } else {
                bottoms.erase(bottoms.find(begin));
                tops.erase(tops.find(end));
            }
        }
        const Reach reach{event, bottoms.empty() ? 0 : *bottoms.begin(),
                          tops.empty() ? 0 : *tops.rbegin()};
        if (profile.empty() || profile.back().bottom != reach.bottom ||
            profile.back().top != reach.top) {
            profile.push_back(reach);
        }
    }
    return profile;
}

/// Whether two buffers are ever alive together, and how far apart that keeps them.
bool meet(const std::vector<Reach>& a, const std::vector<Reach>& b, Distance& distance)
{
    bool met = false;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() && j < b.size()) {
        const std::size_t endA = i + 1 < a.size() ? a[i + 1].event : a[i].event;
        const std::size_t endB = j + 1 < b.size() ? b[j + 1].event : b[j].event;
        const bool together = std::max(a[i].event, b[j].event) < std::min(endA, endB);
        if (together && a[i].bottom < a[i].top && b[j].bottom < b[j].top) {
            const std::int64_t aboveA = a[i].top - b[j].bottom;
            const std::int64_t aboveB = b[j].top - a[i].bottom;
            distance.aboveA = met ? std::max(distance.aboveA, aboveA) : aboveA;
            distance.aboveB = met ? std::max(distance.aboveB, aboveB) : aboveB;
            met = true;
        }
        (endA <= endB ? i : j) += 1;
    }
    return met;
}

/// Whether rows at the same place within both are alive together only where one replaces the other.
bool coincide(const Buffer& a, const Buffer& b, const std::vector<Replacement>& replacements)
{
    if (a.storedRows != b.storedRows || a.rowBytes != b.rowBytes || a.storedRows == 0) {
        return false;
    }
    std::map<Bytes, std::vector<EventRange>> atOffset;
    for (const RowLife& row : a.rowLives) {
        atOffset[row.begin].push_back(row.life);
    }
    for (const RowLife& row : b.rowLives) {
        for (const EventRange& life : atOffset[row.begin]) {
            const EventId first = std::max(life.first, row.life.first);
            const EventId last = std::min(life.last, row.life.last);
            const bool replaced =
                first == last &&
                std::any_of(replacements.begin(), replacements.end(), [&](const Replacement& r) {
                    return r.event == first && r.offset == row.begin;
                });
            if (first <= last && !replaced) {
                return false;
            }
        }
    }
    return true;
}

} // namespace

std::vector<Distance> distancesOf(const std::vector<const Buffer*>& buffers,
                                  const std::vector<Replacement>& replacements)
{
    std::vector<std::vector<Reach>> profiles;
    std::vector<int> byBirth;
    for (const Buffer* const buffer : buffers) {
        byBirth.push_back(static_cast<int>(profiles.size()));
        profiles.push_back(profileOf(*buffer));
    }
    std::map<std::pair<int, int>, std::vector<Replacement>> replaced;
    for (const Replacement& r : replacements) {
        replaced[std::minmax(r.from, r.to)].push_back(r);
    }
    const auto life = [&](int i) { return buffers[static_cast<std::size_t>(i)]->residency; };
    std::stable_sort(byBirth.begin(), byBirth.end(),
                     [&](int a, int b) { return life(a).first < life(b).first; });
    std::vector<Distance> distances;
    std::vector<int> alive;
    for (const int i : byBirth) {
        std::erase_if(alive, [&](int j) { return life(j).last < life(i).first; });
        for (const int j : alive) {
            Distance distance;
            std::tie(distance.a, distance.b) = std::minmax(i, j);
            const auto a = static_cast<std::size_t>(distance.a);
            const auto b = static_cast<std::size_t>(distance.b);
            if (!meet(profiles[a], profiles[b], distance)) {
                continue;
            }
            const auto pair = replaced.find({distance.a, distance.b});
            distance.mayCoincide =
                pair != replaced.end() && coincide(*buffers[a], *buffers[b], pair->second);
            distances.push_back(distance);
        }
        alive.push_back(i);
    }
    return distances;
}

} // namespace tidemark

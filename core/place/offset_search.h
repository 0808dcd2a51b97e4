// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/offset_problem.h"
#include "core/schedule/failed_states.h"

#include <limits>
#include <span>

namespace tidemark {

/// What differs between two dives of the same search. Nothing here changes what is proved.
struct DiveStyle {
    enum class First { Size, Length, Area } first = First::Size; ///< which block is tried first
    bool learns = false;     ///< sections and blocks of earlier dead ends come first
    std::uint64_t noise = 0; ///< seed that shuffles the preferences a little; 0: none
};

enum class Verdict {
    Found,   ///< a packing within the target
    Refuted, ///< none exists
    Stopped, ///< neither, within the effort
};

/// Looks for a packing within a given extent, or proves that there is none.
///
/// Depth first and upwards: every item has an earliest offset. At the lowest of these, one section
/// is chosen, and either one of its items starts right there, or none does and all of them rise to
/// the next offset where something could support them (in some packing that fits, every item rests
/// on another). Placing an item raises the earliest offsets of those alive with it. A state is
/// dead when in some section the items, one after the other from their earliest offsets, pass the
/// target; when an item that was made to wait could slide down again; or when it died before:
/// dead states are remembered over all dives to one target. Parts of time that no unplaced item
/// crosses any more are searched apart.
class OffsetSearch {
public:
    OffsetSearch(const OffsetProblem& problem, std::stop_token stop);

    /// At most about `nodes` nodes, which are counted down; a node of many items counts as more.
    Verdict dive(Bytes target, const DiveStyle& style, std::int64_t& nodes);

    /// Of the packing found, in units, indexed like the items.
    const std::vector<std::int64_t>& offsets() const { return m_offsets; }
    /// After Refuted: no packing has a smaller extent (more than the target).
    Bytes nextTarget() const { return m_nextTarget; }

private:
    using Items = std::span<int>;
    struct Sections {
        int first, last;
    };
    struct Undo {
        int item;
        std::int64_t earliest, supported;
    };

    const OffsetItem& item(int i) const { return m_problem.items[static_cast<std::size_t>(i)]; }
    std::int64_t& earliest(int i) { return m_earliest[static_cast<std::size_t>(i)]; }
    std::int64_t& supported(int i) { return m_supported[static_cast<std::size_t>(i)]; }

    void start(Bytes target, const DiveStyle& style);
    void prefer(const DiveStyle& style);
    bool solve(Items items);
    bool solveParts(Items items, Sections range);
    bool solvePart(Items items, Sections range);
    bool tryCandidates(Items items, int section);
    bool place(Items items, int chosen);
    bool wait(Items items, int section, std::int64_t lowest);
    bool isAlive(Items items, Sections range);
    int chooseSection(Sections range) const;
    bool raise(int i, std::int64_t offset, bool supports);
    std::int64_t settle(const OffsetItem& item, std::int64_t offset) const;
    void undo(std::size_t mark);
    void sortByEarliest(Items items);
    Sections rangeOf(Items items) const;
    StateKey keyOf(Items items);
    void blame(Items items, int section);
    bool isOutOfEffort() const { return *m_nodes <= 0; }

    const OffsetProblem& m_problem;
    std::stop_token m_stop;
    std::vector<int> m_items;
    std::vector<int> m_class;              ///< equal items have equal numbers
    std::vector<int> m_obstacles;          ///< fixed items, upwards
    std::vector<std::int64_t> m_earliest;  ///< lowest offset in this state
    std::vector<std::int64_t> m_supported; ///< the same if nobody had been made to wait
    std::vector<std::int64_t> m_latest;    ///< highest offset within the target
    std::vector<std::int64_t> m_preference;
    std::vector<std::int64_t> m_itemWeight, m_sectionWeight; ///< from dead ends
    std::vector<std::int64_t> m_capacity;                    ///< by section, in units
    std::vector<std::int64_t> m_reach; ///< by section: where its items must end at least
    std::vector<int> m_lowest;         ///< by section: items that could start lowest
    std::vector<int> m_crossing;
    std::vector<int> m_candidates; ///< a stack
    std::vector<Undo> m_trail;
    std::vector<std::int64_t> m_offsets;
    FailedStates m_failed;
    Bytes m_target{-1}, m_nextTarget;
    std::int64_t* m_nodes = nullptr;
    bool m_stopped = false;
    bool m_learns = false;
};

} // namespace tidemark

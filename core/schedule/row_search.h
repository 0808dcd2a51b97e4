// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/row_state.h"

#include <optional>
#include <stop_token>
#include <vector>

namespace tidemark {

/// The tracks of a program in turn, one entry an event, and the most bytes alive at any of them.
struct RowTurns {
    std::vector<int> turns;
    std::int64_t peak = 0;
};

/// The most bytes alive at any of these turns.
std::int64_t peakOf(const RowProgram& program, const std::vector<int>& turns);

/// Looks for turns within a peak.
///
/// Depth first over how far each track has run. An event after which no more bytes are alive than
/// before, and which fits while it runs, runs at once: done later, it can only free as much, and
/// everything in between has more room. Otherwise every event that fits is tried, the last track
/// first. States without a way on are remembered.
class RowSearch {
public:
    enum class Verdict { Found, Refuted, Stopped };

    RowSearch(const RowProgram& program, std::stop_token stop);

    /// `windows`: per tensor, how many rows from the oldest needed to the newest made may exist (0:
    /// any number); empty: no limits. Nodes are branches tried, counted down.
    Verdict search(std::int64_t peak, const std::vector<int>& windows, std::int64_t& nodes);

    const RowTurns& turns() const { return m_found; }
    /// After Refuted without windows: no turns have a smaller peak (more than the one searched).
    std::int64_t nextPeak() const { return m_nextPeak; }

private:
    struct Branch {
        std::vector<int> tracks; ///< still to try, the last one first
        std::size_t depth;       ///< turns taken before it
    };

    std::optional<int> safeTrack() const;
    std::vector<int> options();
    bool isAllowed(int track) const;
    void run(int track);
    void back(std::size_t depth);

    const RowProgram& m_program;
    std::stop_token m_stop;
    std::optional<RowState> m_state;
    std::vector<int> m_turns;
    RowTurns m_found;
    std::int64_t m_peak = 0, m_nextPeak = 0;
    const std::vector<int>* m_windows = nullptr;
};

/// The least peak of any turns of a program, as far as an effort takes it.
struct RowOptimum {
    RowTurns best;
    std::int64_t bound = 0; ///< no turns have a smaller peak
    bool isProven() const { return best.peak <= bound; }
};

/// First at what a single event needs, then halfway between what is refuted and the best found;
/// `incumbent` is returned where nothing better is found.
RowOptimum leastPeak(const RowProgram& program, RowTurns incumbent, std::int64_t& nodes,
                     const std::stop_token& stop);

/// A bound on the peak of any turns that is exact below `enough`: what turns need at least, or
/// `enough` where none stay below it.
struct RowBound {
    std::int64_t peak = 0;
    bool isProven = false; ///< not cut off
};
RowBound leastPeakBelow(const RowProgram& program, std::int64_t enough, std::int64_t& nodes,
                        const std::stop_token& stop);

} // namespace tidemark

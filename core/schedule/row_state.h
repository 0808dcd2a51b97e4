// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schedule/failed_states.h"
#include "core/schedule/row_program.h"

#include <cstdint>
#include <vector>

namespace tidemark {

/// How far a program has run, and what is alive then.
class RowState {
public:
    /// Live bytes while a step runs and after it.
    struct Effect {
        std::int64_t during = 0, after = 0;
    };

    explicit RowState(const RowProgram& program);

    int position(int track) const { return m_position[static_cast<std::size_t>(track)]; }
    bool isFinished(int track) const
    {
        return position(track) == m_program.tracks[static_cast<std::size_t>(track)].steps;
    }
    bool isDone() const { return m_left == 0; }
    /// Whether the track's next step exists and everything that it reads is made.
    bool isReady(int track) const { return !isFinished(track) && next(track).isReady; }
    Effect effect(int track) const
    {
        const Next& n = next(track);
        return {m_live + n.during, m_live + n.after};
    }
    void run(int track);
    void undo(int track);
    std::int64_t live() const { return m_live; }
    std::int64_t liveOf(int tensor) const { return m_liveOf[static_cast<std::size_t>(tensor)]; }
    bool isAlive(int cell) const { return counts(cell).alive; }
    /// Stands for the positions of all tracks.
    const StateKey& key() const { return m_key; }

private:
    struct Counts {
        int uses, writes; ///< still to come
        bool alive;
    };
    /// What a track's next step would do; worked out again after a neighbour has run.
    struct Next {
        bool isKnown = false, isReady = false;
        std::int64_t during = 0, after = 0; ///< more than is alive
    };
    const Next& next(int track) const
    {
        Next& n = m_next[static_cast<std::size_t>(track)];
        if (!n.isKnown) {
            lookAhead(track, n);
        }
        return n;
    }
    void lookAhead(int track, Next& next) const;
    const RowProgram::Step& step(int track) const;
    void forget(int track);
    std::uint64_t wordOf(int track) const;
    const RowProgram::Cell& cell(int c) const
    {
        return m_program.cells[static_cast<std::size_t>(c)];
    }
    const Counts& counts(int c) const { return m_counts[static_cast<std::size_t>(c)]; }
    void touch(int c, bool writes, int direction);

    const RowProgram& m_program;
    std::vector<int> m_position;
    std::vector<Counts> m_counts;
    std::int64_t m_live = 0;
    std::vector<std::int64_t> m_liveOf; ///< by tensor
    mutable std::vector<Next> m_next;   ///< by track
    StateKey m_key;
    int m_left = 0; ///< steps
};

} // namespace tidemark

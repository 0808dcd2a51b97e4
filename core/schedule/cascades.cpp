// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/cascades.h"

#include <algorithm>
#include <limits>

namespace tidemark {

namespace {

bool isArrival(const RowProgram& program, int track)
{
    const RowProgram::Track& t = program.tracks[static_cast<std::size_t>(track)];
    return t.steps > 0 &&
           program.steps[static_cast<std::size_t>(t.first)].event.kind == EventKind::InputRow;
}

/// Runs groups of tracks one after the other, and tells each turn to `sink` before it is taken.
class Cascade {
public:
    explicit Cascade(const RowProgram& program)
        : m_program(program), m_state(program),
          m_arrives(!program.tracks.empty() && isArrival(program, 0))
    {
    }

    int firstTrack() const { return m_arrives ? 1 : 0; }
    const RowState& state() const { return m_state; }

    template <class Sink> void runGroup(int first, int last, Sink&& sink)
    {
        int open = first; // all below are finished
        while (true) {
            while (open <= last && m_state.isFinished(open)) {
                ++open;
            }
            int track = last;
            while (track >= open && !m_state.isReady(track)) {
                --track;
            }
            if (open > last || (track < open && !canArrive())) {
                return;
            }
            take(track < open ? 0 : track, sink);
        }
    }

    template <class Sink> void finish(Sink&& sink)
    {
        while (canArrive()) {
            take(0, sink);
        }
    }

private:
    bool canArrive() const { return m_arrives && !m_state.isFinished(0); }

    template <class Sink> void take(int track, Sink& sink)
    {
        sink(track);
        m_state.run(track);
    }

    const RowProgram& m_program;
    RowState m_state;
    bool m_arrives;
};

/// What groups of tracks need, if each is a lazy cascade.
class GroupCosts {
public:
    explicit GroupCosts(const RowProgram& program)
        : m_program(program), m_firstTrack(program.tensors.size(), kNever),
          m_lastTrack(program.tensors.size(), -1)
    {
        for (std::size_t track = 0; track < program.tracks.size(); ++track) {
            const RowProgram::Track& t = program.tracks[track];
            for (int s = t.first; s < t.first + t.steps; ++s) {
                const RowProgram::Step& step = program.steps[static_cast<std::size_t>(s)];
                for (int r = step.reads; r < step.end; ++r) {
                    touch(program.ranges[static_cast<std::size_t>(r)], static_cast<int>(track));
                }
            }
        }
        for (const RowProgram::Cell& cell : program.cells) {
            if (cell.given) {
                m_firstTrack[static_cast<std::size_t>(cell.tensor)] = -1;
            }
            if (cell.kept) {
                m_lastTrack[static_cast<std::size_t>(cell.tensor)] = kNever;
            }
        }
    }

    /// The most demanding moment of a group, where all tracks below are done: rows alive of what
    /// comes from or goes outside; rings at full size for what does not, but of those that hold a
    /// single row only the largest two, since the others wait.
    std::int64_t cost(Cascade cascade, int first, int last)
    {
        std::vector<int> inside;
        for (std::size_t t = 0; t < m_firstTrack.size(); ++t) {
            if (first <= m_firstTrack[t] && m_lastTrack[t] <= last) {
                inside.push_back(static_cast<int>(t));
            }
        }
        std::vector<std::int64_t> most(inside.size());
        std::int64_t outside = 0;
        cascade.runGroup(first, last, [&](int track) {
            std::int64_t live = cascade.state().effect(track).during;
            for (std::size_t i = 0; i < inside.size(); ++i) {
                const std::int64_t bytes = cascade.state().liveOf(inside[i]);
                most[i] = std::max(most[i], bytes);
                live -= bytes;
            }
            outside = std::max(outside, live);
        });
        return outside + ringBytes(inside, most);
    }

private:
    static constexpr int kNever = std::numeric_limits<int>::max();

    void touch(const RowProgram::CellRange& range, int track)
    {
        const int tensor = m_program.cells[static_cast<std::size_t>(range.begin)].tensor;
        int& first = m_firstTrack[static_cast<std::size_t>(tensor)];
        int& last = m_lastTrack[static_cast<std::size_t>(tensor)];
        first = std::min(first, track);
        last = std::max(last, track);
    }

    std::int64_t ringBytes(const std::vector<int>& inside, const std::vector<std::int64_t>& most)
    {
        std::int64_t sum = 0;
        std::int64_t row = 0;
        for (std::size_t i = 0; i < inside.size(); ++i) {
            const auto& tensor = m_program.tensors[static_cast<std::size_t>(inside[i])];
            if (most[i] > tensor.rowBytes.count()) {
                sum += most[i];
            } else {
                row = std::max(row, most[i]);
            }
        }
        return sum + row;
    }

    const RowProgram& m_program;
    std::vector<int> m_firstTrack, m_lastTrack; ///< by tensor, that touch it
};

} // namespace

RowTurns lazyCascades(const RowProgram& program, const Groups& groups)
{
    Cascade cascade(program);
    RowTurns result;
    const auto note = [&](int track) { result.turns.push_back(track); };
    int first = cascade.firstTrack();
    for (const int last : groups) {
        cascade.runGroup(first, last, note);
        first = last + 1;
    }
    cascade.finish(note);
    result.peak = peakOf(program, result.turns);
    return result;
}

Groups oneGroup(const RowProgram& program)
{
    return {static_cast<int>(program.tracks.size()) - 1};
}

Groups everyTrackAlone(const RowProgram& program)
{
    Groups groups;
    for (int track = Cascade(program).firstTrack(); track < static_cast<int>(program.tracks.size());
         ++track) {
        groups.push_back(track);
    }
    return groups;
}

Groups bestGroups(const RowProgram& program, bool fewest)
{
    GroupCosts costs(program);
    const int tracks = static_cast<int>(program.tracks.size());
    struct Best {
        std::int64_t cost;
        int groups, from;
    };
    std::vector<Best> best(static_cast<std::size_t>(tracks) + 1,
                           {std::numeric_limits<std::int64_t>::max(), 0, 0});
    Cascade before(program);
    const int start = before.firstTrack();
    best[static_cast<std::size_t>(start)] = {0, 0, start};
    for (int first = start; first < tracks; ++first) {
        const Best& until = best[static_cast<std::size_t>(first)];
        for (int last = first; last < tracks; ++last) {
            const std::int64_t cost = std::max(until.cost, costs.cost(before, first, last));
            Best& there = best[static_cast<std::size_t>(last) + 1];
            const bool ties = cost == there.cost && !fewest && until.groups >= there.groups;
            if (cost < there.cost || ties) {
                there = {cost, until.groups + 1, first};
            }
        }
        before.runGroup(first, first, [](int) {});
    }
    Groups groups;
    for (int end = tracks; end > start; end = best[static_cast<std::size_t>(end)].from) {
        groups.insert(groups.begin(), end - 1);
    }
    return groups;
}

std::vector<int> ringRows(const RowProgram& program, const std::vector<EventRange>& lives)
{
    std::vector<int> rows;
    for (const RowProgram::Tensor& tensor : program.tensors) {
        const bool empty = tensor.size() == 0;
        if (empty || tensor.hasViews || tensor.accumulates ||
            program.cells[static_cast<std::size_t>(tensor.cells.begin)].given) {
            rows.push_back(tensor.size());
            continue;
        }
        int most = 1;
        int oldest = tensor.cells.begin;
        for (int c = tensor.cells.begin; c < tensor.cells.end; ++c) {
            const EventRange& life = lives[static_cast<std::size_t>(c)];
            // Rows die in order but for holes, which a ring keeps.
            while (oldest < c && lives[static_cast<std::size_t>(oldest)].last < life.first) {
                ++oldest;
            }
            most = std::max(most, c - oldest + 1);
        }
        rows.push_back(most);
    }
    return rows;
}

} // namespace tidemark

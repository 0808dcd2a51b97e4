// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/row_state.h"

#include <algorithm>

namespace tidemark {

using CellRange = RowProgram::CellRange;

RowState::RowState(const RowProgram& program)
    : m_program(program), m_position(program.tracks.size()), m_live(program.givenBytes),
      m_liveOf(program.tensors.size()), m_next(program.tracks.size()),
      m_left(static_cast<int>(program.steps.size()))
{
    for (const RowProgram::Cell& cell : program.cells) {
        m_counts.push_back({cell.uses, cell.writes, cell.given});
        m_liveOf[static_cast<std::size_t>(cell.tensor)] += cell.given ? cell.bytes : 0;
    }
    for (int track = 0; track < static_cast<int>(program.tracks.size()); ++track) {
        m_key.add(wordOf(track));
    }
}

std::uint64_t RowState::wordOf(int track) const
{
    return StateKey::mix(static_cast<std::uint64_t>(track) + 1) +
           static_cast<std::uint64_t>(position(track));
}

const RowProgram::Step& RowState::step(int track) const
{
    const int first = m_program.tracks[static_cast<std::size_t>(track)].first;
    return m_program.steps[static_cast<std::size_t>(first + position(track))];
}

void RowState::forget(int track)
{
    for (const int neighbour : m_program.neighbours[static_cast<std::size_t>(track)]) {
        m_next[static_cast<std::size_t>(neighbour)].isKnown = false;
    }
}

void RowState::lookAhead(int track, Next& next) const
{
    const RowProgram::Step& ahead = step(track);
    next = {true, true, 0, 0};
    std::int64_t born = 0;
    std::int64_t dying = 0;
    const auto diesNow = [&](int c) { return counts(c).uses == 1 && !cell(c).kept; };
    for (const CellRange& range : m_program.reads(ahead)) {
        for (int c = range.end; c-- > range.begin;) { // the last one is the likeliest to lack
            if (counts(c).writes > 0 && cell(c).waits) {
                next.isReady = false;
                return;
            }
            dying += diesNow(c) ? cell(c).bytes : 0;
        }
    }
    for (const CellRange& range : m_program.writes(ahead)) {
        for (int c = range.begin; c < range.end; ++c) {
            born += counts(c).alive ? 0 : cell(c).bytes;
            dying += diesNow(c) ? cell(c).bytes : 0;
        }
    }
    std::int64_t replaced = 0;
    for (const int c : ahead.inPlace) {
        replaced = c >= 0 && diesNow(c) ? born : replaced;
    }
    next.during = born - replaced;
    next.after = born - dying;
}

void RowState::touch(int c, bool writes, int direction)
{
    Counts& count = m_counts[static_cast<std::size_t>(c)];
    count.uses -= direction;
    count.writes -= writes ? direction : 0;
    const RowProgram::Cell& what = cell(c);
    const bool begun = what.given || count.writes < what.writes;
    const bool alive = begun && (count.uses > 0 || what.kept);
    if (alive != count.alive) {
        const std::int64_t change = alive ? what.bytes : -what.bytes;
        m_live += change;
        m_liveOf[static_cast<std::size_t>(what.tensor)] += change;
    }
    count.alive = alive;
}

void RowState::run(int track)
{
    forget(track);
    m_key.remove(wordOf(track));
    const RowProgram::Step& taken = step(track);
    for (const CellRange& range : m_program.writes(taken)) {
        for (int c = range.begin; c < range.end; ++c) {
            touch(c, true, 1);
        }
    }
    for (const CellRange& range : m_program.reads(taken)) {
        for (int c = range.begin; c < range.end; ++c) {
            touch(c, false, 1);
        }
    }
    ++m_position[static_cast<std::size_t>(track)];
    m_key.add(wordOf(track));
    --m_left;
}

void RowState::undo(int track)
{
    forget(track);
    m_key.remove(wordOf(track));
    --m_position[static_cast<std::size_t>(track)];
    m_key.add(wordOf(track));
    ++m_left;
    const RowProgram::Step& taken = step(track);
    for (const CellRange& range : m_program.reads(taken)) {
        for (int c = range.begin; c < range.end; ++c) {
            touch(c, false, -1);
        }
    }
    for (const CellRange& range : m_program.writes(taken)) {
        for (int c = range.begin; c < range.end; ++c) {
            touch(c, true, -1);
        }
    }
}

} // namespace tidemark

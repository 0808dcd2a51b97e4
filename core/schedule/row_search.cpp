// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/row_search.h"

#include "core/schedule/failed_states.h"

#include <algorithm>
#include <limits>

namespace tidemark {

namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

/// The track's next step, which must exist.
const RowProgram::Step& stepOf(const RowProgram& program, const RowState& state, int track)
{
    const int first = program.tracks[static_cast<std::size_t>(track)].first;
    return program.steps[static_cast<std::size_t>(first + state.position(track))];
}

/// What one step needs by itself.
std::int64_t stepBound(const RowProgram& program)
{
    std::int64_t most = program.givenBytes;
    for (const RowProgram::Step& step : program.steps) {
        std::int64_t bytes = 0;
        std::int64_t written = 0;
        for (const RowProgram::CellRange& range : program.reads(step)) {
            for (int c = range.begin; c < range.end; ++c) {
                bytes += program.cells[static_cast<std::size_t>(c)].bytes;
            }
        }
        for (const RowProgram::CellRange& range : program.writes(step)) {
            for (int c = range.begin; c < range.end; ++c) {
                const auto reads = program.reads(step);
                const bool counted = std::any_of(reads.begin(), reads.end(), [&](const auto& r) {
                    return r.begin <= c && c < r.end;
                });
                written += counted ? 0 : program.cells[static_cast<std::size_t>(c)].bytes;
            }
        }
        most = std::max(most, step.inPlace[0] >= 0 ? std::max(bytes, written) : bytes + written);
    }
    return most;
}

} // namespace

std::int64_t peakOf(const RowProgram& program, const std::vector<int>& turns)
{
    RowState state(program);
    std::int64_t peak = program.givenBytes;
    for (const int track : turns) {
        peak = std::max(peak, state.effect(track).during);
        state.run(track);
    }
    return peak;
}

RowSearch::RowSearch(const RowProgram& program, std::stop_token stop)
    : m_program(program), m_stop(std::move(stop))
{
}

bool RowSearch::isAllowed(int track) const
{
    if (m_windows->empty()) {
        return true;
    }
    for (const RowProgram::CellRange& range :
         m_program.writes(stepOf(m_program, *m_state, track))) {
        const int tensor = m_program.cells[static_cast<std::size_t>(range.begin)].tensor;
        const int window = (*m_windows)[static_cast<std::size_t>(tensor)];
        const int oldest = range.begin - window; // the rows above it were gone before
        if (window > 0 &&
            oldest >= m_program.tensors[static_cast<std::size_t>(tensor)].cells.begin &&
            m_state->isAlive(oldest)) {
            return false;
        }
    }
    return true;
}

std::optional<int> RowSearch::safeTrack() const
{
    for (int track = static_cast<int>(m_program.tracks.size()); track-- > 0;) {
        if (!m_state->isReady(track) || !isAllowed(track)) {
            continue;
        }
        const RowState::Effect effect = m_state->effect(track);
        if (effect.after <= m_state->live() && effect.during <= m_peak) {
            return track;
        }
    }
    return std::nullopt;
}

std::vector<int> RowSearch::options()
{
    std::vector<int> tracks;
    for (int track = 0; track < static_cast<int>(m_program.tracks.size()); ++track) {
        if (!m_state->isReady(track) || !isAllowed(track)) {
            continue;
        }
        const std::int64_t during = m_state->effect(track).during;
        if (during <= m_peak) {
            tracks.push_back(track);
        } else {
            m_nextPeak = std::min(m_nextPeak, during);
        }
    }
    return tracks;
}

void RowSearch::run(int track)
{
    m_state->run(track);
    m_turns.push_back(track);
}

void RowSearch::back(std::size_t depth)
{
    while (m_turns.size() > depth) {
        m_state->undo(m_turns.back());
        m_turns.pop_back();
    }
}

RowSearch::Verdict RowSearch::search(std::int64_t peak, const std::vector<int>& windows,
                                     std::int64_t& nodes)
{
    m_peak = peak;
    m_nextPeak = kNever;
    m_windows = &windows;
    m_state.emplace(m_program);
    m_turns.clear();
    FailedStates failed;
    std::vector<Branch> branches;
    if (m_program.givenBytes > peak) {
        m_nextPeak = m_program.givenBytes;
        return Verdict::Refuted;
    }
    while (!m_state->isDone()) {
        if (--nodes <= 0 || m_stop.stop_requested()) {
            return Verdict::Stopped;
        }
        if (const auto safe = safeTrack()) {
            run(*safe);
            continue;
        }
        Branch branch{{}, m_turns.size()};
        if (!failed.contains(m_state->key())) {
            branch.tracks = options();
        }
        branches.push_back(std::move(branch));
        while (!branches.empty() && branches.back().tracks.empty()) {
            back(branches.back().depth);
            failed.insert(m_state->key());
            branches.pop_back();
        }
        if (branches.empty()) {
            return Verdict::Refuted;
        }
        back(branches.back().depth);
        const int track = branches.back().tracks.back();
        branches.back().tracks.pop_back();
        run(track);
    }
    m_found.turns = m_turns;
    m_found.peak = peakOf(m_program, m_turns);
    return Verdict::Found;
}

RowBound leastPeakBelow(const RowProgram& program, std::int64_t enough, std::int64_t& nodes,
                        const std::stop_token& stop)
{
    const std::int64_t least = stepBound(program);
    if (least >= enough) {
        return {enough, true};
    }
    RowSearch search(program, stop);
    switch (search.search(enough - 1, {}, nodes)) {
    case RowSearch::Verdict::Refuted:
        return {enough, true};
    case RowSearch::Verdict::Stopped:
        return {least, false};
    case RowSearch::Verdict::Found:
        break;
    }
    const RowOptimum optimum = leastPeak(program, search.turns(), nodes, stop);
    return {optimum.bound, optimum.isProven()};
}

RowOptimum leastPeak(const RowProgram& program, RowTurns incumbent, std::int64_t& nodes,
                     const std::stop_token& stop)
{
    RowOptimum optimum{std::move(incumbent), stepBound(program)};
    RowSearch search(program, stop);
    std::int64_t peak = optimum.bound;
    while (!optimum.isProven()) {
        const RowSearch::Verdict verdict = search.search(peak, {}, nodes);
        if (verdict == RowSearch::Verdict::Stopped) {
            break;
        }
        if (verdict == RowSearch::Verdict::Found) {
            optimum.best = search.turns();
        } else {
            optimum.bound = std::min(search.nextPeak(), optimum.best.peak);
        }
        peak = (optimum.bound + optimum.best.peak - 1) / 2;
        peak = std::max(peak, optimum.bound);
    }
    return optimum;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/row_candidates.h"

#include "core/schedule/cascades.h"
#include "core/schedule/kernel_contract.h"

#include <algorithm>

namespace tidemark {

namespace {

/// Beyond these a search over rows is not attempted: each event looks at every track.
constexpr std::size_t kMostSteps = 40'000;
constexpr std::size_t kMostTracks = 400;
constexpr std::size_t kMostGrouped = 64; ///< tracks that are grouped by dynamic programming
constexpr std::size_t kMostAccumulators = 2;

Candidate candidateOf(const std::shared_ptr<const Network>& network, const RowProgram& program,
                      const std::vector<int>& turns, const std::vector<int>& stored)
{
    Candidate candidate{network, rowPlan(*network, program, turns, stored), Bytes(0)};
    for (const Bytes live : liveBytes(candidate.rows)) {
        candidate.live = std::max(candidate.live, live);
    }
    return candidate;
}

/// Events of a network's rows, as far as they are worth counting.
std::size_t countSteps(const Network& network)
{
    std::size_t steps = 0;
    for (const Stage& stage : network.stages) {
        for (const ValueId output : stage.outputs) {
            steps += static_cast<std::size_t>(network[output].rows);
        }
    }
    for (const Value& value : network.values) {
        steps = std::max(steps, static_cast<std::size_t>(value.rows));
    }
    return steps;
}

/// Hands over every form with its reductions whole and as accumulators. Whether that is all ways
/// there are.
template <class Take>
bool forEachProgram(const std::vector<std::shared_ptr<const Network>>& forms, bool streamsInput,
                    Take take)
{
    bool complete = true;
    for (const auto& network : forms) {
        if (network->stages.size() > kMostTracks || network->stages.empty() ||
            countSteps(*network) > kMostSteps) {
            complete = false;
            continue;
        }
        std::vector<StageId> able;
        for (std::size_t s = 0; s < network->stages.size(); ++s) {
            if (canAccumulate(*network, network->stages[s])) {
                able.emplace_back(s);
            }
        }
        if (able.size() > kMostAccumulators) {
            complete = false;
            able.resize(kMostAccumulators);
        }
        for (std::size_t subset = std::size_t{1} << able.size(); subset-- > 0;) {
            RowForm form;
            form.streamsInput = streamsInput;
            for (std::size_t i = 0; i < able.size(); ++i) {
                if ((subset >> i & 1U) != 0) {
                    form.accumulates.push_back(able[i]);
                }
            }
            take(network, rowProgram(*network, form));
        }
    }
    return complete;
}

} // namespace

OrderChoice chooseOrder(const Network& network, Effort effort, const std::stop_token& stop)
{
    OrderChoice choice;
    RowForm form;
    form.wholeStages = true;
    const RowProgram program = rowProgram(network, form);
    RowTurns given;
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        given.turns.push_back(static_cast<int>(s));
    }
    given.peak = peakOf(program, given.turns);
    choice.given = Bytes(given.peak);
    std::int64_t nodes = effort.searchNodes;
    const RowOptimum optimum = leastPeak(program, std::move(given), nodes, stop);
    for (const int track : optimum.best.turns) {
        choice.order.emplace_back(static_cast<std::size_t>(track));
    }
    choice.best = Bytes(optimum.best.peak);
    choice.proven = optimum.isProven();
    return choice;
}

Candidate overlapCandidate(const std::shared_ptr<const Network>& network,
                           const std::vector<StageId>& order)
{
    const RowProgram program = rowProgram(*network, {});
    std::vector<int> turns;
    for (const StageId stage : order) {
        const auto steps = static_cast<std::size_t>(program.tracks[stage.index()].steps);
        turns.insert(turns.end(), steps, static_cast<int>(stage.index()));
    }
    std::vector<int> stored;
    for (const RowProgram::Tensor& tensor : program.tensors) {
        stored.push_back(tensor.size());
    }
    return candidateOf(network, program, turns, stored);
}

RowCandidates::RowCandidates(const std::vector<std::shared_ptr<const Network>>& forms,
                             bool streamsInput, Effort effort, const std::stop_token& stop)
{
    m_complete = forEachProgram(forms, streamsInput, [&](const auto& network, RowProgram program) {
        Option option{network, std::move(program), {}, {}};
        std::int64_t nodes = effort.searchNodes;
        option.optimum = leastPeak(
            option.program, lazyCascades(option.program, oneGroup(option.program)), nodes, stop);
        m_stopped = m_stopped || !option.optimum.isProven();
        m_options.push_back(std::move(option));
    });
    std::stable_sort(m_options.begin(), m_options.end(), [](const Option& a, const Option& b) {
        return a.optimum.best.peak < b.optimum.best.peak;
    });
}

RowScheduleBound boundOfRows(const std::vector<std::shared_ptr<const Network>>& forms,
                             bool streamsInput, Effort effort, const std::stop_token& stop)
{
    RowScheduleBound bound;
    const bool complete =
        forEachProgram(forms, streamsInput, [&](const auto&, const RowProgram& program) {
            const std::int64_t lazy = lazyCascades(program, oneGroup(program)).peak;
            const std::int64_t enough = std::min(bound.bytes.value_or(Bytes(lazy)).count(), lazy);
            std::int64_t nodes = effort.searchNodes;
            const RowBound least = leastPeakBelow(program, enough, nodes, stop);
            bound.bytes = std::min(bound.bytes.value_or(Bytes(least.peak)), Bytes(least.peak));
            bound.stopped = bound.stopped || !least.isProven;
        });
    if (!complete) {
        bound.bytes.reset();
    }
    return bound;
}

std::optional<Bytes> RowCandidates::bound() const
{
    std::optional<Bytes> least;
    for (const Option& option : m_options) {
        const Bytes bound(option.optimum.bound);
        least = std::min(least.value_or(bound), bound);
    }
    return m_complete ? least : std::nullopt;
}

std::vector<int> RowCandidates::turnsOf(const Option& option, std::size_t way)
{
    switch (way) {
    case 0:
        return option.optimum.best.turns;
    case 1:
        return lazyCascades(option.program, oneGroup(option.program)).turns;
    default:
        return option.program.tracks.size() > kMostGrouped
                   ? std::vector<int>()
                   : lazyCascades(option.program, bestGroups(option.program, way == 2)).turns;
    }
}

/// Its turns are empty where there is no such way, or where it is the same as one before.
const RowCandidates::Way& RowCandidates::wayOf(const Option& option, std::size_t way) const
{
    const std::scoped_lock lock(m_making);
    for (std::size_t w = 0; w <= way; ++w) {
        std::optional<Way>& made = option.ways[w];
        if (made) {
            continue;
        }
        made = Way{turnsOf(option, w), Bytes(0), nullptr};
        for (std::size_t before = 0; before < w; ++before) {
            if (option.ways[before]->turns == made->turns) {
                made->turns.clear();
            }
        }
        made->peak = Bytes(peakOf(option.program, made->turns));
    }
    return *option.ways[way];
}

std::shared_ptr<const Candidate> RowCandidates::candidate(const Option& option,
                                                          std::size_t way) const
{
    const std::scoped_lock lock(m_making);
    Way& made = *option.ways[way];
    if (!made.candidate) {
        made.candidate = std::make_shared<const Candidate>(
            candidateOf(option.network, option.program, made.turns,
                        ringRows(option.program, cellLives(option.program, made.turns))));
    }
    return made.candidate;
}

void RowCandidates::visit(const std::function<Bytes()>& worth,
                          const std::function<bool(const Candidate&)>& take,
                          const std::stop_token& stop) const
{
    for (const Option& option : m_options) {
        for (std::size_t w = 0; w < kWays && Bytes(option.optimum.bound) < worth(); ++w) {
            if (stop.stop_requested()) {
                return;
            }
            const Way& way = wayOf(option, w);
            if (!way.turns.empty() && way.peak < worth() && !take(*candidate(option, w))) {
                return;
            }
        }
    }
}

} // namespace tidemark

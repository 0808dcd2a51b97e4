// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"
#include "core/schedule/row_plan.h"
#include "core/schedule/row_search.h"

#include <array>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tidemark {

/// An order of stages for full buffers, and whether any other could need less at its most
/// demanding stage.
struct OrderChoice {
    std::vector<StageId> order;
    Bytes given, best;   ///< most live bytes, stage by stage: as the file has it, as chosen
    bool proven = false; ///< no order needs less than `best`
};

/// The best order found: exact where the effort suffices (depth first over sets of stages done,
/// which is dynamic programming over them; stages that free as much as they take run at once).
OrderChoice chooseOrder(const Network& network, Effort effort, const std::stop_token& stop);

/// A way to run a network, not yet placed.
struct Candidate {
    std::shared_ptr<const Network> network;
    RowPlan rows;
    Bytes live; ///< most live bytes: it cannot be placed in fewer
};

/// Row schedules of a network: with its pools fused and apart, its reductions whole and as
/// accumulators. May be asked by several threads.
class RowCandidates {
public:
    /// `forms`: the same network lowered in different ways.
    RowCandidates(const std::vector<std::shared_ptr<const Network>>& forms, bool streamsInput,
                  Effort effort, const std::stop_token& stop);

    /// Hands the candidates to `take`, the more promising first, until it says false. Candidates
    /// that need as much as `worth` or more while they run are left out.
    void visit(const std::function<Bytes()>& worth,
               const std::function<bool(const Candidate&)>& take,
               const std::stop_token& stop) const;

    /// No row schedule of any of the forms needs fewer live bytes; nothing if that is not known.
    std::optional<Bytes> bound() const;

    bool isStopped() const { return m_stopped; }

private:
    struct Way { ///< made when it is first visited
        std::vector<int> turns;
        Bytes peak;
        std::shared_ptr<const Candidate> candidate;
    };
    static constexpr std::size_t kWays = 4;
    struct Option {
        std::shared_ptr<const Network> network;
        RowProgram program;
        RowOptimum optimum;
        mutable std::array<std::optional<Way>, kWays> ways;
    };

    static std::vector<int> turnsOf(const Option& option, std::size_t way);
    const Way& wayOf(const Option& option, std::size_t way) const;
    std::shared_ptr<const Candidate> candidate(const Option& option, std::size_t way) const;

    std::vector<Option> m_options;
    mutable std::mutex m_making; ///< of ways
    bool m_complete = true;      ///< the options are all there are
    bool m_stopped = false;
};

/// What RowCandidates::bound() says of the same forms, without the schedules that reach it: a form
/// is done with as soon as it cannot be the one that needs least.
struct RowScheduleBound {
    std::optional<Bytes> bytes; ///< nothing if it is not known
    bool stopped = false;
};
RowScheduleBound boundOfRows(const std::vector<std::shared_ptr<const Network>>& forms,
                             bool streamsInput, Effort effort, const std::stop_token& stop);

/// Stage by stage in an order, output rows into dead rows of the input.
Candidate overlapCandidate(const std::shared_ptr<const Network>& network,
                           const std::vector<StageId>& order);

} // namespace tidemark

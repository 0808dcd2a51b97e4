// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <functional>
#include <memory>
#include <stop_token>

namespace tidemark {

class PlanBasis;

/// Plans one network again and again: what does not depend on the board and the constraints is made
/// once, when a plan first needs it. Cheap to copy; copies share what was made. May be used by
/// several threads at the same time.
///
/// While somebody drags a buffer: show preview() of the plan on screen at once, and in the
/// background improve() that preview, which takes its place where it is better.
class PlanningSession {
public:
    /// `network`: the base form (`lower()`).
    explicit PlanningSession(std::shared_ptr<const Network> network, Effort effort = {},
                             ScratchOf scratchOf = {});

    const std::shared_ptr<const Network>& network() const { return m_network; }

    /// The same as plan() of plan.h.
    Result<PlanPtr> plan(const std::shared_ptr<const Board>& board, const Constraints& constraints,
                         const std::stop_token& stop = {}) const;
    /// plan() for the board and constraints of `shown`, or `shown` itself where that is no worse
    /// than what was found or what was found was cut off.
    Result<PlanPtr> improve(const PlanPtr& shown, const std::stop_token& stop = {}) const;
    /// plan() at every rung in one pass, upwards: what is made for one serves those above. Hands
    /// each to `take`, and leaves out those that cannot be planned (a pin of a buffer that they do
    /// not have). Ends early once `stop` asks.
    void planRungs(const std::shared_ptr<const Board>& board, const Constraints& constraints,
                   const std::function<void(Technique, const PlanPtr&)>& take,
                   const std::stop_token& stop = {}) const;

private:
    std::shared_ptr<const Network> m_network;
    std::shared_ptr<const PlanBasis> m_basis;
};

/// A valid, checked plan for other constraints (pins, budgets, stack) than `current` has, in the
/// time of a frame: its schedule placed again, near to where its buffers are. Usage error for pins
/// and budgets that name what is not there.
Result<PlanPtr> preview(const Plan& current, const Constraints& constraints);

/// Whether a plan fits where another does not, or else needs less RAM.
bool isBetter(const Plan& a, const Plan& b);

} // namespace tidemark

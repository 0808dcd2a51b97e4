// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/planning_session.h"

#include <stop_token>
#include <string>
#include <vector>

namespace tidemark {

/// One summand or factor of a figure with the numbers put in.
struct Term {
    std::string label;              ///< "input"
    std::string expression;         ///< "1·32·32·4"
    double value = 0;               ///< in the figure's unit
    std::optional<BufferId> buffer; ///< to highlight it
    std::optional<StageId> stage;
};

/// A number on screen, opened: what it is, its formula, its terms, its value.
struct Figure {
    std::string id;      ///< stable: "peak_ram_bytes", "activation_bytes", "buffer:conv1", ...
    std::string title;   ///< "Peak RAM"
    std::string formula; ///< "max over events of the sum of live bytes"
    std::vector<Term> terms;
    double value = 0;
    std::string unit;               ///< "B", "MAC", ...
    std::string source;             ///< where the formula is from, and what the figure includes
    std::vector<std::string> notes; ///< a slip in a printed source, a saving, ...
};

/// Every figure of the plan, the most important first.
std::vector<Figure> explain(const Plan& plan);

/// One rung of the saving ladder, for the waterfall.
struct Rung {
    Technique technique;
    Bytes activationBytes;
    bool fits = false;
};
/// A session's model on the same board at every rung; those done so far once `stop` asks.
std::vector<Rung> ladder(const PlanningSession& session, const std::shared_ptr<const Board>& board,
                         const Constraints& constraints, const std::stop_token& stop = {});

} // namespace tidemark

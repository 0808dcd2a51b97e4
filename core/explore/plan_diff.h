// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/place/plan.h"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// What changed from one plan to another. Buffers are the same when their names are, banks when
/// their ids are, so plans of two models or two boards can be compared too.

struct FigureChange {
    std::string id; ///< key of planToJson: "peak_ram_bytes", ...
    std::string title;
    Bytes before, after;
};

struct PlacedBuffer {
    std::string bank;
    Bytes offset, bytes;

    bool operator==(const PlacedBuffer&) const = default;
};

/// A buffer that is not where or what it was. Nothing before: it is new; nothing after: gone.
struct BufferChange {
    std::string name;
    std::optional<PlacedBuffer> before, after;

    /// "new", "gone", "resized" (perhaps moved as well), "moved".
    std::string_view word() const;
};

/// One bar of a bank's waterfall.
struct DiffStep {
    std::string label;
    Bytes bytes; ///< added; negative = saved
};

/// A bank's use before and after. The steps add up to the difference exactly: what is alive at the
/// fullest moment, then the gaps between (negative where buffers overlap), stack and images.
struct BankChange {
    std::string id;
    Bytes before, after;
    std::vector<DiffStep> steps;
};

/// A figure of the cost model before and after.
struct CostChange {
    std::string id;    ///< "instructions", "latency", "energy"
    std::string title; ///< printable
    Estimate before, after;
    /// By stage, in the first plan's order; they add up to the difference where both are known.
    /// What is no stage's (staging, leakage) is a step of its own.
    struct Step {
        std::string label;
        double amount = 0; ///< added, in the figure's unit; negative = saved
    };
    std::vector<Step> steps;

    std::optional<double> difference() const;
};

struct PlanDiff {
    std::string titleBefore, titleAfter; ///< "lenet5 on Apollo4 Plus EVB, fused": printable
    std::vector<FigureChange> figures;
    std::vector<BankChange> banks;     ///< of both plans, the first one's order first
    std::vector<BufferChange> buffers; ///< changed ones only, in the first plan's order, new last
    std::vector<CostChange> costs;     ///< those that are known of either plan

    bool isSame() const;
};

PlanDiff diffPlans(const Plan& before, const Plan& after);

/// Keys: `before`, `after` (titles), `same`, `figures[]`, `banks[]` with `steps[]`, `buffers[]`,
/// `costs[]` (`id`, `unit`, `before`, `after`, `difference`: null where unknown, `provenance`,
/// `steps[]`).
nlohmann::ordered_json diffToJson(const PlanDiff& diff);

} // namespace tidemark

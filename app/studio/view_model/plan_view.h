// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/view_model/live_bytes.h"
#include "app/studio/view_model/map_model.h"
#include "core/explain/figure.h"

#include <memory>
#include <vector>

namespace tidemark::studio {

/// A plan with everything that panels show of it and that takes long for a large one. Immutable;
/// made by the thread that made the plan, so that the window only takes it over.
struct PlanView {
    explicit PlanView(PlanPtr of);

    PlanPtr plan;
    std::vector<Figure> figures; ///< explain()
    std::vector<KindBytes> live; ///< liveBytes()
    MapModel map;
};

using PlanViewPtr = std::shared_ptr<const PlanView>;

} // namespace tidemark::studio

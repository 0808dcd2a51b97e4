// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/studio/view_model/plan_view.h"

namespace tidemark::studio {

PlanView::PlanView(PlanPtr of)
    : plan(std::move(of)), figures(explain(*plan)), live(liveBytes(*plan)), map(plan, live)
{
}

} // namespace tidemark::studio

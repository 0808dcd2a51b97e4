// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QString>

namespace tidemark::studio {

/// Makes every buffer of a MapWidget known to screen readers and test tools: a list item with a
/// name, a value, a place on the screen, a state, and the actions select and pin. Harmless to call
/// again.
void installMapAccessibility();

/// "4,704 bytes, TCM, offset 4,096, stages 0 to 1, pinned": a buffer in one breath.
QString accessibleValue(const Plan& plan, BufferId id);

} // namespace tidemark::studio

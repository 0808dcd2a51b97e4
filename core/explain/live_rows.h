// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/explain/figure.h"

namespace tidemark {

/// Of a plan by rows: the event of a stage (without one: of all) where most bytes are alive, the
/// first of equals; nothing if there are no events.
std::optional<EventId> busiestEvent(const Plan& plan, std::optional<StageId> stage = {});

/// What lives in the arenas at an event, "6 rows·84" for a buffer planned by rows. Bytes that two
/// share, because one replaces the other at this event, are told once.
std::vector<Term> liveTerms(const Plan& plan, EventId event);

double sumOf(const std::vector<Term>& terms);

} // namespace tidemark

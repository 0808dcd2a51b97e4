// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <cstddef>
#include <vector>

namespace tidemark::studio {

/// While events [firstEvent, endEvent) run, bytes [low, high) of the buffer hold something that is
/// still needed. What a buffer reserves is its rectangle; what it holds is this staircase.
struct StairStep {
    std::size_t firstEvent = 0, endEvent = 0;
    Bytes low, high;

    bool operator==(const StairStep&) const = default;
};

/// Steps of `buffer`: each row lives from the event that writes it to the last event that reads it.
/// In time order; by rows where the plan is by rows and other buffers lie in its dead ones. Empty
/// for a buffer that holds no activation of several rows.
std::vector<StairStep> staircase(const Plan& plan, const Buffer& buffer);

} // namespace tidemark::studio

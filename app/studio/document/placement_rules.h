// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <QString>
#include <optional>
#include <vector>

namespace tidemark::studio {

/// A place a buffer could be pinned to. Without an offset the planner chooses it.
struct PinTarget {
    BufferId buffer;
    BankId bank;
    std::optional<Bytes> offset;

    bool operator==(const PinTarget&) const = default;
};

/// Whether a place is legal, and in words why not.
struct Verdict {
    bool legal = true;
    QString reason;
};

/// What can be said before planning: a bank that is not written at run time, too few bytes free
/// while the buffer lives, an offset off its alignment or on top of something pinned. Other
/// buffers of the bank may move, so what is legal here the planner can still refuse to pack; it
/// says so itself.
Verdict judge(const Plan& plan, const PinTarget& target);

/// Offsets worth snapping to in `bank`, rising: 0 and the edges of what lives there at the same
/// time, above or below which the buffer would touch them. Aligned, within the bank.
std::vector<Bytes> snapOffsets(const Plan& plan, BufferId buffer, BankId bank);

/// The candidate nearest to `wanted` within `reach`, else `wanted` rounded to the alignment.
Bytes snapped(const std::vector<Bytes>& candidates, Bytes wanted, Bytes reach, Bytes alignment);

/// Offsets where the buffer fits in `bank` while everything else stays where it is, rising:
/// the lowest of each gap.
std::vector<Bytes> gaps(const Plan& plan, BufferId buffer, BankId bank);

} // namespace tidemark::studio

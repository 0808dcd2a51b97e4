// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/studio/theme/theme.h"
#include "core/place/plan.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tidemark::studio {

/// Calls `tell(begin, end, life)` for every piece of a buffer that is needed for a while: its rows
/// where it is planned by rows, else all of it.
template <class Tell> void forEachLife(const Buffer& buffer, Tell tell)
{
    if (buffer.storedRows == 0) {
        tell(Bytes(0), buffer.bytes, buffer.residency);
    }
    for (const RowLife& row : buffer.rowLives) {
        tell(row.begin, row.end, row.life);
    }
}

using KindBytes = std::array<std::int64_t, kBufferKinds>;

/// Live arena bytes at each event, by kind of buffer. A row that takes the place of another at an
/// event counts once there.
std::vector<KindBytes> liveBytes(const Plan& plan);

std::int64_t sumOf(const KindBytes& bytes);

} // namespace tidemark::studio

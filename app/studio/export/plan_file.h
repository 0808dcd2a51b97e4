// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/result.h"
#include "core/place/plan.h"

#include <filesystem>
#include <string>

namespace tidemark::studio {

/// The buffers of a plan as RFC 4180 lines: name, kind, bank, offset, bytes, alignment, first and
/// last event, pinned. Names come from files: quoted, and never the start of a formula.
std::string planCsv(const Plan& plan);

/// Writes `plan` as its suffix says, .json (as `tidemark plan --json`) or .csv. Errors: another
/// suffix (Usage), a file that cannot be written.
Status writePlan(const Plan& plan, const std::filesystem::path& path);

} // namespace tidemark::studio

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/explain/figure.h"

#include <nlohmann/json_fwd.hpp>

namespace tidemark::cli {

struct Context;

nlohmann::ordered_json toJson(const Figure& figure);

/// Title, value, formula, a table of the terms, source and notes, to stdout.
void print(const Figure& figure, const Context& context);

} // namespace tidemark::cli

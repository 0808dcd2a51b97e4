// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/operator_table.h"

#include <string>

namespace tidemark {

/// "runnable", "plan only" or "refused".
std::string_view supportText(Support support);

/// The page about operators in the documentation (Markdown), written from the tables themselves.
std::string operatorsPage();

} // namespace tidemark

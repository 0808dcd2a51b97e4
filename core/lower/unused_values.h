// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

namespace tidemark {

/// Drops values that no stage, input, output or view names, and numbers the others anew.
void dropUnusedValues(Network& network);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/core/cost/network_maker.h"

namespace tidemark::test {

/// The k-th of the networks that are like real ones, or have a kernel of the rarer kind.
Network anotherNetwork(Maker& maker, unsigned k);

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>

namespace tidemark::test {

/// Rounds of a property or mutation test: `rounds`, or a hundred times as many under `./dev soak`.
inline int soakRounds(int rounds)
{
    return std::getenv("TIDEMARK_SOAK") != nullptr ? rounds * 100 : rounds;
}

} // namespace tidemark::test

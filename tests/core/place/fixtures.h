// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/lower/network.h"

#include <memory>
#include <random>

namespace tidemark::test {

/// The paper's LeNet-5 in base form (pools apart), fp32, without weights' values.
std::shared_ptr<const Network> lenet5();

/// A random network of convolutions, pools, clamps and plan-only joins with branches.
std::shared_ptr<const Network> randomNetwork(std::mt19937& random);

/// TCM (default RAM, stack 1,024), SSRAM, MRAM (read-only).
std::shared_ptr<const Board> board(std::int64_t tcm = 16 * 1024, std::int64_t ssram = 64 * 1024,
                                   std::int64_t mram = 1024 * 1024);

} // namespace tidemark::test

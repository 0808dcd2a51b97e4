// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/lower/network.h"

#include <memory>
#include <random>

namespace tidemark::test {

/// The paper's LeNet-5 in base form (pools apart), fp32, without weights' values.
std::shared_ptr<const Network> lenet5();

/// The published networks in int8, base form: LeNet-5, the CIFAR-10 net with 2x2 pools, and those
/// of MLPerf Tiny (keyword spotting, image classification, visual wake words, anomaly detection).
std::shared_ptr<const Network> lenet5Int8();
std::shared_ptr<const Network> cifarNet();
std::shared_ptr<const Network> keywordNet();
std::shared_ptr<const Network> resNet8(); ///< additions in the convolutions' epilogue
std::shared_ptr<const Network> wakeWordNet();
std::shared_ptr<const Network> autoEncoder();
/// Of TensorFlow Lite Micro issue 2513: 125x90x1, conv 3x3x32, ReLU, max-pool 4.
std::shared_ptr<const Network> tflm2513();

/// A random network of convolutions, pools, clamps and plan-only joins with branches.
std::shared_ptr<const Network> randomNetwork(std::mt19937& random);

/// TCM (default RAM, stack 1,024), SSRAM, MRAM (read-only).
std::shared_ptr<const Board> board(std::int64_t tcm = 16 * 1024, std::int64_t ssram = 64 * 1024,
                                   std::int64_t mram = 1024 * 1024);

} // namespace tidemark::test

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/lower/network.h"

#include <memory>
#include <random>

namespace tidemark::test {

/// The paper's LeNet-5 in base form (pools apart), without weights' values.
std::shared_ptr<const Network> lenet5(DataType type = DataType::Float32);

/// Published networks in base form: the CIFAR-10 net with 2x2 pools, and those
/// of MLPerf Tiny (keyword spotting, image classification, visual wake words, anomaly detection).
std::shared_ptr<const Network> cifarNet(DataType type = DataType::Int8);
std::shared_ptr<const Network> keywordNet(DataType type = DataType::Int8);
std::shared_ptr<const Network>
resNet8(DataType type = DataType::Int8); ///< additions in the convolutions' epilogue
std::shared_ptr<const Network> wakeWordNet(DataType type = DataType::Int8);
std::shared_ptr<const Network> autoEncoder(DataType type = DataType::Int8);
/// Of TensorFlow Lite Micro issue 2513: 125x90x1, conv 3x3x32, ReLU, max-pool 4.
std::shared_ptr<const Network> tflm2513();

/// A random network of convolutions, pools, clamps and plan-only joins with branches.
std::shared_ptr<const Network> randomNetwork(std::mt19937& random);

/// A random network of up to `stages` stages that all have kernels (fp32): convolutions of any
/// stride and pads, depthwise ones, pools, residual additions, clamps, sums, concatenations along
/// rows and slices as views, global averages, fully connected stages; branches, several outputs.
std::shared_ptr<const Network> randomRunnable(std::mt19937& random, int stages);

/// The network with random numbers as weights.
std::shared_ptr<const Network> withWeights(const Network& network, std::mt19937& random);

/// Random fp32 arrays for a network's inputs.
std::vector<std::vector<std::byte>> randomInputs(const Network& network, std::mt19937& random);

/// TCM (default RAM, stack 1,024), SSRAM, MRAM (read-only).
std::shared_ptr<const Board> board(std::int64_t tcm = 16 * 1024, std::int64_t ssram = 64 * 1024,
                                   std::int64_t mram = 1024 * 1024);

/// The same with all parameters known: TCM for nothing, SSRAM one cycle a word, MRAM slower.
std::shared_ptr<const Board> costedBoard(std::int64_t tcm, std::int64_t ssram,
                                         double mramCycles = 3);

} // namespace tidemark::test

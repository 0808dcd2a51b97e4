// SPDX-License-Identifier: Apache-2.0
// Networks, boards and plans made by hand, without importer, planner or board files.
#pragma once

#include "core/place/plan.h"

#include <cstddef>
#include <memory>
#include <random>
#include <vector>

namespace tidemark::handmade {

/// Builds a chain of stages, sizes worked out as it grows, weights seeded.
class NetworkBuilder {
public:
    NetworkBuilder(std::int64_t rows, std::int64_t width, std::int64_t channels, unsigned seed);

    NetworkBuilder& conv(std::int64_t outChannels, Window window, std::int64_t groups = 1,
                         std::optional<Window> pool = std::nullopt, bool relu = true);
    NetworkBuilder& maxPool(Window window);
    NetworkBuilder& fullyConnected(std::int64_t outputs, bool relu = false);
    NetworkBuilder& clamp(float min, float max);
    NetworkBuilder& planOnly(std::string typeName);

    std::shared_ptr<Network> finish();

private:
    ConstantId addConstant(std::string name, ConstantRole role, Shape shape);
    void addStage(std::string name, StageOp op, std::vector<ConstantId> constants, Value output);
    const Value& last() const { return m_network->values.back(); }

    std::shared_ptr<Network> m_network = std::make_shared<Network>();
    std::mt19937 m_random;
};

Window square(std::int64_t kernel, std::int64_t stride = 1, std::int64_t pad = 0);

/// conv 5x5 6 + pool, conv 5x5 16 + pool, 120, 84, 10: LeNet-5's shapes.
std::shared_ptr<Network> lenet5();
/// A chain of one to five stages of random kinds and geometry.
std::shared_ptr<Network> randomNetwork(unsigned seed);

/// One float array per network input, in [-1, 1].
std::vector<std::vector<std::byte>> randomInputs(const Network& network, unsigned seed);

/// FLASH 1 MB (code, constants), RAM 1 MB, TCM 64 KB, without a toolchain.
std::shared_ptr<Board> plainBoard();

enum class Packing {
    Disjoint, ///< every value its own bytes
    Shared,   ///< first fit by lifetime
};

/// A plan stage by stage, arenas in the default RAM, constants in the default constant bank.
std::shared_ptr<Plan> handPlan(std::shared_ptr<const Network> network,
                               std::shared_ptr<const Board> board, Packing packing);

/// Fills `banks`, `peakRam` and the other figures from the placements.
void refreshFigures(Plan& plan);

} // namespace tidemark::handmade

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/place/plan.h"

#include <string>
#include <vector>

/// Plans made by hand, so that a test of the studio knows every position without the planner.
namespace tidemark::studio::testing {

struct BufferSpec {
    std::string name;
    BufferKind kind;
    std::int64_t bytes;
    std::size_t bank;
    std::int64_t offset;
    std::size_t firstStage, lastStage;          ///< residency, whole stages
    std::vector<std::size_t> writtenIn, readIn; ///< stages
    std::optional<ValueId> value;
};

class PlanBuilder {
public:
    /// A bank; writable unless `readOnly`. The first is the default RAM, the first read-only one
    /// the home of constants.
    PlanBuilder& bank(const std::string& id, std::int64_t capacity, bool readOnly = false);
    PlanBuilder& stage(const std::string& name, std::int64_t rows);
    PlanBuilder& buffer(BufferSpec spec);
    PlanBuilder& stack(std::int64_t bytes);
    Network& network() { return m_network; }
    PlanPtr build() const;

private:
    std::vector<Bank> m_banks;
    Network m_network;
    std::vector<std::int64_t> m_rows; ///< by stage
    std::vector<BufferSpec> m_buffers;
    std::int64_t m_stack = 0;
};

/// LeNet-5 in fp32 as the `liveness` rung places it: input and conv1 in TCM meet at 8,800 bytes,
/// weights in MRAM, resident for ever and read in one stage each.
PlanPtr lenetPlan();

/// `buffers` rectangles in two banks over `stages` stages of four rows, without overlaps.
PlanPtr crowdedPlan(std::size_t stages, std::size_t buffers);

} // namespace tidemark::studio::testing

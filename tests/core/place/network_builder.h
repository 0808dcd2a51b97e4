// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"

#include <memory>
#include <string>
#include <vector>

namespace tidemark::test {

/// Builds networks stage by stage, without weights' values. Activations and weights have `type`.
class NetworkBuilder {
public:
    explicit NetworkBuilder(std::string name, DataType type = DataType::Float32);

    ValueId input(std::int64_t rows, std::int64_t width, std::int64_t channels);
    ValueId conv(const std::string& name, ValueId from, std::int64_t kernel, std::int64_t stride,
                 std::int64_t pad, std::int64_t outChannels);
    /// `pool` fuses a max-pool of that size and stride; `residual` an addition.
    ValueId conv(const std::string& name, ValueId from, const Window& window,
                 std::int64_t outChannels, std::int64_t groups = 1, std::int64_t pool = 0,
                 std::optional<ValueId> residual = std::nullopt);
    ValueId pool(const std::string& name, ValueId from, std::int64_t kernel, std::int64_t stride);
    ValueId fullyConnected(const std::string& name, ValueId from, std::int64_t outputs,
                           bool relu = true);
    ValueId globalAverage(const std::string& name, ValueId from);
    ValueId softmax(const std::string& name, ValueId from);
    ValueId clamp(const std::string& name, ValueId from);
    ValueId add(const std::string& name, ValueId a, ValueId b);
    ValueId join(const std::string& name, const std::vector<ValueId>& from); ///< plan only
    /// The values one after the other, as views of one value: each must be a stage's output.
    ValueId concatRows(const std::string& name, const std::vector<ValueId>& parts);
    /// Rows of a value as a view.
    ValueId slice(const std::string& name, ValueId from, std::int64_t begin, std::int64_t rows);

    void output(ValueId id) { m_network.outputs.push_back(id); }
    const Value& operator[](ValueId id) const { return m_network[id]; }
    std::shared_ptr<const Network> build();

private:
    ValueId value(const std::string& name, std::int64_t rows, std::int64_t width,
                  std::int64_t channels);
    ConstantId constant(const std::string& stage, ConstantRole role, Shape shape);
    void stage(const std::string& name, StageOp op, std::vector<ValueId> inputs,
               std::vector<ValueId> outputs, std::vector<ConstantId> constants, std::int64_t macs);

    DataType m_type;
    Network m_network;
};

} // namespace tidemark::test

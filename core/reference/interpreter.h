// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/result.h"
#include "core/reference/reference_kernels.h"

#include <span>
#include <string>
#include <vector>

namespace tidemark::reference {

/// Runs stage after stage over values that it keeps all. Elements are floats whatever the type:
/// those of an integer value are the numbers it stores.
class Interpreter {
public:
    explicit Interpreter(const Network& network)
        : m_network(network), m_values(network.values.size())
    {
    }

    Status setInputs(std::span<const std::vector<float>> inputs);
    Status run(const Stage& stage);
    std::vector<std::vector<float>> takeValues();

    // One per StageOp; called by run().
    Status operator()(const ConvOp& op);
    Status operator()(const MaxPoolOp& op);
    Status operator()(const AveragePoolOp& op);
    Status operator()(const ReduceOp& op);
    Status operator()(const FullyConnectedOp& op);
    Status operator()(const MatMulOp& op);
    Status operator()(const ClampOp& op);
    Status operator()(const UnaryOp& op);
    Status operator()(const PReluOp& op);
    Status operator()(const SoftmaxOp& op);
    Status operator()(const BinaryOp& op);
    Status operator()(const ConcatOp& op);
    Status operator()(const PadOp& op);
    Status operator()(const RearrangeOp& op);
    Status operator()(const ResizeOp& op);
    Status operator()(const ArgMaxOp& op);
    Status operator()(const PlanOnlyOp& op);

private:
    struct Operand {
        std::vector<float> elements; ///< of the output's extents
        std::optional<Quantization> quantization;
    };

    const Value& in(std::size_t i = 0) const { return m_network[m_stage->inputs[i]]; }
    const Value& out() const { return m_network[m_stage->outputs[0]]; }
    const std::vector<float>& input(std::size_t i = 0) { return value(m_stage->inputs[i]); }
    std::vector<float>& output() { return m_values[m_stage->outputs[0].index()]; }
    const std::vector<float>& value(ValueId id);
    void clampStored(const Activation& activation);
    bool isInt8() const { return out().type == DataType::Int8; }
    Status checkTypes() const;
    Diagnostic error(const std::string& what, const std::string& mend) const;
    Result<std::vector<float>> numbersOf(std::optional<ConstantId> id) const;
    Result<Operand> operandOf(const BinaryOp& op, bool first);
    void multiplyRows(std::span<const float> weights, std::span<const float> bias,
                      std::int64_t inputs);

    // int8: interpreter_int8.cpp.
    void convolveInt8(const ConvOp& op, std::span<const float> weights,
                      std::span<const float> bias);
    void averageInt8(const AveragePoolOp& op);
    void reduceInt8(const ReduceOp& op);
    void multiplyInt8(std::span<const float> weights, std::span<const float> bias,
                      std::int64_t inputs, const std::optional<Quantization>& factor,
                      const Activation& activation);
    void lookup(const StageOp& op);
    void preluInt8(const PReluOp& op, std::span<const float> slopes);
    Status softmaxInt8(const SoftmaxOp& op);
    void binaryInt8(const BinaryOp& op, const Operand& a, const Operand& b);
    /// a + b, or a - b, requantised.
    std::vector<float> sumInt8(const Operand& a, const Operand& b, bool subtract,
                               const Activation& activation) const;

    const Network& m_network;
    std::vector<std::vector<float>> m_values;
    const Stage* m_stage = nullptr;
};

} // namespace tidemark::reference

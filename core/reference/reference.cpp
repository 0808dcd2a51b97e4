// SPDX-License-Identifier: Apache-2.0
#include "core/reference/reference.h"

#include "core/reference/reference_kernels.h"

#include <cstring>
#include <utility>

namespace tidemark {

namespace {

using reference::Extents;

Extents extentsOf(const Value& value)
{
    return {value.rows, value.width, value.channels};
}

/// Runs stage after stage over values that it keeps all.
class Interpreter {
public:
    explicit Interpreter(const Network& network)
        : m_network(network), m_values(network.values.size())
    {
    }

    Status setInputs(std::span<const std::vector<float>> inputs);
    Status run(const Stage& stage);
    std::vector<std::vector<float>> takeValues() { return std::move(m_values); }

    // One per StageOp; called by run().
    Status operator()(const ConvOp& op);
    Status operator()(const MaxPoolOp& op);
    Status operator()(const FullyConnectedOp& op);
    Status operator()(const ClampOp& op);
    /// Everything else cannot be run.
    template <class Op> Status operator()(const Op&)
    {
        return error("(" + m_stage->kindText() + ") is plan only: there is no kernel for it yet",
                     "plan and draw this model, or replace the operator");
    }

private:
    Result<std::vector<float>> floatsOf(std::optional<ConstantId> id) const;
    const Value& in() const { return m_network[m_stage->inputs[0]]; }
    const Value& out() const { return m_network[m_stage->outputs[0]]; }
    const std::vector<float>& input() const { return m_values[m_stage->inputs[0].index()]; }
    std::vector<float>& output() { return m_values[m_stage->outputs[0].index()]; }
    Diagnostic error(const std::string& what, const std::string& mend) const
    {
        return {ErrorKind::BadInput, "stage '" + m_stage->name + "' " + what, "", mend};
    }

    const Network& m_network;
    std::vector<std::vector<float>> m_values;
    const Stage* m_stage = nullptr;
};

Status Interpreter::setInputs(std::span<const std::vector<float>> inputs)
{
    if (inputs.size() != m_network.inputs.size()) {
        return Diagnostic{ErrorKind::BadInput,
                          "the network takes " + std::to_string(m_network.inputs.size()) +
                              " inputs, not " + std::to_string(inputs.size()),
                          "", "give every input"};
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const Value& value = m_network[m_network.inputs[i]];
        if (static_cast<std::int64_t>(inputs[i].size()) != value.elements()) {
            return Diagnostic{ErrorKind::BadInput,
                              "input '" + printable(value.name) + "' takes " +
                                  std::to_string(value.elements()) + " elements, not " +
                                  std::to_string(inputs[i].size()),
                              "", "give it in the shape of the model"};
        }
        m_values[m_network.inputs[i].index()] = inputs[i];
    }
    return Done{};
}

Status Interpreter::run(const Stage& stage)
{
    m_stage = &stage;
    for (const auto* ids : {&stage.inputs, &stage.outputs}) {
        for (const ValueId id : *ids) {
            if (!stage.isPlanOnly() && m_network[id].type != DataType::Float32) {
                return error("works on " + std::string(toString(m_network[id].type)),
                             "only fp32 networks can be run here");
            }
        }
    }
    if (!stage.isPlanOnly()) {
        output().resize(static_cast<std::size_t>(out().elements()));
    }
    return std::visit(*this, stage.op);
}

/// Elements of a constant, none if there is no id.
Result<std::vector<float>> Interpreter::floatsOf(std::optional<ConstantId> id) const
{
    if (!id) {
        return std::vector<float>{};
    }
    const Constant& constant = m_network[*id];
    const auto bytes = constant.data.bytes();
    const std::string name = "'" + printable(constant.name) + "'";
    if (constant.type != DataType::Float32) {
        return error("has " + std::string(toString(constant.type)) + " weights " + name,
                     "only fp32 networks can be run here");
    }
    if (static_cast<std::int64_t>(bytes.size()) != constant.bytes().count()) {
        return error("has no data for its weights " + name,
                     "put the file that holds them beside the model");
    }
    std::vector<float> floats(bytes.size() / sizeof(float));
    if (!floats.empty()) {
        std::memcpy(floats.data(), bytes.data(), bytes.size());
    }
    return floats;
}

Status Interpreter::operator()(const ConvOp& op)
{
    const auto weights = floatsOf(op.weights);
    const auto bias = floatsOf(op.bias);
    if (!weights || !bias) {
        return weights ? bias.error() : weights.error();
    }
    if (!op.pool) {
        reference::convolve(op, *weights, *bias, extentsOf(in()), input(), extentsOf(out()),
                            output());
        reference::clamp(op.activation, output());
        return Done{};
    }
    const Extents conv{op.convRows, op.convWidth, out().channels};
    std::vector<float> rows(static_cast<std::size_t>(conv.rows * conv.width * conv.channels));
    reference::convolve(op, *weights, *bias, extentsOf(in()), input(), conv, rows);
    reference::clamp(op.activation, rows);
    reference::maxPool(*op.pool, conv, rows, extentsOf(out()), output());
    return Done{};
}

Status Interpreter::operator()(const MaxPoolOp& op)
{
    reference::maxPool(op.window, extentsOf(in()), input(), extentsOf(out()), output());
    return Done{};
}

Status Interpreter::operator()(const FullyConnectedOp& op)
{
    const auto weights = floatsOf(op.weights);
    const auto bias = floatsOf(op.bias);
    if (!weights || !bias) {
        return weights ? bias.error() : weights.error();
    }
    reference::multiply(*weights, *bias, input(), output());
    reference::clamp(op.activation, output());
    return Done{};
}

Status Interpreter::operator()(const ClampOp& op)
{
    output() = input();
    reference::clamp(op.activation, output());
    return Done{};
}

} // namespace

Result<std::vector<std::vector<float>>> runReference(const Network& network,
                                                     std::span<const std::vector<float>> inputs)
{
    Interpreter interpreter(network);
    if (const Status status = interpreter.setInputs(inputs); !status) {
        return status.error();
    }
    for (const Stage& stage : network.stages) {
        if (const Status status = interpreter.run(stage); !status) {
            return status.error();
        }
    }
    return interpreter.takeValues();
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/execute/kernel_call.h"
#include "core/lower/fixed_point.h"
#include "core/model/diagnostic.h"

#include <initializer_list>
#include <limits>
#include <string>

namespace tidemark {

/// Makes the call of one stage, or the reason why there is none. Used by kernelCall() alone.
class CallMaker {
public:
    CallMaker(const Network& network, const Stage& stage, KernelForm form)
        : m_network(network), m_stage(stage), m_form(form)
    {
    }

    Result<KernelCall> make();

private:
    // Sizes and reasons: call_maker.cpp.
    const Value& in(std::size_t i = 0) const { return m_network[m_stage.inputs[i]]; }
    const Value& out() const { return m_network[m_stage.outputs.front()]; }
    bool isInt8() const { return out().type == DataType::Int8; }
    Diagnostic problem(std::string what, std::string mend) const;
    Diagnostic contradiction(const std::string& what) const;
    Diagnostic noKernel() const;
    Status checkArity() const;
    Status checkValue(const Value& value) const;
    /// All inputs and the output are fp32, or all are int8.
    Status checkTypes() const;
    /// Sums of so many int8 elements, less a zero point each, fit 32 bits.
    Status checkSum(std::int64_t elements) const;

    /// Appends a constant of the params; nothing for one that is left out.
    Status addConstant(std::optional<ConstantId> id, DataType type, std::int64_t elements);
    /// The stage's next kernel table.
    Status addTable(DataType type, std::int64_t elements);
    Result<ConstantId> nextTable(DataType type, std::int64_t elements);
    Status checkConstant(ConstantId id, DataType type, std::int64_t elements) const;
    Status addWeights(ConstantId weights, std::int64_t weightElements,
                      std::optional<ConstantId> bias, std::int64_t outputs);
    /// Requantise records, one or one for each output; sets how far apart they are.
    Status addScales(std::int64_t outputs, std::int32_t& step);

    /// Input i: `count` rows from row * step - top.
    Status addInput(std::size_t i, std::int64_t count = 1, std::int64_t step = 1,
                    std::int64_t top = 0);
    Status addInput(std::size_t i, std::int64_t count, std::vector<std::int32_t> tops);
    Status addRows(std::variant<ValueId, ConstantId> source, RowWindow window);
    Status addWhole(std::size_t i) { return addInput(i, in(i).rows, 0, 0); }
    /// A table whose row r belongs to output row r.
    Status addRecord(DataType type, std::int64_t elementsPerRow);

    // calls_window.cpp
    Status fill(const ConvOp& op);
    Status fill(const MaxPoolOp& op);
    Status fill(const AveragePoolOp& op);
    template <class P> static void setWindow(P& params, const Window& window);
    template <class P> void setConv(P& params, const ConvOp& op) const;
    template <class P> void setPool(P& params, const Window& window) const;
    Status checkConv(const ConvOp& op) const;
    Status checkPool(const Window& window) const;
    Status addConvInputs(const ConvOp& op);
    tm_add_s8_scales sumFields(const std::optional<Quantization>& a,
                               const std::optional<Quantization>& b,
                               const Activation& activation) const;
    // calls_product.cpp
    Status fill(const ReduceOp& op);
    Status fill(const FullyConnectedOp& op);
    Status fill(const MatMulOp& op);
    Status fill(const SoftmaxOp& op);
    template <class P> void setReduction(P& params, const ReduceOp& op) const;
    // calls_elementwise.cpp
    Status fill(const ClampOp& op);
    Status fill(const UnaryOp& op);
    Status fill(const PReluOp& op);
    Status fill(const BinaryOp& op);
    Status checkSameShape() const;
    Status fillLookup();
    Status fillCast();
    // calls_move.cpp
    Status fill(const ConcatOp& op);
    Status fill(const PadOp& op);
    Status fill(const RearrangeOp& op);
    Status fill(const ResizeOp& op);
    Status fill(const ArgMaxOp& op);
    Status fill(const PlanOnlyOp& op);

    template <class P> void setParams(std::string_view kernel, const P& params)
    {
        m_call.kernel = kernel;
        m_call.params = params;
    }

    const Network& m_network;
    const Stage& m_stage;
    KernelForm m_form;
    KernelCall m_call;
    std::size_t m_tables = 0; ///< how many of the stage's tables are taken
};

namespace calls {

constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
/// Rows under one window: their addresses are a table on the stack of whoever calls the kernel.
constexpr std::int64_t kTallestWindow = 4096;

/// Only after a check against kLargest.
inline std::int32_t narrow(std::int64_t value)
{
    return static_cast<std::int32_t>(value);
}

/// The first failure, or success.
inline Status firstError(std::initializer_list<Status> statuses)
{
    for (const Status& status : statuses) {
        if (!status) {
            return status;
        }
    }
    return Done{};
}

} // namespace calls

} // namespace tidemark

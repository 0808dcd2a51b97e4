// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/constant_pool.h"
#include "core/lower/element_order.h"
#include "core/lower/live_graph.h"
#include "core/lower/network.h"
#include "core/lower/quantized_form.h"
#include "core/model/model.h"
#include "core/model/result.h"

#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

namespace tidemark {

/// Where a tensor's elements are: a value, and the order of the elements in it. Of a network input
/// that no stage has read yet the order is that of the file; the first reader settles how the input
/// lies in memory.
struct TensorView {
    ValueId value;
    ElementOrder order;
};

/// Who makes a value (nobody, if it is a network input), and the tensor that it was made for.
struct Origin {
    StageId stage;
    TensorId tensor;
};

/// Builds the network operator by operator. A stage takes its bias and activation with it as it is
/// made, so that its one output value is what the last of them writes.
///
/// Reshapes and transposes make no stage: they only change the view through which a tensor is seen.
/// An operator that needs another order than its input has gets a RearrangeOp in front; so
/// transposes there and back cancel out.
class Lowering {
public:
    explicit Lowering(const QuantizedForm& form)
        : m_form(form), m_model(form.model), m_graph(m_model), m_constants(m_model),
          m_views(m_model.tensors.size()), m_done(m_model.operators.size()),
          m_pads(m_model.tensors.size()), m_hasSequences(findSequences(m_model)),
          m_channelsLast(m_model.layout == Layout::ChannelsLast)
    {
    }

    Result<Network> run();

private:
    // lower.cpp: the walk over the operators
    static bool findSequences(const Model& model);
    Status checkShapes(const Operator& op) const;
    Status lowerOperator(OperatorId id);
    bool givesFirstOutputOnly(const Operator& op) const;
    bool lowerKnown(OperatorId id);
    void lowerPlanOnly(OperatorId id);
    Status addOutputs();
    ValueId outputValue(TensorId output);
    bool isKnownOtherwise(ValueId id, const Shape& shape, bool channelsLast) const;
    ValueId copied(ValueId from, ValueId to);
    ValueId unsignedTwin(TensorId id, const Geometry& geometry, StageId maker);
    void addUnsignedInput(TensorId input);
    bool typesFit(const Operator& op);
    /// Says why an operator is planned only; always false, for `return planOnly(...)`.
    bool planOnly(std::string reason);
    bool needsImage(TensorId id);
    bool needsConstant(TensorId id, const char* role);

    // lower_layout.cpp: views
    const TensorView& viewOf(TensorId id) { return *m_views[m_graph.resolve(id).index()]; }
    void setView(TensorId id, TensorView view);
    ElementLayout layoutOf(TensorId id);
    AxisPlan naturalPlan(const Shape& shape) const;
    bool isImage(TensorId id) const;
    template <class Accepts>
    std::optional<AxisPlan> choosePlan(TensorId id, const Shape& shape, const Accepts& accepts);
    std::vector<AxisPlan> planCandidates(TensorId id, const Shape& shape);
    std::optional<ValueId> read(TensorId id, const ElementLayout& wanted);
    std::optional<ValueId> readAs(TensorId id, const Shape& from, const Shape& to,
                                  const AxisPlan& plan);
    ValueId readAnyhow(TensorId id);
    void settle(ValueId input, const ElementLayout& layout);
    bool settleAs(const TensorView& view, const ElementLayout& wanted);
    std::optional<ValueId> rearranged(TensorId id, const ElementLayout& wanted,
                                      const ElementOrder& from);
    bool isUnsettled(ValueId value) const
    {
        return value.index() < m_unsettled.size() && m_unsettled[value.index()];
    }

    // lower_products.cpp
    bool lowerConv(OperatorId id);
    bool lowerGemm(OperatorId id);
    bool lowerMatMul(OperatorId id);
    struct FullyConnected {
        TensorId input, weights;
        std::optional<TensorId> bias;
        bool outputsFirst = false; ///< weights are outputs x inputs
        float scale = 1, biasScale = 1;
    };
    bool lowerFullyConnected(OperatorId id, const FullyConnected& fc);
    bool lowerRowProduct(OperatorId id, const FullyConnected& fc);
    bool lowerProduct(OperatorId id, TensorId a, TensorId b, bool transposeB);
    bool lowerBatchedProduct(OperatorId id, TensorId a, TensorId b);
    struct Matrices {
        std::int64_t count, rows, columns;
    };
    ValueId matrixOf(OperatorId id, TensorId like, ValueId all, const Matrices& matrices,
                     std::int64_t number);

    // lower_affine.cpp: what follows a product and goes into its weights and bias
    struct Parameters {
        TensorId weights;
        Gather gather;
        Shape shape; ///< outputs first
        std::optional<TensorId> bias;
        float biasScale = 1;
        bool alongAxis1 = false; ///< channels are axis 1 of the result, not the last one
    };
    struct Fused {
        ConstantId weights;
        std::optional<ConstantId> bias;
    };
    Fused takeParameters(Stage& stage, const Parameters& parameters);
    struct Affine {
        std::vector<double> scale, shift; ///< per output
        std::vector<OperatorId> operators;
        bool hasData = true;
        bool scales = false;
    };
    Affine takeAffine(Stage& stage, const Parameters& parameters);
    bool addAffine(Affine& affine, const Operator& op, TensorId result, bool alongAxis1) const;
    std::optional<std::vector<double>> perChannel(TensorId constant, TensorId result,
                                                  std::size_t outputs, bool alongAxis1) const;
    bool isBias(TensorId bias, std::int64_t outputs) const;
    ConstantId addBias(TensorId bias, std::int64_t outputs, float scale);
    std::optional<ConstantId> takeBias(Stage& stage, const Parameters& parameters);
    Activation takeActivations(Stage& stage);

    // lower_windows.cpp
    bool lowerMaxPool(OperatorId id);
    bool lowerAveragePool(OperatorId id);
    ValueId withZeros(OperatorId id, ValueId image, TensorId like, const Window& pads);
    bool lowerGlobalPool(OperatorId id, Reduction kind);
    bool lowerReduce(OperatorId id, Reduction kind);
    bool reduce(OperatorId id, const std::vector<bool>& reduced, Reduction kind, bool roundsMean);
    bool lowerArg(OperatorId id, bool smallest);
    bool lowerSoftmax(OperatorId id);
    bool lowerResize(OperatorId id);

    // lower_elementwise.cpp
    bool lowerClamp(OperatorId id);
    bool lowerUnary(OperatorId id, UnaryFunction function);
    bool lowerPow(OperatorId id);
    bool lowerPRelu(OperatorId id);
    bool lowerBatchNorm(OperatorId id);
    bool lowerBinary(OperatorId id, BinaryFunction function);
    bool lowerJoint(OperatorId id, BinaryFunction function);
    /// How an elementwise stage sees its operands: one of them, and the result, have shape `made`.
    struct JointPlan {
        AxisPlan plan;
        Shape main, made;
        bool isFlattened = false;
    };
    /// The other operand of a binary stage: a value or a constant.
    struct Operand {
        std::optional<ValueId> value;
        std::optional<ConstantId> constant;
    };
    JointPlan jointPlan(TensorId main, std::span<const TensorId> others, const Shape& result);
    std::optional<Operand> readOperand(TensorId id, const JointPlan& joint);

    // lower_rearrange.cpp
    bool lowerView(OperatorId id);
    bool lowerTranspose(OperatorId id);
    bool lowerBlocks(OperatorId id, bool toDepth);
    bool lowerSlice(OperatorId id);
    bool lowerGather(OperatorId id);
    bool lowerSplit(OperatorId id);
    bool lowerExpand(OperatorId id);
    bool lowerConcat(OperatorId id);
    bool lowerPad(OperatorId id);
    bool cut(OperatorId id, TensorId input, TensorId output, const SliceRegion& region);
    bool view(OperatorId id, TensorId input, const Shape& shape,
              std::span<const std::size_t> permutation);

    bool isConstant(TensorId id) const { return m_model[m_graph.resolve(id)].constant.has_value(); }
    bool isFloat(TensorId id) const { return m_model[id].type == DataType::Float32; }
    bool isNumber(TensorId id) const;
    bool isActivation(TensorId id) const { return !isConstant(id) && isNumber(id); }
    const Shape& shapeOf(TensorId id) const { return *m_model[id].shape; }
    ValueId newValue(TensorId like, const Geometry& geometry, StageId maker);
    static void noteOrder(Value& value, const ElementOrder& order);
    ValueId addValue(TensorId id, const ElementLayout& layout, StageId maker = {});
    Stage begin(OperatorId id, std::vector<ValueId> inputs) const;
    TensorId lastTensor(const Stage& stage) const;
    void finish(Stage stage, const ElementLayout& layout);
    StageId nextStage() const { return StageId(m_network.stages.size()); }
    Stage* stageMaking(ValueId value);

    const QuantizedForm& m_form;
    const Model& m_model;
    LiveGraph m_graph;
    ConstantPool m_constants;
    Network m_network;
    std::vector<std::optional<TensorView>> m_views; ///< by resolved tensor
    std::vector<Origin> m_origins;                  ///< by value
    std::vector<bool> m_done;                       ///< operators that a stage took with it
    /// Padding that the only reader of a tensor, a window, takes with it: by padded tensor.
    struct FoldedPad {
        OperatorId pad;
        Window window; ///< its pads only
    };
    std::vector<std::optional<FoldedPad>> m_pads;
    std::string m_reason;                      ///< why the operator at hand is planned only
    std::vector<bool> m_unsettled;             ///< by value: network inputs nobody read yet
    std::map<ValueId, ElementOrder> m_settled; ///< network inputs: file order -> memory
    using RearrangeKey = std::tuple<ValueId, std::vector<std::int64_t>, std::vector<std::int64_t>,
                                    std::int64_t, std::int64_t>;
    std::map<RearrangeKey, ValueId> m_rearranged;
    /// Batch x channels x length tensors run along rows; only models with 1-D windows have them.
    bool m_hasSequences;
    bool m_channelsLast;
};

/// The first plan that the operator can work with, preferring those the tensor lies in already.
template <class Accepts>
std::optional<AxisPlan> Lowering::choosePlan(TensorId id, const Shape& shape,
                                             const Accepts& accepts)
{
    for (const AxisPlan& plan : planCandidates(id, shape)) {
        if (accepts(plan)) {
            return plan;
        }
    }
    return std::nullopt;
}

} // namespace tidemark

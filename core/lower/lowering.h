// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/constant_pool.h"
#include "core/lower/live_graph.h"
#include "core/lower/network.h"
#include "core/model/model.h"
#include "core/model/result.h"

#include <optional>
#include <vector>

namespace tidemark {

/// Rows, width and channels of a value.
struct Geometry {
    std::int64_t rows = 1, width = 1, channels = 1;
    bool operator==(const Geometry&) const = default;
};

inline Geometry geometryOf(const Value& value)
{
    return {value.rows, value.width, value.channels};
}

/// Who makes a value (nobody, if it is a network input), and the tensor that it was made for.
struct Origin {
    StageId stage;
    TensorId tensor;
};

/// Builds the network operator by operator. A stage takes its bias and activation with it as it is
/// made, so that its one output value is what the last of them writes.
///
/// Order in memory: the elements of a value, taken channel by channel, are the elements of its
/// model tensor in the file's order. Views keep that true, so they need no stage.
class Lowering {
public:
    explicit Lowering(const Model& model)
        : m_model(model), m_graph(model), m_constants(model), m_values(model.tensors.size()),
          m_done(model.operators.size()), m_hasSequences(findSequences(model))
    {
    }

    Result<Network> run();

private:
    static bool findSequences(const Model& model);
    Status checkShapes(const Operator& op) const;
    Status lowerOperator(OperatorId id);
    bool givesFirstOutputOnly(const Operator& op) const;
    bool lowerKnown(OperatorId id);

    bool lowerConv(OperatorId id);
    bool lowerGemm(OperatorId id);
    bool lowerMatMul(OperatorId id);
    bool lowerMaxPool(OperatorId id);
    bool lowerClamp(OperatorId id);
    bool lowerView(OperatorId id);
    void lowerPlanOnly(OperatorId id);

    struct FullyConnected {
        TensorId input, weights;
        std::optional<TensorId> bias;
        bool outputsFirst = false; ///< weights are outputs x inputs
        float scale = 1, biasScale = 1;
    };
    bool lowerFullyConnected(OperatorId id, const FullyConnected& fc);
    std::optional<ConstantId> addBias(TensorId bias, std::int64_t outputs, float scale);
    std::optional<ConstantId> takeBias(Stage& stage, std::int64_t outputs, bool perChannel);
    Activation takeActivations(Stage& stage);

    bool isConstant(TensorId id) const { return m_model[m_graph.resolve(id)].constant.has_value(); }
    bool isFloat(TensorId id) const { return m_model[id].type == DataType::Float32; }
    const Shape& shapeOf(TensorId id) const { return *m_model[id].shape; }
    Geometry imageGeometry(const Shape& shape) const;
    ValueId valueOf(TensorId id) const { return *m_values[m_graph.resolve(id).index()]; }
    ValueId addValue(TensorId id, const Geometry& geometry, StageId maker = {});
    bool readsImage(TensorId id) const;
    Stage begin(OperatorId id, std::vector<ValueId> inputs) const;
    TensorId lastTensor(const Stage& stage) const;
    void finish(Stage stage, const Geometry& geometry);
    StageId nextStage() const { return StageId(m_network.stages.size()); }
    Stage* stageMaking(ValueId value);
    void nameOutputs();

    const Model& m_model;
    LiveGraph m_graph;
    ConstantPool m_constants;
    Network m_network;
    std::vector<std::optional<ValueId>> m_values; ///< by resolved tensor
    std::vector<Origin> m_origins;                ///< by value
    std::vector<bool> m_done;                     ///< operators that a stage took with it
    /// Batch x channels x length tensors run along rows; only models with 1-D windows have them.
    bool m_hasSequences;
};

} // namespace tidemark

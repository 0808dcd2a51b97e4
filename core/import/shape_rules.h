// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"
#include "core/model/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// Type of a tensor as far as it is known.
struct TensorType {
    std::optional<Shape> shape;
    DataType type = DataType::Float32;
};

/// What a shape rule sees of its operator: the operator itself (whose attributes it may resolve),
/// and shapes, types and constant elements of its inputs. A rule runs only when the operator has as
/// many inputs as the table asks for and the shape of every input is known.
class ShapeContext {
public:
    ShapeContext(const Model& model, Operator& op) : m_model(model), m_op(op) {}

    Operator& op() const { return m_op; }
    std::size_t inputs() const { return m_op.inputs.size(); }
    bool has(std::size_t input) const { return input < inputs() && m_op.inputs[input]; }
    const Shape& shape(std::size_t input) const { return *tensor(input).shape; }
    std::size_t rank(std::size_t input) const { return shape(input).size(); }
    DataType type(std::size_t input) const { return tensor(input).type; }
    bool channelsLast() const { return m_model.layout == Layout::ChannelsLast; }
    /// Axis of an image's channels, and of its height; width comes after that.
    std::size_t channelAxis() const { return channelsLast() ? rank(0) - 1 : 1; }
    std::size_t heightAxis() const { return channelsLast() ? 1 : 2; }
    bool isConstant(std::size_t input) const { return has(input) && tensor(input).constant; }
    const Tensor& tensor(std::size_t input) const { return m_model[*m_op.inputs[input]]; }
    /// Elements of a constant input, nothing if it is left out, computed, or without data.
    std::optional<std::vector<std::int64_t>> integers(std::size_t input) const;
    std::optional<std::vector<double>> reals(std::size_t input) const;

    /// An error whose message begins with the operator's name.
    Diagnostic error(const std::string& what, const std::string& mend) const;

private:
    const Model& m_model;
    Operator& m_op;
};

/// Types of the operator's outputs, from the first on; outputs it does not speak of stay unknown.
using Inferred = Result<std::vector<TensorType>>;
using ShapeRule = Inferred (*)(const ShapeContext&);

// Windows (shape_rules_window.cpp)
Inferred inferConv(const ShapeContext& context);
Inferred inferConvTranspose(const ShapeContext& context);
Inferred inferPool(const ShapeContext& context);
Inferred inferGlobalPool(const ShapeContext& context);
/// A convolution whose weights and optional bias are these inputs.
Inferred inferConvolution(const ShapeContext& context, std::size_t weights, std::size_t bias);
// Products (shape_rules_product.cpp)
Inferred inferGemm(const ShapeContext& context);
Inferred inferMatMul(const ShapeContext& context);
/// Input 0 times input `right`.
Inferred inferProduct(const ShapeContext& context, std::size_t right, DataType type);
// Element by element (shape_rules_elementwise.cpp)
Inferred inferSame(const ShapeContext& context);
Inferred inferSameAsBool(const ShapeContext& context);
Inferred inferDropout(const ShapeContext& context);
Inferred inferClip(const ShapeContext& context);
Inferred inferCast(const ShapeContext& context);
Inferred inferBroadcast(const ShapeContext& context);
Inferred inferComparison(const ShapeContext& context);
Inferred inferWhere(const ShapeContext& context);
// Views (shape_rules_view.cpp)
Inferred inferFlatten(const ShapeContext& context);
Inferred inferReshape(const ShapeContext& context);
Inferred inferSqueeze(const ShapeContext& context);
Inferred inferUnsqueeze(const ShapeContext& context);
// Elements elsewhere (shape_rules_rearrange.cpp)
Inferred inferTranspose(const ShapeContext& context);
Inferred inferConcat(const ShapeContext& context);
Inferred inferSplit(const ShapeContext& context);
Inferred inferSlice(const ShapeContext& context);
Inferred inferGather(const ShapeContext& context);
Inferred inferGatherElements(const ShapeContext& context);
Inferred inferExpand(const ShapeContext& context);
Inferred inferTile(const ShapeContext& context);
Inferred inferPad(const ShapeContext& context);
Inferred inferResize(const ShapeContext& context);
Inferred inferDepthToSpace(const ShapeContext& context);
Inferred inferSpaceToDepth(const ShapeContext& context);
// Reductions (shape_rules_reduce.cpp)
Inferred inferReduce(const ShapeContext& context);
Inferred inferArg(const ShapeContext& context);
Inferred inferTopK(const ShapeContext& context);
// Quantised arithmetic (shape_rules_quantized.cpp)
Inferred inferQuantize(const ShapeContext& context);
Inferred inferDequantize(const ShapeContext& context);
Inferred inferDynamicQuantize(const ShapeContext& context);
Inferred inferQLinearConv(const ShapeContext& context);
Inferred inferConvInteger(const ShapeContext& context);
Inferred inferQLinearMatMul(const ShapeContext& context);
Inferred inferMatMulInteger(const ShapeContext& context);
// Recurrent networks (shape_rules_recurrent.cpp)
Inferred inferRecurrent(const ShapeContext& context);
// Shapes as numbers (shape_rules_elementwise.cpp)
Inferred inferShapeOf(const ShapeContext& context);
Inferred inferSize(const ShapeContext& context);
Inferred inferFill(const ShapeContext& context);

/// `axis` of a tensor of rank `rank`, counted from the end when negative; nothing outside.
std::optional<std::size_t> resolveAxis(std::int64_t axis, std::size_t rank);
/// Shape of a and b broadcast together as NumPy does; nothing when they do not go together.
std::optional<Shape> broadcast(const Shape& a, const Shape& b);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/stage_ops.h"
#include "core/model/bytes.h"
#include "core/model/ids.h"
#include "core/model/operator.h"
#include "core/model/tensor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidemark {

/// Where a view lies: `elementOffset` elements into another value, which is no view itself.
struct Storage {
    ValueId base;
    std::int64_t elementOffset = 0;

    bool operator==(const Storage&) const = default;
};

/// An activation of the lowered graph: NHWC, batch 1, seen as `rows` rows of width x channels
/// elements. A 1-D tensor is one row of width 1. Tensors that are not images (plan only) are
/// one row too.
struct Value {
    std::string name; ///< of the model tensor: untrusted
    DataType type = DataType::Float32;
    std::int64_t rows = 1, width = 1, channels = 1;
    std::optional<Quantization> quantization;
    /// Shape of the tensor in the model's file; layout.h turns elements from its order into rows
    /// and back. Empty for values inside whose elements lie in yet another order.
    Shape modelShape;
    /// Set for a view: it has no bytes of its own but is a contiguous part of another value. A
    /// part that is read (split, slice of leading rows) or one that is written (an input of a
    /// concat along rows). No stage copies it. Its type and quantization are its base's.
    std::optional<Storage> storage = std::nullopt;
    /// The model's file has the elements in the order they have in memory, not channel by channel.
    bool modelChannelsLast = false;

    std::int64_t rowElements() const { return width * channels; }
    std::int64_t elements() const { return rows * rowElements(); }
    Bytes rowBytes() const { return elementBytes(type) * rowElements(); }
    Bytes bytes() const { return elementBytes(type) * elements(); }
};

enum class ConstantRole { Weights, Bias, Operand, Table };

/// A weight tensor in the layout its kernel reads: convolution O,kH,kW,I/groups; fully connected
/// O,I with I in the NHWC order of the stage's input; bias O; the operand of an elementwise stage
/// rows,width,channels. A table (requantise records, values of a function) is made by Tidemark for
/// a kernel and is no parameter of the model.
struct Constant {
    std::string name; ///< of the model tensor: untrusted
    ConstantRole role = ConstantRole::Weights;
    DataType type = DataType::Float32;
    Shape shape;
    std::optional<Quantization> quantization;
    /// Empty when the model came without weights (accounting still works).
    ConstantData data;

    Bytes bytes() const { return elementBytes(type) * elementCount(shape).value_or(0); }
};

/// One kernel call as it will run: an operator with its fused neighbours.
struct Stage {
    std::string name; ///< short and unique in the network ("conv1"): untrusted characters removed
    StageOp op;
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs; ///< one, except for some plan-only operators
    std::vector<ConstantId> constants;
    std::int64_t macs = 0;
    std::vector<OperatorId> operators; ///< the model operators it stands for
    /// Why it is not what its file makes one expect ("it computes in float: ..."), safe to print.
    std::string note = {};

    bool isPlanOnly() const { return std::holds_alternative<PlanOnlyOp>(op); }
    /// "conv+relu+maxpool", "fully connected+relu", or the file's name of a plan-only operator.
    std::string kindText() const;
};

/// The lowered graph. Stages are in a topological order; ids index the vectors. Immutable once
/// made and shared by every plan of it.
struct Network {
    std::string modelName;
    std::vector<Value> values;
    std::vector<Constant> constants;
    std::vector<Stage> stages;
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs;

    const Value& operator[](ValueId id) const { return values[id.index()]; }
    const Constant& operator[](ConstantId id) const { return constants[id.index()]; }
    const Stage& operator[](StageId id) const { return stages[id.index()]; }

    std::int64_t macs() const;
    std::int64_t parameters() const; ///< elements of all constants but tables
    Bytes parameterBytes() const;
};

/// Half-open range of rows of a Value.
struct RowRange {
    std::int64_t begin = 0, end = 0;
    std::int64_t size() const { return end - begin; }
    bool operator==(const RowRange&) const = default;
};

/// Rows of input `inputIndex` that `stage` reads to make output row `outputRow` (pads cut off):
/// the smallest range that holds them all.
RowRange inputRows(const Network& network, const Stage& stage, std::size_t inputIndex,
                   std::int64_t outputRow);

} // namespace tidemark

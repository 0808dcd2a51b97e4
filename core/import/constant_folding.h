// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/shape_rules.h"

namespace tidemark {

/// The data of output 0, whose type is `output`, when everything it depends on is constant; nothing
/// when it is not, or when folding would make it unreasonably large. Data that is not there
/// (weights left out) folds to data that is not there.
using FoldRule = std::optional<ConstantData> (*)(const ShapeContext& context,
                                                 const TensorType& output);

using Folded = std::optional<ConstantData>;

Folded foldView(const ShapeContext& context, const TensorType& output);
Folded foldTranspose(const ShapeContext& context, const TensorType& output);
Folded foldSlice(const ShapeContext& context, const TensorType& output);
Folded foldExpand(const ShapeContext& context, const TensorType& output);
Folded foldGather(const ShapeContext& context, const TensorType& output);
Folded foldConcat(const ShapeContext& context, const TensorType& output);
Folded foldShapeOf(const ShapeContext& context, const TensorType& output);
Folded foldSize(const ShapeContext& context, const TensorType& output);
Folded foldFill(const ShapeContext& context, const TensorType& output);
// Arithmetic, of short tensors only: what computes shapes.
Folded foldCast(const ShapeContext& context, const TensorType& output);
Folded foldAdd(const ShapeContext& context, const TensorType& output);
Folded foldSub(const ShapeContext& context, const TensorType& output);
Folded foldMul(const ShapeContext& context, const TensorType& output);
Folded foldDiv(const ShapeContext& context, const TensorType& output);
Folded foldEqual(const ShapeContext& context, const TensorType& output);
Folded foldWhere(const ShapeContext& context, const TensorType& output);

} // namespace tidemark

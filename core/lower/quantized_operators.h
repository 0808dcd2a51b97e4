// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"

namespace tidemark {

/// A convolution or matrix product: input, weights, and perhaps a bias.
bool isProduct(OperatorKind kind);
/// Operators whose result is made of elements of input 0, so that it is quantised as the input is.
/// A clamp is one: its limits are of the same scale.
bool movesElements(OperatorKind kind);
/// Operators that can compute on int8 tensors, given the right neighbours.
bool computesQuantized(const Operator& op);
/// Whether an int8 result can be `quantization`: some functions have one that is always the same.
bool canProduce(const Operator& op, const Quantization& quantization);

/// Whether the stored weights are int8 around 0.
bool isCentred(const Tensor& weights);
/// Quantised int8 or uint8 weights as int8 around 0; nothing where one does not fit.
std::optional<Tensor> centred(const Tensor& weights);

/// The real numbers of a quantised constant; without data where it has none.
ConstantData dequantized(const Tensor& tensor);

} // namespace tidemark

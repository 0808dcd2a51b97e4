// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/model.h"

#include <cstdint>
#include <optional>

namespace tidemark {

/// Multiply-accumulates of an operator whose inputs have known shapes, 0 for those that have none
/// to speak of. Convolution: output elements x weights per output channel (transposed: input
/// elements x weights per input channel). Product: output elements x inner extent. LSTM, GRU, RNN:
/// steps x batch x elements of both weights. Bias, activation and pooling count nothing. Nothing
/// when the count leaves 2^50.
std::optional<std::int64_t> operatorMacs(const Model& model, const Operator& op);

/// Elements of the constants that operators read as weights, biases and operands, each once, as the
/// file has them: scales of quantization, shapes and axes do not count, nor does dead code.
/// Lowering may store fewer: the four numbers of a batch norm become two, or none.
std::int64_t modelParameters(const Model& model);

} // namespace tidemark

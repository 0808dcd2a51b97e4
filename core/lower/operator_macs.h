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

} // namespace tidemark

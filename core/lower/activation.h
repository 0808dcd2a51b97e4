// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/lower/network.h"
#include "core/model/operator.h"

#include <optional>

namespace tidemark {

/// What a Relu or a Clip with constant limits does; nothing for other operators.
std::optional<Activation> activationOf(const Operator& op);

/// One clamp that does what `first` and then `second` do.
Activation compose(const Activation& first, const Activation& second);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/activation.h"

#include <algorithm>

namespace tidemark {

std::optional<Activation> activationOf(const Operator& op)
{
    if (op.kind == OperatorKind::Relu) {
        return Activation{0, Activation{}.max};
    }
    const auto* clip = std::get_if<ClipAttributes>(&op.attributes);
    if (op.kind != OperatorKind::Clip || !clip || !clip->constant) {
        return std::nullopt;
    }
    // ONNX: where the limits cross, the upper one wins.
    return Activation{std::min(clip->min, clip->max), clip->max};
}

Activation compose(const Activation& first, const Activation& second)
{
    const auto clamp = [&](float x) { return std::min(std::max(x, second.min), second.max); };
    return {clamp(first.min), clamp(first.max)};
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/ids.h"
#include "core/model/tensor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tidemark {

/// Operators with a meaning of their own here, whatever format they came from.
/// Everything else is `Other`: it is planned from its shapes alone ("plan only").
enum class OperatorKind { Conv, Gemm, MatMul, MaxPool, Relu, Flatten, Reshape, Identity, Other };

enum class AutoPad { Explicit, SameUpper, SameLower, Valid };

/// A sliding window over H and W. Pads are resolved by shape inference unless autoPad says so.
struct Window {
    std::int64_t kernelH = 1, kernelW = 1;
    std::int64_t strideH = 1, strideW = 1;
    std::int64_t dilationH = 1, dilationW = 1;
    std::int64_t padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;

    bool operator==(const Window&) const = default;
};

struct ConvAttributes {
    Window window;
    AutoPad autoPad = AutoPad::Explicit;
    std::int64_t groups = 1;
    bool kernelGiven = false; ///< false: kernelH/W are to be read off the weights
};
struct PoolAttributes {
    Window window;
    AutoPad autoPad = AutoPad::Explicit;
    bool ceilMode = false;
};
struct GemmAttributes {
    float alpha = 1, beta = 1;
    bool transposeA = false, transposeB = false;
};
struct FlattenAttributes {
    std::int64_t axis = 1;
};
struct ReshapeAttributes {
    bool allowZero = false;
};

using Attributes = std::variant<std::monostate, ConvAttributes, PoolAttributes, GemmAttributes,
                                FlattenAttributes, ReshapeAttributes>;

struct Operator {
    std::string name; ///< as the file spells it, or TYPE_INDEX when it has none: untrusted
    OperatorKind kind = OperatorKind::Other;
    std::string typeName; ///< "Conv", or "com.example.Foo" outside the default domain
    std::vector<std::optional<TensorId>> inputs; ///< nothing = an optional input left out
    std::vector<TensorId> outputs;
    Attributes attributes;
};

} // namespace tidemark

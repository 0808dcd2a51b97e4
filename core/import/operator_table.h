// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/attribute_reader.h"
#include "core/import/constant_folding.h"
#include "core/import/shape_rules.h"
#include "core/model/operator.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace tidemark {

/// What becomes of an operator.
enum class Support {
    Runnable, ///< lowers to a kernel, or into a neighbour, in its usual forms
    PlanOnly, ///< planned and drawn from its shapes
    Refused,  ///< no static plan exists: control flow, strings, sequences
};

using AttributeParser = void (*)(AttributeReader& reader, Operator& op);

/// One operator of the default ONNX domain. The table is the only place that knows their names.
struct OperatorEntry {
    std::string_view name;
    OperatorKind kind = OperatorKind::Other;
    Support support = Support::PlanOnly;
    AttributeParser parse = nullptr; ///< nothing = its attributes do not matter here
    ShapeRule infer = nullptr;       ///< nothing = shapes come from the file
    FoldRule fold = nullptr;         ///< nothing = never computed beforehand
    std::size_t minInputs = 0;
    std::size_t maxInputs = std::numeric_limits<std::size_t>::max();
    /// Operator::controlInputs.
    std::uint32_t controlInputs = 0;
};

/// Sorted by name.
std::span<const OperatorEntry> operatorTable();
/// The entry of `typeName`, or null: an operator of another domain, or one that does not exist.
const OperatorEntry* findOperator(std::string_view typeName);

} // namespace tidemark

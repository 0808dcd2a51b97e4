// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/import/attribute_reader.h"
#include "core/import/operator_table.h"
#include "core/model/model.h"
#include "core/model/result.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidemark {

namespace tflite {
struct Operator;
}

/// One builtin operator of TensorFlow Lite, and the operator of the table that it is another
/// spelling of.
struct TfliteEntry {
    int code = 0;
    std::string_view name;
    /// OperatorEntry::name, of an operator that at least has the same shapes (RSQRT, SQUARE).
    /// Nothing = planned from its shapes.
    std::string_view same = {};
    Support support = Support::PlanOnly;
};

/// In the order of their codes.
std::span<const TfliteEntry> tfliteOperators();
const TfliteEntry* findTfliteOperator(int code);
const TfliteEntry* findTfliteOperator(std::string_view name);

/// Gives `op` the kind, the attributes and the inputs of the operator that it is another spelling
/// of. Where it cannot (an unusual form) `op` stays one that is planned from its shapes. What is
/// done by more than one operator (a fused activation, a flattening) is appended to `after` and
/// `before`; their new tensors to the model. Error: attributes that make no sense.
Status translateTflite(Model& model, const tflite::Operator& source, const TfliteEntry& entry,
                       Operator& op, std::vector<Operator>& before, std::vector<Operator>& after);

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/import/shape_inference.h"

#include "core/import/operator_table.h"
#include "core/import/tflite_operators.h"

#include <algorithm>

namespace tidemark {

namespace {

/// So much that sums over any number of tensors stay inside 64 bits.
constexpr std::int64_t kMostElements = 1LL << 40;
constexpr std::size_t kMostDimensions = 32;

bool allInputShapesKnown(const Model& model, const Operator& op)
{
    return std::all_of(op.inputs.begin(), op.inputs.end(), [&](const auto& input) {
        return !input || model[*input].shape.has_value();
    });
}

/// The table's entry, under either format's name.
const OperatorEntry* entryOf(const Operator& op)
{
    const TfliteEntry* tflite = findTfliteOperator(op.typeName);
    return findOperator(tflite && !tflite->same.empty() ? tflite->same
                                                        : std::string_view(op.typeName));
}

std::optional<Diagnostic> countProblem(const OperatorEntry& entry, const Operator& op)
{
    const std::size_t count = op.inputs.size();
    const bool missing =
        count < entry.minInputs ||
        !std::all_of(op.inputs.begin(),
                     op.inputs.begin() + static_cast<std::ptrdiff_t>(entry.minInputs),
                     [](const auto& input) { return input.has_value(); });
    if (!missing && count <= entry.maxInputs) {
        return std::nullopt;
    }
    return Diagnostic{ErrorKind::BadInput,
                      describe(op) + " has " + std::to_string(count) + " inputs", "",
                      missing ? "it needs at least " + std::to_string(entry.minInputs)
                              : "it takes at most " + std::to_string(entry.maxInputs)};
}

Status store(Model& model, const Operator& op, const std::vector<TensorType>& types)
{
    for (std::size_t i = 0; i < std::min(types.size(), op.outputs.size()); ++i) {
        if (!op.outputs[i].isValid()) {
            continue;
        }
        Tensor& tensor = model.tensors[op.outputs[i].index()];
        const bool isDeclared = model.layout == Layout::ChannelsLast; // TFLite says every type
        tensor.type = isDeclared ? tensor.type : types[i].type;
        if (!types[i].shape) {
            continue;
        }
        if (isDeclared && tensor.shape != types[i].shape) {
            return Diagnostic{ErrorKind::BadInput,
                              describe(op) + " makes " + toString(*types[i].shape) +
                                  ", but its output '" + printable(tensor.name) +
                                  "' is declared as " + toString(*tensor.shape),
                              "", "convert the model again"};
        }
        if (const auto problem = shapeProblem(*types[i].shape)) {
            return Diagnostic{ErrorKind::BadInput,
                              describe(op) + " makes a tensor '" + printable(tensor.name) +
                                  "' that " + *problem,
                              "", "check the shapes it reads"};
        }
        tensor.shape = types[i].shape;
    }
    return Done{};
}

/// Shapes of one operator's outputs. True: the output became a constant, the operator can go.
Result<bool> inferOperator(Model& model, Operator& op)
{
    const OperatorEntry* entry = entryOf(op);
    if (!entry || (model.layout == Layout::ChannelsLast && op.kind == OperatorKind::Other)) {
        return false; // of another domain, or in a form of its own
    }
    const bool knowsItsScale =
        op.kind == OperatorKind::Quantize || op.kind == OperatorKind::Dequantize;
    if (model.layout == Layout::ChannelsLast && knowsItsScale) {
        const Status status = store(model, op, {{model[*op.inputs[0]].shape, DataType::Float32}});
        return status ? Result<bool>(false) : Result<bool>(status.error());
    }
    if (const auto problem = countProblem(*entry, op)) {
        return *problem;
    }
    if (!entry->infer || !allInputShapesKnown(model, op)) {
        return false;
    }
    const ShapeContext context(model, op);
    const auto types = entry->infer(context);
    if (!types) {
        return types.error();
    }
    if (const Status status = store(model, op, *types); !status) {
        return status.error();
    }
    const bool canFold = entry->fold && op.outputs.size() == 1 && op.outputs[0].isValid() &&
                         !types->empty() && types->front().shape;
    auto folded = canFold ? entry->fold(context, types->front()) : std::nullopt;
    if (!folded) {
        return false;
    }
    model.tensors[op.outputs[0].index()].constant = std::move(*folded);
    return true;
}

} // namespace

std::optional<std::string> shapeProblem(const Shape& shape)
{
    if (std::any_of(shape.begin(), shape.end(), [](std::int64_t extent) { return extent < 0; })) {
        return "has a negative dimension (" + toString(shape) + ")";
    }
    if (shape.size() > kMostDimensions) {
        return "has " + std::to_string(shape.size()) + " dimensions";
    }
    if (elementCount(shape).value_or(kMostElements + 1) > kMostElements) {
        return "has too many elements (" + toString(shape) + ")";
    }
    return std::nullopt;
}

Status inferShapes(Model& model, const std::stop_token& stop)
{
    std::vector<Operator> kept;
    for (Operator& op : model.operators) {
        if (stop.stop_requested()) {
            return Diagnostic{ErrorKind::BadInput, "reading the model was cancelled", "", ""};
        }
        const auto isFolded = inferOperator(model, op);
        if (!isFolded) {
            return isFolded.error();
        }
        if (!*isFolded) {
            kept.push_back(std::move(op));
        }
    }
    model.operators = std::move(kept);
    return Done{};
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/execute/call_maker.h"

namespace tidemark {

using calls::kLargest;
using calls::narrow;

Diagnostic CallMaker::problem(std::string what, std::string mend) const
{
    return {ErrorKind::BadInput, std::move(what), "stage " + printable(m_stage.name),
            std::move(mend)};
}

Diagnostic CallMaker::contradiction(const std::string& what) const
{
    return problem(what + " contradicts the stage's shapes", "check the model");
}

Diagnostic CallMaker::noKernel() const
{
    return problem("no kernel for " + m_stage.kindText() + " from " +
                       std::string(toString(in().type)) + " to " +
                       std::string(toString(out().type)),
                   "it can be planned, not run or exported");
}

Result<KernelCall> CallMaker::make()
{
    if (const auto* planOnly = std::get_if<PlanOnlyOp>(&m_stage.op)) {
        return fill(*planOnly).error();
    }
    if (auto status = checkArity(); !status) {
        return status.error();
    }
    m_call.output = m_stage.outputs.front();
    m_call.outputRows = narrow(out().rows);
    m_call.outputRowBytes = narrow(out().rowBytes().count());
    const Status status = std::visit([this](const auto& op) { return fill(op); }, m_stage.op);
    if (!status) {
        return status.error();
    }
    if (m_form == KernelForm::Gathering && accumulatorBytes(m_call) == 0) {
        return problem("it cannot be fed row by row", "plan it as one call");
    }
    return m_call;
}

Status CallMaker::checkArity() const
{
    std::size_t most = 1;
    std::size_t least = 1;
    if (const auto* conv = std::get_if<ConvOp>(&m_stage.op)) {
        most = least = conv->residual ? 2 : 1;
    } else if (const auto* product = std::get_if<MatMulOp>(&m_stage.op)) {
        most = least = product->weights ? 1 : 2;
    } else if (const auto* binary = std::get_if<BinaryOp>(&m_stage.op)) {
        most = least = binary->constant ? 1 : 2;
    } else if (std::holds_alternative<ConcatOp>(m_stage.op)) {
        most = 1024;
    }
    if (m_stage.inputs.size() < least || m_stage.inputs.size() > most ||
        m_stage.outputs.size() != 1) {
        return problem("a kernel for " + m_stage.kindText() + " needs " + std::to_string(least) +
                           " inputs and one output",
                       "split the operator");
    }
    for (const ValueId id : m_stage.inputs) {
        if (auto status = checkValue(m_network[id]); !status) {
            return status;
        }
    }
    return checkValue(out());
}

Status CallMaker::checkValue(const Value& value) const
{
    const auto row = checkedProduct(value.width, value.channels);
    const auto elements = row ? checkedProduct(*row, value.rows) : std::nullopt;
    if (!elements || *elements < 1 || *elements > kLargest / 8) {
        return problem("tensor " + printable(value.name) + " is empty or above 2 GB",
                       "use a smaller model");
    }
    return Done{};
}

Status CallMaker::checkTypes() const
{
    const DataType type = out().type;
    bool same = type == DataType::Float32 || type == DataType::Int8;
    for (const ValueId id : m_stage.inputs) {
        same = same && m_network[id].type == type;
    }
    if (!same) {
        return noKernel();
    }
    return Done{};
}

Status CallMaker::checkSum(std::int64_t elements) const
{
    constexpr std::int64_t kMost = kLargest / 256;
    if (isInt8() && elements > kMost) {
        return problem("a sum of " + std::to_string(elements) + " int8 elements has no kernel",
                       "at most " + std::to_string(kMost) + " fit 32 bits; leave it fp32");
    }
    return Done{};
}

Status CallMaker::checkConstant(ConstantId id, DataType type, std::int64_t elements) const
{
    const Constant& constant = m_network[id];
    if (constant.type != type) {
        return problem("no kernel for " + std::string(toString(constant.type)) + " weights " +
                           printable(constant.name),
                       "export an fp32 or an int8 model");
    }
    if (constant.data.bytes().empty()) {
        return problem("weights " + printable(constant.name) + " are not in the model",
                       "use a model file with its weights");
    }
    if (elementCount(constant.shape) != elements ||
        static_cast<std::int64_t>(constant.data.bytes().size()) != constant.bytes().count()) {
        return contradiction("the size of " + printable(constant.name));
    }
    return Done{};
}

Status CallMaker::addConstant(std::optional<ConstantId> id, DataType type, std::int64_t elements)
{
    if (id) {
        if (auto status = checkConstant(*id, type, elements); !status) {
            return status;
        }
    }
    m_call.constants.push_back(id);
    return Done{};
}

Result<ConstantId> CallMaker::nextTable(DataType type, std::int64_t elements)
{
    std::size_t skip = m_tables++;
    for (const ConstantId id : m_stage.constants) {
        if (m_network[id].role == ConstantRole::Table && skip-- == 0) {
            if (auto status = checkConstant(id, type, elements); !status) {
                return status.error();
            }
            return id;
        }
    }
    return problem("its kernel tables are not there", "this is a fault in the program: report it");
}

Status CallMaker::addTable(DataType type, std::int64_t elements)
{
    const auto id = nextTable(type, elements);
    if (!id) {
        return id.error();
    }
    m_call.constants.emplace_back(*id);
    return Done{};
}

Status CallMaker::addWeights(ConstantId weights, std::int64_t weightElements,
                             std::optional<ConstantId> bias, std::int64_t outputs)
{
    const bool int8 = isInt8();
    return calls::firstError(
        {addConstant(weights, int8 ? DataType::Int8 : DataType::Float32, weightElements),
         addConstant(bias, int8 ? DataType::Int32 : DataType::Float32, outputs)});
}

Status CallMaker::addScales(std::int64_t outputs, std::int32_t& step)
{
    std::int64_t records = 0;
    for (const ConstantId id : m_stage.constants) {
        if (m_network[id].role == ConstantRole::Table) {
            records = elementCount(m_network[id].shape).value_or(0) / 2;
            break;
        }
    }
    if (records != 1 && records != outputs) {
        return contradiction("the number of scales of the weights");
    }
    step = records == 1 ? 0 : 1;
    return addTable(DataType::Int32, 2 * records);
}

Status CallMaker::addRows(std::variant<ValueId, ConstantId> source, RowWindow window)
{
    if (m_call.sourceRows() + static_cast<std::int64_t>(window.count) > calls::kTallestWindow) {
        return problem("a window of " + std::to_string(window.count) + " rows has no kernel",
                       "at most " + std::to_string(calls::kTallestWindow) +
                           " rows can be read at once");
    }
    m_call.inputs.push_back({source, std::move(window)});
    return Done{};
}

Status CallMaker::addInput(std::size_t i, std::int64_t count, std::int64_t step, std::int64_t top)
{
    const std::int64_t entries = std::min(count, kLargest / 2); // refused by addRows()
    return addRows(m_stage.inputs[i], {narrow(entries), narrow(step), narrow(top),
                                       narrow(in(i).rows), narrow(in(i).rowBytes().count())});
}

Status CallMaker::addInput(std::size_t i, std::int64_t count, std::vector<std::int32_t> tops)
{
    return addRows(m_stage.inputs[i],
                   {narrow(std::min(count, kLargest / 2)), 0, 0, narrow(in(i).rows),
                    narrow(in(i).rowBytes().count()), std::move(tops)});
}

Status CallMaker::addRecord(DataType type, std::int64_t elementsPerRow)
{
    const auto id = nextTable(type, out().rows * elementsPerRow);
    if (!id) {
        return id.error();
    }
    return addRows(
        *id, {1, 1, 0, narrow(out().rows), narrow(elementsPerRow * elementBytes(type).count())});
}

Status CallMaker::fill(const PlanOnlyOp& op)
{
    return problem("no kernel for operator " + printable(op.typeName),
                   "it can be planned, not run or exported");
}

} // namespace tidemark

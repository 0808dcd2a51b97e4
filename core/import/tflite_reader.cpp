// SPDX-License-Identifier: Apache-2.0
#include "core/import/tflite_reader.h"

#include "core/import/operator_order.h"
#include "core/import/shape_inference.h"
#include "core/import/tflite_operators.h"
#include "core/io/file.h"

#include "tflite_generated.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>

namespace tidemark {

namespace {

constexpr std::int64_t kMostBytes = (1LL << 31) - 1; // flatbuffers' own limit
constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostTables = 2'000'000;
constexpr const char* kExportAgain = "convert the model again";

Diagnostic error(const std::string& what, const std::string& mend = kExportAgain)
{
    return {ErrorKind::BadInput, what, "", mend};
}

std::string textOf(const flatbuffers::String* text)
{
    return text ? text->str() : std::string();
}

std::optional<DataType> dataTypeOf(int type)
{
    switch (type) {
    case 0:
        return DataType::Float32;
    case 1:
        return DataType::Float16;
    case 2:
        return DataType::Int32;
    case 3:
        return DataType::UInt8;
    case 4:
        return DataType::Int64;
    case 6:
        return DataType::Bool;
    case 7:
        return DataType::Int16;
    case 9:
        return DataType::Int8;
    case 10:
        return DataType::Float64;
    case 12:
        return DataType::UInt64;
    case 15:
        return DataType::UInt32;
    case 16:
        return DataType::UInt16;
    default:
        return std::nullopt;
    }
}

/// Builds the Model of a verified file.
class SubgraphReader {
public:
    SubgraphReader(std::shared_ptr<const std::string> file, const tflite::Model& source,
                   const ImportOptions& options)
        : m_file(std::move(file)), m_source(source), m_options(options)
    {
    }

    Result<Model> read();

private:
    Status readTensors();
    Status readTensor(const tflite::Tensor& source, std::size_t index);
    Result<std::optional<ConstantData>> readData(const tflite::Tensor& source,
                                                 const std::string& name);
    Result<std::optional<Quantization>> readQuantization(const tflite::Tensor& source,
                                                         const Tensor& tensor) const;
    Status readOperators();
    Status readOperator(const tflite::Operator& source, std::size_t index);
    Status readEnds();
    Status checkMakers() const;
    Result<TensorId> tensorAt(int index, const std::string& reader) const;

    std::shared_ptr<const std::string> m_file;
    const tflite::Model& m_source;
    const ImportOptions& m_options;
    const tflite::SubGraph* m_graph = nullptr;
    std::size_t m_tensors = 0; ///< of the file; translation adds more
    std::vector<bool> m_isState;
    Model m_model;
};

std::string tensorText(const std::string& name)
{
    return "tensor '" + printable(name) + "'";
}

Result<Model> SubgraphReader::read()
{
    const auto* graphs = m_source.subgraphs();
    if (!graphs || graphs->size() == 0 || !graphs->Get(0)) {
        return error("the file has no graph");
    }
    m_graph = graphs->Get(0);
    if (!m_options.dims.empty()) {
        return Diagnostic{ErrorKind::Usage,
                          "there is no dimension '" + printable(m_options.dims.begin()->first) +
                              "' to give a size",
                          "", "a TensorFlow Lite model has the sizes of its tensors itself"};
    }
    m_model.name = textOf(m_graph->name());
    if (m_model.name == "main") {
        m_model.name.clear(); // what every converter calls it
    }
    m_model.format = "TFLite";
    m_model.layout = Layout::ChannelsLast;
    using Step = Status (SubgraphReader::*)();
    for (const Step step : {&SubgraphReader::readTensors, &SubgraphReader::readEnds,
                            &SubgraphReader::readOperators}) {
        if (m_options.stop.stop_requested()) {
            return error("reading the model was cancelled", "");
        }
        if (const Status status = (this->*step)(); !status) {
            return status.error();
        }
    }
    if (const Status made = checkMakers(); !made) {
        return made.error();
    }
    if (const Status sorted = sortOperators(m_model); !sorted) {
        return sorted.error();
    }
    return std::move(m_model);
}

Status SubgraphReader::readTensors()
{
    const auto* tensors = m_graph->tensors();
    m_tensors = tensors ? tensors->size() : 0;
    for (std::size_t i = 0; i < m_tensors; ++i) {
        const auto* source = tensors->Get(static_cast<flatbuffers::uoffset_t>(i));
        if (const Status status = readTensor(*source, i); !status) {
            return status;
        }
    }
    return Done{};
}

Status SubgraphReader::readTensor(const tflite::Tensor& source, std::size_t index)
{
    Tensor tensor;
    tensor.name = textOf(source.name());
    if (tensor.name.empty()) {
        tensor.name = "tensor_" + std::to_string(index);
    }
    const auto type = dataTypeOf(source.type());
    if (!type) {
        return error(tensorText(tensor.name) + " is of a type that is no number of 8 to 64 bits",
                     "use int8 or float32");
    }
    tensor.type = *type;
    tensor.shape = Shape();
    if (source.shape()) {
        tensor.shape->assign(source.shape()->begin(), source.shape()->end());
    }
    if (const auto problem = shapeProblem(*tensor.shape)) {
        return error(tensorText(tensor.name) + " " + *problem);
    }
    if (source.sparsity()) {
        return error(tensorText(tensor.name) + " is sparse", "convert it with dense weights");
    }
    auto data = readData(source, tensor.name);
    if (!data) {
        return data.error();
    }
    tensor.constant = *std::move(data);
    if (tensor.constant) {
        const auto bytes = static_cast<std::int64_t>(tensor.constant->bytes().size());
        const auto wanted = checkedProduct(elementCount(*tensor.shape).value_or(-1),
                                           elementBytes(tensor.type).count());
        if (bytes != wanted) {
            return error(tensorText(tensor.name) + " has " + std::to_string(bytes) +
                         " bytes of data, its shape " + toString(*tensor.shape) + " needs " +
                         std::to_string(wanted.value_or(-1)));
        }
    }
    auto quantization = readQuantization(source, tensor);
    if (!quantization) {
        return quantization.error();
    }
    tensor.quantization = *std::move(quantization);
    m_isState.push_back(source.is_variable());
    m_model.tensors.push_back(std::move(tensor));
    return Done{};
}

/// The bytes of a constant: in the file's structure, or, of a large model, behind it.
Result<std::optional<ConstantData>> SubgraphReader::readData(const tflite::Tensor& source,
                                                             const std::string& name)
{
    const auto* buffers = m_source.buffers();
    if (source.buffer() == 0) {
        return std::optional<ConstantData>(); // the empty buffer, by definition
    }
    if (!buffers || source.buffer() >= buffers->size()) {
        return error(tensorText(name) + " has its data in buffer " +
                     std::to_string(source.buffer()) + ", which does not exist");
    }
    const tflite::Buffer& buffer = *buffers->Get(source.buffer());
    const auto all = std::as_bytes(std::span(*m_file));
    if (buffer.offset() > 1) {
        if (buffer.offset() > all.size() || buffer.size() > all.size() - buffer.offset()) {
            return error(tensorText(name) + " has its data beyond the end of the file",
                         "copy or download it again");
        }
        return std::optional(ConstantData(m_file, all.subspan(buffer.offset(), buffer.size())));
    }
    if (!buffer.data() || buffer.data()->size() == 0) {
        return std::optional<ConstantData>();
    }
    const auto* first = reinterpret_cast<const std::byte*>(buffer.data()->data());
    return std::optional(ConstantData(m_file, {first, buffer.data()->size()}));
}

Result<std::optional<Quantization>> SubgraphReader::readQuantization(const tflite::Tensor& source,
                                                                     const Tensor& tensor) const
{
    const tflite::Quantization* given = source.quantization();
    if (!given || !given->scale() || given->scale()->size() == 0) {
        return std::optional<Quantization>();
    }
    Quantization quantization;
    for (const float scale : *given->scale()) {
        if (!std::isfinite(scale) || scale <= 0) {
            return error(tensorText(tensor.name) + " has a scale that is not a positive number",
                         "quantise the model again with another calibration");
        }
        quantization.scales.push_back(scale);
    }
    const std::size_t count = quantization.scales.size();
    quantization.zeroPoints.assign(count, 0);
    const std::size_t zeros = given->zero_point() ? given->zero_point()->size() : 0;
    if (zeros != 0 && zeros != 1 && zeros != count) {
        return error(tensorText(tensor.name) + " has " + std::to_string(count) + " scales and " +
                     std::to_string(zeros) + " zero points");
    }
    for (std::size_t i = 0; i < count && zeros > 0; ++i) {
        // The verifier leaves vectors of 64 bits at multiples of 4.
        std::int64_t zero = 0;
        std::memcpy(&zero, given->zero_point()->Data() + (zeros == 1 ? 0 : i) * sizeof zero,
                    sizeof zero);
        constexpr std::int64_t kFarthest = 1 << 16;
        if (zero < -kFarthest || zero > kFarthest) {
            return error(tensorText(tensor.name) + " has a zero point of " + std::to_string(zero));
        }
        quantization.zeroPoints[i] = static_cast<std::int32_t>(zero);
    }
    if (count > 1) {
        // Some converters number the axes of a bias as those of its weights.
        const int axis = tensor.shape->size() == 1 ? 0 : given->quantized_dimension();
        const bool fits =
            axis >= 0 && static_cast<std::size_t>(axis) < tensor.shape->size() &&
            (*tensor.shape)[static_cast<std::size_t>(axis)] == static_cast<std::int64_t>(count);
        if (!fits) {
            return error(tensorText(tensor.name) + " has " + std::to_string(count) +
                         " scales, but " + toString(*tensor.shape) + " along axis " +
                         std::to_string(axis));
        }
        quantization.axis = axis;
    }
    return std::optional(std::move(quantization));
}

Result<TensorId> SubgraphReader::tensorAt(int index, const std::string& reader) const
{
    if (index < 0 || static_cast<std::size_t>(index) >= m_tensors) {
        return error(reader + " names tensor " + std::to_string(index) + ", of which there are " +
                     std::to_string(m_tensors));
    }
    return TensorId(static_cast<std::size_t>(index));
}

Status SubgraphReader::readEnds()
{
    const auto read = [&](const flatbuffers::Vector<std::int32_t>* list, const char* reader,
                          std::vector<TensorId>& ids) -> Status {
        for (flatbuffers::uoffset_t i = 0; list && i < list->size(); ++i) {
            const auto id = tensorAt(list->Get(i), reader);
            if (!id) {
                return id.error();
            }
            ids.push_back(*id);
        }
        return Done{};
    };
    if (Status status = read(m_graph->inputs(), "the list of inputs", m_model.inputs); !status) {
        return status;
    }
    if (Status status = read(m_graph->outputs(), "the list of outputs", m_model.outputs); !status) {
        return status;
    }
    for (const TensorId input : m_model.inputs) {
        if (m_model[input].constant || std::ranges::count(m_model.inputs, input) > 1) {
            return error("input '" + printable(m_model[input].name) +
                         "' is a constant, or named twice");
        }
    }
    return m_model.outputs.empty() ? Status(error("the graph has no output")) : Status(Done{});
}

Status SubgraphReader::readOperators()
{
    const auto* operators = m_graph->operators();
    for (flatbuffers::uoffset_t i = 0; operators && i < operators->size(); ++i) {
        if (m_options.stop.stop_requested()) {
            return error("reading the model was cancelled", "");
        }
        if (Status status = readOperator(*operators->Get(i), i); !status) {
            return status;
        }
    }
    return Done{};
}

Status SubgraphReader::readOperator(const tflite::Operator& source, std::size_t index)
{
    const std::string number = "operator " + std::to_string(index);
    const auto* codes = m_source.operator_codes();
    if (!codes || source.opcode_index() >= codes->size()) {
        return error(number + " has operator code " + std::to_string(source.opcode_index()) +
                     ", which does not exist");
    }
    const tflite::OperatorCode& code = *codes->Get(source.opcode_index());
    const int builtin = std::max<int>(code.deprecated_builtin_code(), code.builtin_code());
    const TfliteEntry* entry = findTfliteOperator(builtin);
    constexpr int kCustom = 32;
    if (builtin == kCustom) {
        return error(number + " is the custom operator '" + printable(textOf(code.custom_code())) +
                         "'",
                     "only TensorFlow Lite's own operators are known: convert without it");
    }
    Operator op;
    op.typeName = entry ? std::string(entry->name) : "BUILTIN_" + std::to_string(builtin);
    op.name = op.typeName + "_" + std::to_string(index);
    if (entry && entry->support == Support::Refused) {
        return error(describe(op) + " is control flow or a variable, a plan has one path and no "
                                    "state",
                     "convert the model without it");
    }
    for (flatbuffers::uoffset_t i = 0; source.inputs() && i < source.inputs()->size(); ++i) {
        if (source.inputs()->Get(i) == -1) {
            op.inputs.push_back(std::nullopt);
            continue;
        }
        const auto id = tensorAt(source.inputs()->Get(i), describe(op));
        if (!id) {
            return id.error();
        }
        // State that stays from run to run is the operator's own.
        const bool isState = m_isState[id->index()];
        op.inputs.push_back(isState ? std::nullopt : std::optional(*id));
    }
    for (flatbuffers::uoffset_t i = 0; source.outputs() && i < source.outputs()->size(); ++i) {
        const auto id = tensorAt(source.outputs()->Get(i), describe(op));
        if (!id) {
            return id.error();
        }
        op.outputs.push_back(*id);
    }
    if (entry && !entry->same.empty() &&
        std::ranges::none_of(op.inputs, [](const auto& input) { return input.has_value(); })) {
        return error(describe(op) + " reads nothing");
    }
    std::vector<Operator> before, after;
    if (entry && !op.outputs.empty()) {
        const Status status = translateTflite(m_model, source, *entry, op, before, after);
        if (!status) {
            return status;
        }
    }
    const auto add = [&](std::vector<Operator>& operators) {
        std::ranges::move(operators, std::back_inserter(m_model.operators));
    };
    add(before);
    m_model.operators.push_back(std::move(op));
    add(after);
    return Done{};
}

/// Every tensor that is read is an input, a constant, or made once.
Status SubgraphReader::checkMakers() const
{
    std::vector<bool> isMade(m_model.tensors.size(), false);
    for (const TensorId input : m_model.inputs) {
        isMade[input.index()] = true;
    }
    for (const Operator& op : m_model.operators) {
        for (const TensorId output : op.outputs) {
            if (isMade[output.index()] || m_model[output].constant) {
                return error(tensorText(m_model[output].name) +
                                 " is made twice, the second time by " + describe(op),
                             "every tensor must have one maker");
            }
            isMade[output.index()] = true;
        }
    }
    for (const Operator& op : m_model.operators) {
        for (const auto& input : op.inputs) {
            if (input && !isMade[input->index()] && !m_model[*input].constant) {
                return error(describe(op) + " reads " + tensorText(m_model[*input].name) +
                             ", which nothing makes");
            }
        }
    }
    for (const TensorId output : m_model.outputs) {
        if (!isMade[output.index()] && !m_model[output].constant) {
            return error("output '" + printable(m_model[output].name) + "' is made by nothing");
        }
    }
    return Done{};
}

} // namespace

Result<Model> readTflite(const std::filesystem::path& path, const ImportOptions& options)
{
    auto content = readFile(path, Bytes(kMostBytes));
    if (!content) {
        return content.error();
    }
    const auto file = std::make_shared<const std::string>(*std::move(content));
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(file->data());
    constexpr std::size_t kSmallest = 8; // offset of the root, identifier
    flatbuffers::Verifier verifier(bytes, file->size(), kDeepest, kMostTables);
    if (file->size() < kSmallest || !tflite::VerifyModelBuffer(verifier)) {
        return error("the file is cut off, damaged, or no TensorFlow Lite model",
                     "copy, download or convert it again");
    }
    return SubgraphReader(file, *tflite::GetModel(bytes), options).read();
}

} // namespace tidemark

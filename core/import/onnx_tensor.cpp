// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx_tensor.h"

#include "core/import/external_data.h"
#include "core/import/onnx_types.h"
#include "core/import/shape_inference.h"

#include <charconv>
#include <cstring>

namespace tidemark {

namespace {

Diagnostic error(const std::string& name, const std::string& what, const std::string& mend)
{
    return {ErrorKind::BadInput, "tensor '" + printable(name) + "' " + what, "", mend};
}

std::optional<std::int64_t> parseInteger(const std::string& text)
{
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, code] = std::from_chars(text.data(), end, value);
    return code == std::errc() && rest == end ? std::optional(value) : std::nullopt;
}

Result<ExternalData> readLocation(const onnx::TensorProto& proto)
{
    ExternalData data;
    for (const auto& entry : proto.external_data()) {
        if (entry.key() == "location") {
            data.location = entry.value();
        } else if (entry.key() == "offset" || entry.key() == "length") {
            const auto value = parseInteger(entry.value());
            if (!value) {
                return error(proto.name(), "has an unreadable external " + printable(entry.key()),
                             "export the model again");
            }
            (entry.key() == "offset" ? data.offset : data.length.emplace()) = *value;
        }
    }
    return data;
}

std::span<const std::byte> asBytes(const void* data, std::size_t bytes)
{
    return {static_cast<const std::byte*>(data), bytes};
}

/// int32_data carries every type of up to 32 bits, one element an entry, in its low bytes.
std::vector<std::byte> narrow(const google::protobuf::RepeatedField<std::int32_t>& entries,
                              std::size_t width)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(entries.size()) * width);
    for (int i = 0; i < entries.size(); ++i) {
        const std::int32_t entry = entries[i];
        std::memcpy(bytes.data() + static_cast<std::size_t>(i) * width, &entry, width);
    }
    return bytes;
}

/// Bytes in the message: raw, or in the field of the element type. The machine is little-endian
/// like the format, so repeated fields of the element's own width are used where they stand.
ConstantData bytesInMessage(const onnx::TensorProto& proto, DataType type,
                            const std::shared_ptr<const void>& owner)
{
    if (proto.has_raw_data()) {
        return {owner, asBytes(proto.raw_data().data(), proto.raw_data().size())};
    }
    const auto share = [&](const auto& field) {
        return ConstantData(owner, asBytes(field.data(), static_cast<std::size_t>(field.size()) *
                                                             sizeof(*field.data())));
    };
    switch (type) {
    case DataType::Float32:
        return share(proto.float_data());
    case DataType::Float64:
        return share(proto.double_data());
    case DataType::Int32:
        return share(proto.int32_data());
    case DataType::Int64:
        return share(proto.int64_data());
    case DataType::UInt64:
        return share(proto.uint64_data());
    case DataType::UInt32: { // the one type that is stored wider than it is
        std::vector<std::byte> bytes(static_cast<std::size_t>(proto.uint64_data_size()) * 4);
        for (int i = 0; i < proto.uint64_data_size(); ++i) {
            const auto element = static_cast<std::uint32_t>(proto.uint64_data(i));
            std::memcpy(bytes.data() + static_cast<std::size_t>(i) * 4, &element, 4);
        }
        return ConstantData(std::move(bytes));
    }
    default:
        return ConstantData(
            narrow(proto.int32_data(), static_cast<std::size_t>(elementBytes(type).count())));
    }
}

} // namespace

Result<DataType> dataTypeOf(int onnxType, const std::string& tensorName)
{
    if (const auto type = dataTypeOfOnnx(onnxType)) {
        return *type;
    }
    switch (onnxType) {
    case onnx::TensorProto::STRING:
        return error(tensorName, "holds strings, which have no place on a microcontroller",
                     "remove them from the model");
    case onnx::TensorProto::BFLOAT16:
        return error(tensorName, "holds bfloat16 numbers", "export the model in float32");
    default:
        return error(tensorName, "has element type " + std::to_string(onnxType),
                     "use real numbers, integers or booleans of 8 to 64 bits");
    }
}

Result<Tensor> readOnnxTensor(const onnx::TensorProto& proto, const OnnxSource& source)
{
    const auto type = dataTypeOf(proto.data_type(), proto.name());
    if (!type) {
        return type.error();
    }
    Tensor tensor;
    tensor.name = proto.name();
    tensor.type = *type;
    tensor.shape = Shape(proto.dims().begin(), proto.dims().end());
    if (const auto problem = shapeProblem(*tensor.shape)) {
        return error(proto.name(), *problem, "export the model again");
    }
    if (proto.has_segment()) {
        return error(proto.name(), "is stored in segments", "export it in one piece");
    }
    const Bytes wanted = elementBytes(*type) * *elementCount(*tensor.shape);
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
        const auto location = readLocation(proto);
        if (!location) {
            return location.error();
        }
        const auto data = readExternalData(*location, wanted, source.folder, proto.name());
        if (!data) {
            return data.error();
        }
        tensor.constant = *data;
        return tensor;
    }
    tensor.constant = bytesInMessage(proto, *type, source.message);
    const Bytes found(static_cast<std::int64_t>(tensor.constant->bytes().size()));
    if (found != wanted) {
        return error(proto.name(),
                     "has " + std::to_string(found.count()) + " bytes of data, but its shape " +
                         toString(*tensor.shape) + " asks for " + std::to_string(wanted.count()),
                     "export the model again");
    }
    return tensor;
}

} // namespace tidemark

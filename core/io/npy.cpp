// SPDX-License-Identifier: Apache-2.0
#include "core/io/npy.h"

#include "core/io/file.h"
#include "core/io/npy_header.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

namespace tidemark {

namespace {

static_assert(std::endian::native == std::endian::little, "elements are copied as they are");

constexpr Bytes kMostBytes{std::int64_t{1} << 30};

Diagnostic refusal(const std::filesystem::path& path, const std::string& what,
                   const std::string& mend)
{
    return {ErrorKind::BadInput, what, printable(path.string(), 400), mend};
}

/// The next `bytes` bytes, or fewer at the end of the file.
std::string readSome(std::ifstream& stream, std::size_t bytes)
{
    std::string buffer(bytes, '\0');
    stream.read(buffer.data(), static_cast<std::streamsize>(bytes));
    buffer.resize(static_cast<std::size_t>(stream.gcount()));
    return buffer;
}

/// Columns-first bytes to rows-first bytes. The extents are known to match `bytes`.
std::vector<std::byte> toRowsFirst(const std::vector<std::byte>& bytes, const Shape& shape,
                                   std::size_t elementSize)
{
    std::vector<std::byte> result(bytes.size());
    std::vector<std::size_t> index(shape.size(), 0);
    for (std::size_t to = 0; to < bytes.size(); to += elementSize) {
        std::size_t from = 0;
        for (std::size_t axis = shape.size(); axis-- > 0;) {
            from = from * static_cast<std::size_t>(shape[axis]) + index[axis];
        }
        std::memcpy(&result[to], &bytes[from * elementSize], elementSize);
        for (std::size_t axis = shape.size(); axis-- > 0;) {
            if (++index[axis] < static_cast<std::size_t>(shape[axis])) {
                break;
            }
            index[axis] = 0;
        }
    }
    return result;
}

template <class T> std::vector<float> convert(const std::vector<std::byte>& bytes)
{
    std::vector<float> floats(bytes.size() / sizeof(T));
    for (std::size_t i = 0; i < floats.size(); ++i) {
        T value;
        std::memcpy(&value, &bytes[i * sizeof(T)], sizeof(T));
        floats[i] = static_cast<float>(value);
    }
    return floats;
}

/// IEEE 754 binary16.
float halfToFloat(std::uint16_t half)
{
    const int exponent = (half >> 10) & 31;
    const int fraction = half & 1023;
    float value = 0;
    if (exponent == 31) {
        value = fraction != 0 ? std::nanf("") : INFINITY;
    } else if (exponent == 0) {
        value = std::ldexp(static_cast<float>(fraction), -24);
    } else {
        value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    }
    return (half & 0x8000) != 0 ? -value : value;
}

std::vector<float> convertHalves(const std::vector<std::byte>& bytes)
{
    std::vector<float> floats(bytes.size() / 2);
    for (std::size_t i = 0; i < floats.size(); ++i) {
        std::uint16_t half = 0;
        std::memcpy(&half, &bytes[i * 2], 2);
        floats[i] = halfToFloat(half);
    }
    return floats;
}

std::vector<float> convertBools(const std::vector<std::byte>& bytes)
{
    std::vector<float> floats;
    floats.reserve(bytes.size());
    for (const std::byte byte : bytes) {
        floats.push_back(byte == std::byte{0} ? 0.0F : 1.0F);
    }
    return floats;
}

} // namespace

std::vector<float> NpyArray::toFloats() const
{
    switch (type) {
    case DataType::Float32:
        return convert<float>(bytes);
    case DataType::Float16:
        return convertHalves(bytes);
    case DataType::Float64:
        return convert<double>(bytes);
    case DataType::Int8:
        return convert<std::int8_t>(bytes);
    case DataType::UInt8:
        return convert<std::uint8_t>(bytes);
    case DataType::Int16:
        return convert<std::int16_t>(bytes);
    case DataType::UInt16:
        return convert<std::uint16_t>(bytes);
    case DataType::Int32:
        return convert<std::int32_t>(bytes);
    case DataType::UInt32:
        return convert<std::uint32_t>(bytes);
    case DataType::Int64:
        return convert<std::int64_t>(bytes);
    case DataType::UInt64:
        return convert<std::uint64_t>(bytes);
    case DataType::Bool:
        return convertBools(bytes);
    }
    return {};
}

Result<NpyArray> readNpy(const std::filesystem::path& path)
{
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        return refusal(path, "no such file", "check the path");
    }
    std::ifstream stream(path, std::ios::binary);
    const Result<NpyHeader> header =
        readNpyHeader([&](std::size_t bytes) { return readSome(stream, bytes); });
    if (!header) {
        return refusal(path, header.error().what, header.error().mend);
    }
    // Nothing is allocated before the file is known to be as long as its header says.
    const std::optional<std::int64_t> count = elementCount(header->shape);
    const std::optional<std::int64_t> size =
        count ? checkedProduct(*count, elementBytes(header->type).count()) : std::nullopt;
    if (!size || Bytes(*size) > kMostBytes) {
        return refusal(path, "an array of " + toString(header->shape) + " is too large",
                       "at most 1 GiB is read");
    }
    const auto fileSize = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
    if (error || fileSize - header->size.count() < *size) {
        return refusal(path, "the file is cut short",
                       "its header promises " + std::to_string(*size) + " bytes of " +
                           toString(header->shape) + " " + std::string(toString(header->type)));
    }
    NpyArray array{header->type, header->shape, std::vector<std::byte>(*size)};
    stream.read(reinterpret_cast<char*>(array.bytes.data()), *size);
    if (stream.gcount() != *size) {
        return refusal(path, "the file cannot be read", "check it");
    }
    if (header->columnsFirst && *size > 0) {
        const auto elementSize = static_cast<std::size_t>(elementBytes(header->type).count());
        array.bytes = toRowsFirst(array.bytes, array.shape, elementSize);
    }
    return array;
}

Status writeNpy(const std::filesystem::path& path, const NpyArray& array)
{
    const std::optional<std::int64_t> count = elementCount(array.shape);
    const std::optional<std::int64_t> size =
        count ? checkedProduct(*count, elementBytes(array.type).count()) : std::nullopt;
    if (!size || static_cast<std::size_t>(*size) != array.bytes.size()) {
        return refusal(path, "the array's bytes do not match its shape " + toString(array.shape),
                       "give as many bytes as the shape has");
    }
    std::string content = npyHeaderText(array.type, array.shape);
    content.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
    return writeFileAtomically(path, content);
}

} // namespace tidemark

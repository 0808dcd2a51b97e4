// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx_message.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/wire_format_lite.h>

#include <fstream>
#include <limits>
#include <optional>

namespace tidemark {

namespace {

using google::protobuf::io::CodedInputStream;
using google::protobuf::io::IstreamInputStream;
using google::protobuf::io::ZeroCopyInputStream;

constexpr int kMostBytes = std::numeric_limits<int>::max(); ///< protobuf's own limit
constexpr int kDeepestNesting = 100;
constexpr int kBlockBytes = 1 << 18;

/// Ends the stream early when a stop is asked for.
class StoppableStream : public ZeroCopyInputStream {
public:
    StoppableStream(std::istream& stream, const std::stop_token& stop)
        : m_stream(&stream, kBlockBytes), m_stop(stop)
    {
    }
    bool Next(const void** data, int* size) override
    {
        return !m_stop.stop_requested() && m_stream.Next(data, size);
    }
    void BackUp(int count) override { m_stream.BackUp(count); }
    bool Skip(int count) override { return m_stream.Skip(count); }
    std::int64_t ByteCount() const override { return m_stream.ByteCount(); }

private:
    IstreamInputStream m_stream;
    const std::stop_token& m_stop;
};

/// Bytes that the file's last top-level field lacks, or nothing if the file is not just cut off.
std::optional<std::int64_t> missingBytes(const std::filesystem::path& path, std::int64_t size)
{
    using google::protobuf::internal::WireFormatLite;
    std::ifstream file(path, std::ios::binary);
    IstreamInputStream raw(&file, kBlockBytes);
    CodedInputStream stream(&raw);
    constexpr int kLastField = 25; // ModelProto.functions
    while (const std::uint32_t tag = stream.ReadTag()) {
        const int field = WireFormatLite::GetTagFieldNumber(tag);
        if (field < 1 || field > kLastField) {
            return std::nullopt;
        }
        std::uint64_t number = 0;
        std::uint32_t length = 0;
        switch (WireFormatLite::GetTagWireType(tag)) {
        case WireFormatLite::WIRETYPE_VARINT:
            if (!stream.ReadVarint64(&number)) {
                return std::nullopt;
            }
            break;
        case WireFormatLite::WIRETYPE_LENGTH_DELIMITED:
            if (!stream.ReadVarint32(&length)) {
                return std::nullopt;
            }
            if (length > size - stream.CurrentPosition()) {
                return length - (size - stream.CurrentPosition());
            }
            stream.Skip(static_cast<int>(length));
            break;
        default:
            return std::nullopt;
        }
    }
    return std::nullopt;
}

Diagnostic parseError(const std::filesystem::path& path, std::int64_t size)
{
    if (size > kMostBytes) {
        return {ErrorKind::BadInput, "the file is larger than 2 GiB", "",
                "keep its weights as external data"};
    }
    if (const auto missing = missingBytes(path, size)) {
        return {ErrorKind::BadInput,
                "the file is cut off: " + std::to_string(*missing) + " bytes are missing", "",
                "copy or download it again"};
    }
    return {ErrorKind::BadInput, "the file is damaged or no ONNX model", "",
            "export the model as ONNX again"};
}

} // namespace

Result<std::shared_ptr<const onnx::ModelProto>> readOnnxMessage(const std::filesystem::path& path,
                                                                const std::stop_token& stop)
{
    const google::protobuf::LogSilencer silencer; // the Diagnostic says it, stderr need not
    std::ifstream file(path, std::ios::binary);
    StoppableStream raw(file, stop);
    auto message = std::make_shared<onnx::ModelProto>();
    bool parsed = false;
    {
        CodedInputStream stream(&raw);
        stream.SetTotalBytesLimit(kMostBytes);
        stream.SetRecursionLimit(kDeepestNesting);
        parsed = message->ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
    }
    if (stop.stop_requested()) {
        return Diagnostic{ErrorKind::BadInput, "reading the model was cancelled", "", ""};
    }
    if (!parsed || file.bad()) {
        std::error_code code;
        const auto size = std::filesystem::file_size(path, code);
        return parseError(path, code ? 0 : static_cast<std::int64_t>(size));
    }
    return std::shared_ptr<const onnx::ModelProto>(std::move(message));
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/import/onnx_message.h"

#include <algorithm>
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
using google::protobuf::io::CodedOutputStream;
using google::protobuf::io::IstreamInputStream;
using google::protobuf::io::ZeroCopyInputStream;

constexpr int kMostBytes = std::numeric_limits<int>::max(); ///< protobuf's own limit
constexpr int kDeepestNesting = 100;
constexpr int kBlockBytes = 1 << 18;
constexpr double kShareOfReading = 0.9; // of the time that an import takes

/// Ends the stream early when a stop is asked for.
class StoppableStream : public ZeroCopyInputStream {
public:
    StoppableStream(std::istream& stream, std::int64_t size, const ImportOptions& options)
        : m_stream(&stream, kBlockBytes), m_size(size), m_options(options)
    {
    }
    bool Next(const void** data, int* size) override
    {
        if (m_options.progress && m_size > 0) {
            const auto done = static_cast<double>(std::min(ByteCount(), m_size));
            m_options.progress(kShareOfReading * done / static_cast<double>(m_size));
        }
        return !m_options.stop.stop_requested() && m_stream.Next(data, size);
    }
    void BackUp(int count) override { m_stream.BackUp(count); }
    bool Skip(int count) override { return m_stream.Skip(count); }
    std::int64_t ByteCount() const override { return m_stream.ByteCount(); }

private:
    IstreamInputStream m_stream;
    std::int64_t m_size;
    const ImportOptions& m_options;
};

using google::protobuf::internal::WireFormatLite;

/// Parses a ModelProto field by field. protobuf alone would grow a large weight by doubling, and so
/// hold it nearly twice; here raw_data gets its memory in one piece. All else is handed to
/// protobuf.
class ModelParser {
public:
    explicit ModelParser(CodedInputStream& stream) : m_stream(stream) {}

    /// Reads up to the stream's limit.
    bool parse(onnx::ModelProto& model)
    {
        return parseFields(model, onnx::ModelProto::kGraphFieldNumber,
                           [&] { return parseGraph(*model.mutable_graph()); });
    }

private:
    bool parseGraph(onnx::GraphProto& graph)
    {
        return parseFields(graph, onnx::GraphProto::kInitializerFieldNumber,
                           [&] { return parseTensor(*graph.add_initializer()); });
    }

    bool parseTensor(onnx::TensorProto& tensor)
    {
        return parseFields(tensor, onnx::TensorProto::kRawDataFieldNumber,
                           [&] { return readToLimit(*tensor.mutable_raw_data()); });
    }

    /// Fields up to the limit: those of number `special` by `parseSpecial`, inside a limit of their
    /// own, the others by protobuf.
    template <class Message, class Special>
    bool parseFields(Message& message, int special, Special parseSpecial)
    {
        const std::uint32_t specialTag =
            WireFormatLite::MakeTag(special, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
        std::string others;
        while (const std::uint32_t tag = m_stream.ReadTag()) {
            const bool isRead =
                tag == specialTag ? readLimited(parseSpecial) : copyField(tag, others);
            if (!isRead || (others.size() > kBlockBytes && !merge(message, others))) {
                return false;
            }
        }
        return m_stream.ConsumedEntireMessage() && merge(message, others);
    }

    template <class Special> bool readLimited(Special parseSpecial)
    {
        std::uint32_t length = 0;
        if (!m_stream.ReadVarint32(&length) ||
            static_cast<std::int64_t>(length) > m_stream.BytesUntilLimit()) {
            return false;
        }
        const auto outer = m_stream.PushLimit(static_cast<int>(length));
        const bool isRead = parseSpecial() && m_stream.BytesUntilLimit() == 0;
        m_stream.PopLimit(outer);
        return isRead;
    }

    bool readToLimit(std::string& bytes)
    {
        bytes.resize(static_cast<std::size_t>(m_stream.BytesUntilLimit()));
        return m_stream.ReadRaw(bytes.data(), static_cast<int>(bytes.size()));
    }

    bool copyField(std::uint32_t tag, std::string& fields)
    {
        google::protobuf::io::StringOutputStream raw(&fields);
        CodedOutputStream copy(&raw);
        return WireFormatLite::SkipField(&m_stream, tag, &copy);
    }

    template <class Message> static bool merge(Message& message, std::string& fields)
    {
        CodedInputStream stream(reinterpret_cast<const std::uint8_t*>(fields.data()),
                                static_cast<int>(fields.size()));
        stream.SetRecursionLimit(kDeepestNesting);
        const bool isMerged =
            message.MergeFromCodedStream(&stream) && stream.ConsumedEntireMessage();
        fields.clear();
        return isMerged;
    }

    CodedInputStream& m_stream;
};

/// Bytes that the file's last top-level field lacks, or nothing if the file is not just cut off.
std::optional<std::int64_t> missingBytes(const std::filesystem::path& path, std::int64_t size)
{
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
                                                                const ImportOptions& options)
{
    const google::protobuf::LogSilencer silencer; // the Diagnostic says it, stderr need not
    std::error_code code;
    const auto fileSize = std::filesystem::file_size(path, code);
    const std::int64_t size = code ? 0 : static_cast<std::int64_t>(fileSize);
    auto message = std::make_shared<onnx::ModelProto>();
    bool parsed = false;
    if (size <= kMostBytes) {
        std::ifstream file(path, std::ios::binary);
        StoppableStream raw(file, size, options);
        CodedInputStream stream(&raw);
        stream.SetTotalBytesLimit(kMostBytes);
        stream.SetRecursionLimit(kDeepestNesting);
        stream.PushLimit(static_cast<int>(size));
        parsed = ModelParser(stream).parse(*message);
    }
    if (options.stop.stop_requested()) {
        return Diagnostic{ErrorKind::BadInput, "reading the model was cancelled", "", ""};
    }
    if (!parsed) {
        return parseError(path, size);
    }
    return std::shared_ptr<const onnx::ModelProto>(std::move(message));
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/io/npy_header.h"

#include <array>
#include <charconv>
#include <optional>
#include <string_view>

namespace tidemark {

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kLongestHeader = std::size_t{64} * 1024;
constexpr std::size_t kHighestRank = 32; ///< NumPy's own limit

struct Descr {
    std::string_view code; ///< without the mark of the byte order
    DataType type;
};

constexpr std::array<Descr, 12> kDescrs{{{"f4", DataType::Float32},
                                         {"f2", DataType::Float16},
                                         {"f8", DataType::Float64},
                                         {"i1", DataType::Int8},
                                         {"u1", DataType::UInt8},
                                         {"i2", DataType::Int16},
                                         {"u2", DataType::UInt16},
                                         {"i4", DataType::Int32},
                                         {"u4", DataType::UInt32},
                                         {"i8", DataType::Int64},
                                         {"u8", DataType::UInt64},
                                         {"b1", DataType::Bool}}};

Diagnostic refusal(const std::string& what, const std::string& mend)
{
    return {ErrorKind::BadInput, what, "", mend};
}

Result<DataType> parseDescr(const std::string& descr)
{
    const std::string quoted = "'" + printable(descr) + "'";
    if (descr.size() < 2) {
        return refusal("elements of type " + quoted, "save numbers");
    }
    for (const Descr& known : kDescrs) {
        if (descr.substr(1) != known.code) {
            continue;
        }
        const bool oneByte = elementBytes(known.type) == Bytes(1);
        if (descr[0] == '<' || (descr[0] == '|' && oneByte)) {
            return known.type;
        }
        return refusal("elements of type " + quoted + " are not little-endian",
                       "save them with array.astype('<" + std::string(known.code) + "')");
    }
    return refusal("elements of type " + quoted,
                   "save plain numbers: fp16, fp32, fp64, integers or bool");
}

/// Reads the dictionary: no more of Python's grammar than NumPy writes.
class DictionaryParser {
public:
    explicit DictionaryParser(std::string_view text) : m_rest(text) {}

    Result<NpyHeader> parse()
    {
        if (!take('{')) {
            return malformed();
        }
        while (!take('}')) {
            const std::optional<std::string> key = text();
            if (!key || !take(':')) {
                return malformed();
            }
            if (const Status status = value(*key); !status) {
                return status.error();
            }
            if (!take(',') && !sees('}')) {
                return malformed();
            }
        }
        skipSpace();
        if (!m_rest.empty() || !m_type || !m_columnsFirst || !m_shape) {
            return malformed();
        }
        return NpyHeader{*m_type, *m_columnsFirst, *m_shape, Bytes(0)};
    }

private:
    static Diagnostic malformed()
    {
        return refusal("the header is malformed", "save the array again with numpy.save");
    }

    void skipSpace()
    {
        while (!m_rest.empty() && (m_rest[0] == ' ' || m_rest[0] == '\n')) {
            m_rest.remove_prefix(1);
        }
    }

    bool take(std::string_view token)
    {
        skipSpace();
        const bool found = m_rest.starts_with(token);
        m_rest.remove_prefix(found ? token.size() : 0);
        return found;
    }
    bool sees(char token)
    {
        skipSpace();
        return m_rest.starts_with(token);
    }
    bool take(char token) { return take(std::string_view(&token, 1)); }

    std::optional<std::string> text()
    {
        const char quote = take('\'') ? '\'' : '"';
        if (quote == '"' && !take('"')) {
            return std::nullopt;
        }
        const std::size_t end = m_rest.find(quote);
        if (end == std::string_view::npos) {
            return std::nullopt;
        }
        const std::string result(m_rest.substr(0, end));
        m_rest.remove_prefix(end + 1);
        return result;
    }

    Status value(const std::string& key)
    {
        if (key == "descr" && !m_type) {
            return descr();
        }
        if (key == "fortran_order" && !m_columnsFirst) {
            const bool yes = take("True");
            m_columnsFirst = yes;
            return yes || take("False") ? Status(Done{}) : Status(malformed());
        }
        if (key == "shape" && !m_shape) {
            m_shape = shape();
            return m_shape ? Status(Done{}) : Status(malformed());
        }
        return malformed();
    }

    Status descr()
    {
        if (take('[')) {
            return refusal("a structured array", "save a plain array of numbers");
        }
        const std::optional<std::string> code = text();
        if (!code) {
            return malformed();
        }
        const Result<DataType> type = parseDescr(*code);
        if (!type) {
            return type.error();
        }
        m_type = *type;
        return Done{};
    }

    /// "(3, 4)", "(3,)", "()"; Python 2 wrote "(3L, 4L)".
    std::optional<Shape> shape()
    {
        if (!take('(')) {
            return std::nullopt;
        }
        Shape shape;
        while (!take(')')) {
            const std::optional<std::int64_t> extent = number();
            if (!extent || shape.size() == kHighestRank) {
                return std::nullopt;
            }
            shape.push_back(*extent);
            take('L');
            if (!take(',') && !sees(')')) {
                return std::nullopt;
            }
        }
        return shape;
    }

    std::optional<std::int64_t> number()
    {
        skipSpace();
        std::int64_t value = 0;
        const char* begin = m_rest.data();
        const auto [end, error] = std::from_chars(begin, begin + m_rest.size(), value);
        if (error != std::errc() || value < 0) {
            return std::nullopt;
        }
        m_rest.remove_prefix(static_cast<std::size_t>(end - begin));
        return value;
    }

    std::string_view m_rest;
    std::optional<DataType> m_type;
    std::optional<bool> m_columnsFirst;
    std::optional<Shape> m_shape;
};

std::size_t littleEndian(const std::string& bytes)
{
    std::size_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;) {
        value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    }
    return value;
}

} // namespace

Result<NpyHeader> readNpyHeader(const std::function<std::string(std::size_t)>& read)
{
    const std::string start = read(kMagic.size() + 2);
    if (start.size() < kMagic.size() + 2 || !start.starts_with(kMagic)) {
        return refusal("not an .npy file", "save the array with numpy.save");
    }
    const int version = static_cast<std::uint8_t>(start[kMagic.size()]);
    if (version < 1 || version > 3) {
        return refusal("version " + std::to_string(version) + " of the .npy format",
                       "versions 1 to 3 are read");
    }
    const std::size_t lengthBytes = version == 1 ? 2 : 4;
    const std::string lengthText = read(lengthBytes);
    const std::size_t length = littleEndian(lengthText);
    if (lengthText.size() == lengthBytes && length > kLongestHeader) {
        return refusal("a header of " + std::to_string(length) + " bytes",
                       "save the array again with numpy.save");
    }
    const std::string text = lengthText.size() == lengthBytes ? read(length) : "";
    if (lengthText.size() < lengthBytes || text.size() < length) {
        return refusal("the file is cut short", "copy it again");
    }
    Result<NpyHeader> header = DictionaryParser(text).parse();
    if (header) {
        header->size = Bytes(static_cast<std::int64_t>(start.size() + lengthBytes + length));
    }
    return header;
}

std::string npyHeaderText(DataType type, const Shape& shape)
{
    std::string code;
    for (const Descr& known : kDescrs) {
        code = known.type == type ? std::string(known.code) : code;
    }
    std::string text = "{'descr': '" + std::string(elementBytes(type) == Bytes(1) ? "|" : "<") +
                       code + "', 'fortran_order': False, 'shape': (";
    for (const std::int64_t extent : shape) {
        text += std::to_string(extent) + (shape.size() == 1 ? "," : ", ");
    }
    if (shape.size() > 1) {
        text.resize(text.size() - 2);
    }
    text += "), }";
    const std::size_t before = kMagic.size() + 4;
    text += std::string(63 - (before + text.size()) % 64, ' ') + "\n";
    return std::string(kMagic) + '\1' + '\0' + static_cast<char>(text.size() & 255) +
           static_cast<char>(text.size() >> 8) + text;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/allocation_problem.h"

#include "core/io/file.h"
#include "core/model/format.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <unordered_set>

namespace tidemark {

namespace {

constexpr std::size_t kMostRows = 50'000;
constexpr std::size_t kMostIdBytes = 256;
constexpr Bytes kMostFileBytes{16 << 20};
constexpr std::int64_t kLatest = std::int64_t{1} << 60;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40; // the sum of all stays within 64 bits
constexpr std::int64_t kMostAlignment = std::int64_t{1} << 20;

enum Column : std::size_t { Id, Lower, Upper, Size, Alignment, Offset, kColumns };
constexpr std::array<std::string_view, kColumns> kNames{"id",   "lower",     "upper",
                                                        "size", "alignment", "offset"};
constexpr const char* kForm = "the header is id,lower,upper,size and perhaps alignment,offset";

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view kBlank = " \t\r";
    const std::size_t first = text.find_first_not_of(kBlank);
    return first == std::string_view::npos
               ? std::string_view()
               : text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::vector<std::string_view> fieldsOf(std::string_view line)
{
    std::vector<std::string_view> fields;
    while (true) {
        const std::size_t comma = line.find(',');
        fields.push_back(trimmed(line.substr(0, comma)));
        if (comma == std::string_view::npos) {
            return fields;
        }
        line.remove_prefix(comma + 1);
    }
}

class Reader {
public:
    explicit Reader(const std::string& where) : m_where(where) {}

    Result<AllocationProblem> read(std::string_view text)
    {
        if (text.starts_with("\xEF\xBB\xBF")) { // a byte order mark
            text.remove_prefix(3);
        }
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            ++m_line;
            if (const auto line = trimmed(text.substr(0, end)); !line.empty()) {
                const Status status = m_columns.empty() ? header(line) : row(line);
                if (!status) {
                    return status.error();
                }
            }
            text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        }
        if (m_columns.empty()) {
            return bad("no header", kForm);
        }
        return std::move(m_problem);
    }

private:
    Diagnostic bad(const std::string& what, const std::string& mend) const
    {
        return {ErrorKind::BadInput, what, m_where + ":" + std::to_string(std::max(m_line, 1)),
                mend};
    }

    Status header(std::string_view line)
    {
        for (const std::string_view name : fieldsOf(line)) {
            const auto known = std::find(kNames.begin(), kNames.end(), name);
            if (known == kNames.end()) {
                return bad("unknown column '" + printable(std::string(name)) + "'", kForm);
            }
            const auto column = static_cast<Column>(known - kNames.begin());
            if (std::find(m_columns.begin(), m_columns.end(), column) != m_columns.end()) {
                return bad("column '" + std::string(name) + "' appears twice", kForm);
            }
            m_columns.push_back(column);
        }
        for (const Column needed : {Id, Lower, Upper, Size}) {
            if (std::find(m_columns.begin(), m_columns.end(), needed) == m_columns.end()) {
                return bad("no column '" + std::string(kNames[needed]) + "'", kForm);
            }
        }
        return Done{};
    }

    Status row(std::string_view line)
    {
        const std::vector<std::string_view> fields = fieldsOf(line);
        if (fields.size() != m_columns.size()) {
            return bad(std::to_string(fields.size()) + " fields instead of " +
                           std::to_string(m_columns.size()),
                       "give every column of the header a value");
        }
        if (m_problem.rows.size() == kMostRows) {
            return bad("too many rows", "at most " + formatCount(kMostRows) + " can be placed");
        }
        AllocationRow row;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            if (Status status = take(row, m_columns[i], fields[i]); !status) {
                return status;
            }
        }
        if (row.lower >= row.upper) {
            return bad("buffer '" + printable(row.id) + "' ends before it begins",
                       "upper is exclusive and must be more than lower");
        }
        if (!m_ids.insert(row.id).second) {
            return bad("id '" + printable(row.id) + "' appears twice", "give each buffer its own");
        }
        m_problem.rows.push_back(std::move(row));
        return Done{};
    }

    Status take(AllocationRow& row, Column column, std::string_view field) const
    {
        switch (column) {
        case Id:
            return takeId(row, field);
        case Lower:
            return takeNumber(row.lower, column, field, -kLatest, kLatest);
        case Upper:
            return takeNumber(row.upper, column, field, -kLatest, kLatest);
        case Size:
            return takeBytes(row.size, column, field, 0, kMostBytes);
        case Alignment:
            return takeBytes(row.alignment, column, field, 1, kMostAlignment);
        default: // an offset is an answer, not a question
            return Done{};
        }
    }

    Status takeId(AllocationRow& row, std::string_view field) const
    {
        const bool plain = std::all_of(field.begin(), field.end(), [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '"';
        });
        if (field.empty() || field.size() > kMostIdBytes || !plain) {
            return bad("bad id '" + printable(std::string(field)) + "'",
                       "use 1 to 256 bytes without quotes and control characters");
        }
        row.id = field;
        return Done{};
    }

    Status takeBytes(Bytes& bytes, Column column, std::string_view field, std::int64_t least,
                     std::int64_t most) const
    {
        std::int64_t count = 0;
        Status status = takeNumber(count, column, field, least, most);
        bytes = Bytes(count);
        return status;
    }

    Status takeNumber(std::int64_t& number, Column column, std::string_view field,
                      std::int64_t least, std::int64_t most) const
    {
        const char* end = field.data() + field.size();
        const auto parsed = std::from_chars(field.data(), end, number);
        if (parsed.ec != std::errc() || parsed.ptr != end || number < least || number > most) {
            return bad(
                "bad " + std::string(kNames[column]) + " '" + printable(std::string(field)) + "'",
                "use a whole number from " + formatCount(least) + " to " + formatCount(most));
        }
        return Done{};
    }

    std::string m_where;
    int m_line = 0;
    std::vector<Column> m_columns;
    std::unordered_set<std::string> m_ids;
    AllocationProblem m_problem;
};

} // namespace

std::vector<Block> AllocationProblem::blocks() const
{
    std::vector<std::int64_t> times;
    for (const AllocationRow& row : rows) {
        times.push_back(row.lower);
        times.push_back(row.upper);
    }
    std::sort(times.begin(), times.end());
    times.erase(std::unique(times.begin(), times.end()), times.end());
    const auto rank = [&](std::int64_t time) {
        return static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), time) -
                                        times.begin());
    };
    std::vector<Block> blocks;
    for (const AllocationRow& row : rows) {
        const EventRange life{EventId(rank(row.lower)), EventId(rank(row.upper) - 1)};
        blocks.push_back({row.size, row.alignment, life, std::nullopt});
    }
    return blocks;
}

std::string AllocationProblem::solutionCsv(const std::vector<Bytes>& offsets) const
{
    std::string csv = "id,lower,upper,size,offset\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const AllocationRow& row = rows[i];
        csv += row.id + ',' + std::to_string(row.lower) + ',' + std::to_string(row.upper) + ',' +
               std::to_string(row.size.count()) + ',' + std::to_string(offsets[i].count()) + '\n';
    }
    return csv;
}

Result<AllocationProblem> parseAllocationProblem(const std::string& text, const std::string& where)
{
    return Reader(where).read(text);
}

Result<AllocationProblem> readAllocationProblem(const std::filesystem::path& path)
{
    const Result<std::string> text = readFile(path, kMostFileBytes);
    if (!text) {
        return text.error();
    }
    return parseAllocationProblem(*text, printable(path.string()));
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// One function of model.c for each stage: its kernel with literal parameters, and the addresses of
// the rows it is given.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"
#include "core/execute/kernel_fields.h"

#include <limits>
#include <type_traits>

namespace tidemark {

namespace {

std::string number(std::int64_t value)
{
    return std::to_string(value);
}

/// The fields of a call's params as an initialiser, constants and scratch by the name of their
/// address.
std::string paramFields(const BundleContent& content, const KernelCall& call, StageId stage)
{
    std::string text;
    std::size_t next = 0;
    const auto value = [&](const auto& field) {
        using Field = std::remove_cvref_t<decltype(field)>;
        if constexpr (kIsScratch<Field>) {
            const auto scratch = content.layout.scratchOf(stage);
            return scratch ? "(void*)" + content.layout.address(*scratch) : std::string("NULL");
        } else if constexpr (kIsConstant<Field>) {
            const auto id = call.constants[next++];
            return id ? content.addressOf(*id) : std::string("NULL");
        } else if constexpr (std::is_floating_point_v<Field>) {
            return floatConstant(field);
        } else {
            return field == std::numeric_limits<std::int32_t>::min() ? "(-2147483647 - 1)"
                                                                     : number(field);
        }
    };
    std::visit(
        [&](auto params) {
            forFields(params, [&](std::string_view name, const auto& field) {
                text += filled("        .@name@ = @value@,\n",
                               {{"name", std::string(name)}, {"value", value(field)}});
            });
        },
        call.params);
    return text;
}

/// The topmost input row for output row `row`.
std::string topRowText(const RowWindow& window, std::size_t input)
{
    if (!window.tops.empty()) {
        return "tops_" + std::to_string(input) + "[row]";
    }
    std::string text = window.step == 0 ? "0" : "row";
    if (window.step > 1) {
        text += " * " + number(window.step);
    }
    if (window.top != 0) {
        text += " - " + number(window.top);
    }
    return text;
}

/// The tables of rows that lie on no straight line.
std::string topTables(const KernelCall& call)
{
    std::string text;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        const std::vector<std::int32_t>& tops = call.inputs[i].window.tops;
        if (!tops.empty()) {
            text +=
                filled("    static const int32_t tops_@input@[@count@] = {\n@values@    };\n",
                       {{"input", std::to_string(i)},
                        {"count", std::to_string(tops.size())},
                        {"values", elementConstants(DataType::Int32, std::as_bytes(std::span(tops)),
                                                    "        ")}});
        }
    }
    return text;
}

/// Where row `row` (an expression) of a value is, counted in rows of `rowBytes`.
struct RowAddress {
    std::string base;
    std::int64_t rows = 0; ///< that a ring holds; 0: all there are
    std::int64_t rowBytes = 0;
    std::string table; ///< of the offsets of rows that lie apart
};

RowAddress rowAddressOf(const BundleContent& content, ValueId id, std::int64_t rowBytes)
{
    return {content.addressOf(id), content.ringRows(id), rowBytes,
            content.rowsApart(id)
                ? content.layout.address(*content.layout.rowTables()) + "." + rowTableName(id)
                : ""};
}

std::string offsetText(const RowAddress& address, const std::string& row)
{
    if (!address.table.empty()) {
        return address.table + "[" + row + "]";
    }
    const std::string slot =
        address.rows > 0 ? "((uint32_t)" + row + " % " + number(address.rows) + "U)" : row;
    return "(ptrdiff_t)" + slot + " * " + number(address.rowBytes);
}

/// Offsets of a ring's rows as a table, named `name`.
std::string offsetTable(const std::string& name, std::int64_t rows, const RowAddress& ring)
{
    std::vector<std::int32_t> offsets;
    for (std::int64_t row = 0; row < rows; ++row) {
        offsets.push_back(static_cast<std::int32_t>(row % ring.rows * ring.rowBytes));
    }
    const bool isShort = (ring.rows - 1) * ring.rowBytes <= 0xffff;
    return filled("    static const @type@ @name@[@count@] = {\n@values@    };\n",
                  {{"type", isShort ? "uint16_t" : "uint32_t"},
                   {"name", name},
                   {"count", number(rows)},
                   {"values", elementConstants(DataType::Int32, std::as_bytes(std::span(offsets)),
                                               "        ")}});
}

/// The text of one stage's function.
class StageText {
public:
    StageText(const BundleContent& content, std::size_t index)
        : m_content(content), m_network(content.network()), m_stage(m_network.stages[index]),
          m_call(content.calls[index]), m_index(index)
    {
    }

    std::string text()
    {
        const auto sums = m_content.layout.sumsOf(StageId(m_index));
        return sums ? gathering(m_content.layout.address(*sums)) : whole();
    }

private:
    RowAddress addressOf(ValueId id, std::int64_t rowBytes) const
    {
        return rowAddressOf(m_content, id, rowBytes);
    }

    /// `base` and the offset of a row, whose table goes before the loop over rows.
    std::string rowText(const std::string& name, const RowAddress& address, std::int64_t rows,
                        const std::string& row)
    {
        if (address.rows > 0 && address.table.empty() && m_content.options.rowTables) {
            m_tables += offsetTable(name, rows, address);
            return address.base + " + " + name + "[" + row + "]";
        }
        return address.base + " + " + offsetText(address, row);
    }

    /// Fills src with the rows of every input.
    std::string sourceTables()
    {
        std::string text;
        std::int32_t begin = 0;
        for (std::size_t i = 0; i < m_call.inputs.size(); ++i) {
            text += sourceTable(i, begin);
            begin += m_call.inputs[i].window.count;
        }
        return text;
    }

    std::string sourceTable(std::size_t i, std::int32_t begin)
    {
        const KernelInput& input = m_call.inputs[i];
        const RowWindow& window = input.window;
        const auto* value = std::get_if<ValueId>(&input.source);
        const std::int64_t ring = value ? m_content.ringRows(*value) : 0;
        const std::string base =
            std::visit([&](auto id) { return m_content.addressOf(id); }, input.source);
        std::string function = "tm_window_rows";
        std::string last;
        const Buffer* const apart = value ? m_content.rowsApart(*value) : nullptr;
        if (apart) {
            function = apart->needsFarRowTable() ? "listed_rows_far" : "listed_rows";
            last = addressOf(*value, window.rowBytes).table;
        } else if (ring > 0 && m_content.options.rowTables) {
            const std::string name = "rows_" + std::to_string(i);
            const RowAddress address{base, ring, window.rowBytes, ""};
            m_tables += offsetTable(name, window.rows, address);
            function = (ring - 1) * window.rowBytes <= 0xffff ? "listed_rows" : "listed_rows_far";
            last = name;
        } else {
            last = (ring > 0 ? number(ring) + ", " : "") + number(window.rowBytes);
            function = ring > 0 ? "ring_rows" : function;
        }
        return filled("        @function@(src@begin@, @count@, @base@, @rows@, @last@, @top@);\n",
                      {{"function", function},
                       {"begin", begin > 0 ? " + " + number(begin) : ""},
                       {"count", number(window.count)},
                       {"base", base},
                       {"rows", number(window.rows)},
                       {"last", last},
                       {"top", topRowText(window, i)}});
    }

    std::string inputShapes() const
    {
        std::string text;
        for (const ValueId id : m_stage.inputs) {
            text += (text.empty() ? "" : " and ") + shapeText(id);
        }
        return text;
    }

    /// "32 x 32 x 1", "32 x 32 x 1 (6 rows at a time)".
    std::string shapeText(ValueId id) const
    {
        const Value& value = m_network[id];
        const std::int64_t ring = m_content.ringRows(id);
        return number(value.rows) + " x " + number(value.width) + " x " + number(value.channels) +
               (ring > 0 ? " (" + number(ring) + " rows at a time)" : "");
    }

    std::string framed(std::string_view body, const std::string& arguments) const
    {
        return filled(R"(
/* @name@: @kind@, @from@ to @to@ */
TM_STAGE void tm_stage_@index@(@arguments@)
{
    static const @kernel@_params params = {
@fields@    };
@body@}
)",
                      {{"name", commentText(m_stage.name)},
                       {"kind", commentText(m_stage.kindText())},
                       {"from", inputShapes()},
                       {"to", shapeText(m_call.output)},
                       {"index", std::to_string(m_index)},
                       {"arguments", arguments},
                       {"kernel", std::string(m_call.kernel)},
                       {"fields", paramFields(m_content, m_call, StageId(m_index))},
                       {"body", copies() + std::string(body)}});
    }

    /// Staged copies are made when the stage begins.
    std::string copies() const
    {
        std::string text;
        for (const Buffer& buffer : m_content.plan.buffers) {
            if (buffer.kind == BufferKind::StagedCopy &&
                buffer.accesses.front().stage.index() == m_index) {
                const ConstantId id = *buffer.constant;
                text += filled("        copy_constant(@to@, &@from@, @bytes@);\n",
                               {{"to", m_content.layout.address(*m_content.layout.copyOf(id))},
                                {"from", m_content.layout.address(m_content.layout.bufferOf(id))},
                                {"bytes", number(buffer.bytes.count())}});
            }
        }
        return text.empty() ? "" : "    if (first == 0) {\n" + text + "    }\n";
    }

    std::string whole()
    {
        const std::string output = rowText(
            "rows_out", addressOf(m_call.output, m_call.outputRowBytes), m_call.outputRows, "row");
        const std::string sources = sourceTables();
        return framed(
            filled(R"(@tops@@tables@    for (int32_t row = first; row < first + rows; ++row) {
        const void* src[@count@];
        void* const dst = @output@;
@sources@        @kernel@(&dst, 1, src, &params);
    }
)",
                   {{"tops", topTables(m_call)},
                    {"tables", m_tables},
                    {"count", number(m_call.sourceRows())},
                    {"output", output},
                    {"sources", sources},
                    {"kernel", std::string(m_call.kernel)}}),
            "int32_t first, int32_t rows");
    }

    /// Input rows one by one into an accumulator, then the output.
    std::string gathering(const std::string& sums)
    {
        const ValueId input = m_stage.inputs.front();
        const std::int64_t rows = m_network[input].rows;
        const std::string row =
            rowText("rows_0", addressOf(input, m_network[input].rowBytes().count()), rows, "step");
        const bool isFloat = m_call.kernel.ends_with("_f32");
        return framed(filled(R"(    @type@* const sums = (@type@*)(void*)@sums@;
@tables@    for (int32_t step = first; step < first + steps; ++step) {
        if (step == 0) {
            @kernel@_begin(sums, &params);
        }
        if (step < @rows@) {
            @kernel@_add(sums, @row@, step, &params);
        } else {
            @kernel@_end(@output@, sums, &params);
        }
    }
)",
                             {{"type", isFloat ? "float" : "int32_t"},
                              {"sums", sums},
                              {"tables", m_tables},
                              {"kernel", std::string(m_call.kernel)},
                              {"rows", number(rows)},
                              {"row", row},
                              {"output", m_content.addressOf(m_call.output)}}),
                      "int32_t first, int32_t steps");
    }

    const BundleContent& m_content;
    const Network& m_network;
    const Stage& m_stage;
    const KernelCall& m_call;
    std::size_t m_index;
    std::string m_tables; ///< offsets of rows
};

/// A constant into RAM, in front of the stage that reads it there.
constexpr std::string_view kCopyConstant = R"(
/* Words of whatever type. */
#if defined(__GNUC__)
typedef uint32_t __attribute__((__may_alias__)) copied_word;
#else
typedef uint32_t copied_word;
#endif

/* Words, both ends aligned, then the bytes that are left. */
TM_STAGE static void copy_constant(void* to, const void* from, int32_t bytes)
{
    copied_word* word = (copied_word*)to;
    const copied_word* const end = word + bytes / 4;
    const copied_word* source = (const copied_word*)from;
    while (word < end) {
        *word++ = *source++;
    }
    for (int32_t i = 0; i < bytes % 4; ++i) {
        ((unsigned char*)word)[i] = ((const unsigned char*)source)[i];
    }
}
)";

/// The entries of src_rows for a ring, computed or looked up.
constexpr std::string_view kRingRows = R"(
/* tm_window_rows() for a tensor whose rows take turns in `stored` places. */
TM_INLINE void ring_rows(const void** table, int32_t count, const void* base, int32_t rows,
                         int32_t stored, int32_t row_bytes, int32_t top)
{
    for (int32_t k = 0; k < count; ++k) {
        const int32_t row = top + k;
        const uint32_t slot = (uint32_t)row % (uint32_t)stored;
        table[k] = row < 0 || row >= rows
                       ? NULL
                       : (const unsigned char*)base + (ptrdiff_t)slot * row_bytes;
    }
}
)";
constexpr std::string_view kListedRows = R"(
/* tm_window_rows() for a tensor whose rows lie where `offsets` says. */
TM_INLINE void @name@(const void** table, int32_t count, const void* base, int32_t rows,
                      const @type@* offsets, int32_t top)
{
    for (int32_t k = 0; k < count; ++k) {
        const int32_t row = top + k;
        table[k] = row < 0 || row >= rows ? NULL : (const unsigned char*)base + offsets[row];
    }
}
)";

} // namespace

std::string rowTableName(ValueId value)
{
    return "rows_of_" + std::to_string(value.index());
}

std::string stageFunctions(const BundleContent& content)
{
    std::string stages;
    for (std::size_t s = 0; s < content.network().stages.size(); ++s) {
        stages += StageText(content, s).text();
    }
    const auto uses = [&](const char* function) {
        return stages.find(" " + std::string(function) + "(") != std::string::npos;
    };
    std::string helpers = uses("copy_constant") ? std::string(kCopyConstant) : "";
    helpers += uses("ring_rows") ? std::string(kRingRows) : "";
    for (const auto& [name, type] :
         {std::pair("listed_rows", "uint16_t"), std::pair("listed_rows_far", "uint32_t")}) {
        helpers += uses(name) ? filled(kListedRows, {{"name", name}, {"type", type}}) : "";
    }
    return helpers + stages;
}

std::string inputRowAddress(const BundleContent& content, const std::string& row)
{
    const ValueId id = content.network().inputs.front();
    const Value& value = content.network()[id];
    RowAddress address = rowAddressOf(content, id, value.rowBytes().count());
    address.rows = address.rows > 0 ? address.rows : value.rows;
    const std::string within = row + " % " + number(value.rows) + "U"; // asked after the last, too
    return address.base + " + " + offsetText(address, address.table.empty() ? row : within);
}

} // namespace tidemark

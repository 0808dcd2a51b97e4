// SPDX-License-Identifier: Apache-2.0
// weights.h and weights.c: per bank one struct of constants and one of the driver's tables, each in
// a section of its own.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"

namespace tidemark {

namespace {

/// A constant, or unused bytes.
struct Member {
    std::optional<BufferId> buffer;
    Bytes bytes;
};

/// Of the struct: without the section's last constant where that is an object of its own. The
/// struct reaches up to the section above it.
std::vector<Member> membersOf(const Plan& plan, const PlannedSection& section)
{
    std::vector<Member> members;
    Bytes reached = section.begin;
    for (const BufferId id : section.buffers) {
        const Bytes offset = plan.placement(id).offset;
        if (offset > reached) {
            members.push_back({std::nullopt, offset - reached});
        }
        if (section.last == id) {
            break;
        }
        members.push_back({id, plan[id].bytes});
        reached = offset + plan[id].bytes;
    }
    if (!section.last && section.end > reached) {
        members.push_back({std::nullopt, section.end - reached});
    }
    return members;
}

Bytes structBytes(const BundleContent& content, const PlannedSection& section)
{
    const Bytes end = section.last ? content.plan.placement(*section.last).offset : section.end;
    return end - section.begin;
}

const Constant& constantOf(const BundleContent& content, BufferId id)
{
    return content.network()[*content.plan[id].constant];
}

/// `form` with a constant's type, count and this name, and a comment of what it is.
std::string declaration(const BundleContent& content, BufferId id, std::string_view form,
                        const std::string& name)
{
    const Constant& constant = constantOf(content, id);
    return filled(form, {{"type", std::string(cType(constant.type))},
                         {"name", name},
                         {"count", std::to_string(elementCount(constant.shape).value_or(0))}}) +
           filled(" /* @tensor@, @shape@ */\n",
                  {{"tensor", commentText(constant.name)}, {"shape", toString(constant.shape)}});
}

std::string elements(const BundleContent& content, BufferId id)
{
    const Constant& constant = constantOf(content, id);
    return elementConstants(constant.type, constant.data.bytes(), "        ");
}

/// The section's last constant where it is an object of its own.
std::string lastDefinition(const BundleContent& content, const PlannedSection& section)
{
    if (!section.last) {
        return "";
    }
    return filled(R"(
TM_PLACE("@section@", @alignment@)
const @type@ @symbol@[] = {
@values@};
)",
                  {{"section", section.lastName()},
                   {"alignment", std::to_string(content.plan[*section.last].alignment.count())},
                   {"type", std::string(cType(constantOf(content, *section.last).type))},
                   {"symbol", section.lastSymbol()},
                   {"values", elements(content, *section.last)}});
}

template <class F> void forEachStruct(const BundleContent& content, F visit)
{
    for (const PlannedSection& section : content.layout.sections()) {
        if (section.kind != PlannedSection::Kind::Arena) {
            visit(section);
        }
    }
}

/// Values whose rows lie apart, by how wide the offsets in their tables are: those of 4 bytes
/// first, so that nothing is padded between them.
std::vector<const Buffer*> tabledBuffers(const BundleContent& content)
{
    std::vector<const Buffer*> tabled;
    for (const bool isFar : {true, false}) {
        for (const Buffer& buffer : content.plan.buffers) {
            if (buffer.hasRowsApart() && buffer.needsFarRowTable() == isFar) {
                tabled.push_back(&buffer);
            }
        }
    }
    return tabled;
}

/// Whether a halfword is left over at the end of the row tables.
bool padsRowTables(const BundleContent& content)
{
    Bytes sum;
    for (const Buffer& buffer : content.plan.buffers) {
        sum += buffer.rowTableBytes();
    }
    return sum != content.plan.rowTableBytes();
}

std::string rowTablesType(const BundleContent& content)
{
    std::string arrays;
    for (const Buffer* const buffer : tabledBuffers(content)) {
        arrays += filled("        @type@ @name@[@count@]; /* @buffer@ */\n",
                         {{"type", buffer->needsFarRowTable() ? "uint32_t" : "uint16_t"},
                          {"name", rowTableName(*buffer->value)},
                          {"count", std::to_string(buffer->rowOffsets.size())},
                          {"buffer", commentText(buffer->name)}});
    }
    return "struct { /* where rows lie, from their tensor's lowest on */\n" + arrays +
           (padsRowTables(content) ? "        uint16_t padding;\n" : "") + "    }";
}

std::string rowTablesValues(const BundleContent& content)
{
    std::string values;
    for (const Buffer* const buffer : tabledBuffers(content)) {
        std::vector<std::int32_t> offsets;
        for (const Bytes offset : buffer->rowOffsets) {
            offsets.push_back(static_cast<std::int32_t>(offset.count()));
        }
        values +=
            filled("        .@name@ = {\n@values@        },\n",
                   {{"name", rowTableName(*buffer->value)},
                    {"values", elementConstants(DataType::Int32, std::as_bytes(std::span(offsets)),
                                                "            ")}});
    }
    return values;
}

/// A member of a struct: a constant, or a table that the driver looks things up in.
std::string memberType(const BundleContent& content, BufferId id)
{
    const std::string name = content.layout.member(id);
    return content.plan[id].constant ? declaration(content, id, "    @type@ @name@[@count@];", name)
           : id == content.layout.rowTables()
               ? "    " + rowTablesType(content) + " " + name + ";\n"
               : "    " + content.driver.tableType("    ") + " " + name + ";\n";
}

std::string memberValues(const BundleContent& content, BufferId id)
{
    return content.plan[id].constant          ? elements(content, id)
           : id == content.layout.rowTables() ? rowTablesValues(content)
                                              : content.driver.tableValues("        ");
}

} // namespace

std::string weightsHeader(const BundleContent& content)
{
    std::string structs;
    forEachStruct(content, [&](const PlannedSection& section) {
        std::string members;
        int gaps = 0;
        for (const Member& member : membersOf(content.plan, section)) {
            if (!member.buffer) {
                members += filled("    unsigned char gap@index@[@bytes@];\n",
                                  {{"index", std::to_string(gaps++)},
                                   {"bytes", std::to_string(member.bytes.count())}});
                continue;
            }
            members += memberType(content, *member.buffer);
        }
        structs += filled(R"(
struct @symbol@_t {
@members@};
extern const struct @symbol@_t @symbol@; /* @bytes@ bytes */
)",
                          {{"symbol", section.symbol()},
                           {"members", members},
                           {"bytes", std::to_string(structBytes(content, section).count())}});
        if (section.last) {
            structs += declaration(content, *section.last, "extern const @type@ @name@[@count@];",
                                   section.lastSymbol());
        }
    });
    return fileHead(content, "Constants, structs of each bank") + filled(R"(#ifndef TM_WEIGHTS_H
#define TM_WEIGHTS_H

#include <stdint.h>

#include "kernels/tm_kernels.h" /* TM_INFINITY */

/* The section that puts an object into its bank, and its alignment. */
#if defined(__GNUC__)
#define TM_PLACE(section_name, alignment) __attribute__((section(section_name), aligned(alignment)))
#else
#define TM_PLACE(section_name, alignment)
#endif

#ifdef __cplusplus
extern "C" {
#endif
@structs@
#ifdef __cplusplus
}
#endif

#endif
)",
                                                                         {{"structs", structs}});
}

std::string weightsSource(const BundleContent& content)
{
    std::string text = fileHead(content, "Constants, structs of each bank") +
                       "#include \"weights.h\"\n" +
                       (content.layout.scheduleTable() ? "\n#include \"model.h\"\n" : "");
    forEachStruct(content, [&](const PlannedSection& section) {
        std::string members;
        for (const Member& member : membersOf(content.plan, section)) {
            if (member.buffer) {
                members += filled("    .@name@ = {\n@values@    },\n",
                                  {{"name", content.layout.member(*member.buffer)},
                                   {"values", memberValues(content, *member.buffer)}});
            }
        }
        text += filled(R"(
TM_PLACE("@section@", @alignment@)
const struct @symbol@_t @symbol@ = {
@members@};
)",
                       {{"section", section.name()},
                        {"alignment", std::to_string(section.alignment.count())},
                        {"symbol", section.symbol()},
                        {"members", members}}) +
                lastDefinition(content, section);
    });
    return text;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// weights.h and weights.c: one struct of constants per bank, in a section of its own.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"

namespace tidemark {

namespace {

/// A constant, or the unused bytes before it.
struct Member {
    std::optional<BufferId> buffer;
    Bytes bytes;
};

std::vector<Member> membersOf(const Plan& plan, const PlannedSection& section)
{
    std::vector<Member> members;
    Bytes reached = section.begin;
    for (const BufferId id : section.buffers) {
        const Bytes offset = plan.placement(id).offset;
        if (offset > reached) {
            members.push_back({std::nullopt, offset - reached});
        }
        members.push_back({id, plan[id].bytes});
        reached = offset + plan[id].bytes;
    }
    return members;
}

template <class F> void forEachWeightSection(const BundleContent& content, F visit)
{
    for (const PlannedSection& section : content.layout.sections()) {
        if (section.kind == PlannedSection::Kind::Weights) {
            visit(section);
        }
    }
}

} // namespace

std::string weightsHeader(const BundleContent& content)
{
    std::string structs;
    forEachWeightSection(content, [&](const PlannedSection& section) {
        std::string members;
        int gaps = 0;
        for (const Member& member : membersOf(content.plan, section)) {
            if (!member.buffer) {
                members += filled("    unsigned char gap@index@[@bytes@];\n",
                                  {{"index", std::to_string(gaps++)},
                                   {"bytes", std::to_string(member.bytes.count())}});
                continue;
            }
            const Constant& constant = content.network()[*content.plan[*member.buffer].constant];
            members += filled("    @type@ @name@[@count@]; /* @tensor@, @shape@ */\n",
                              {{"type", std::string(cType(constant.type))},
                               {"name", content.layout.member(*member.buffer)},
                               {"count", std::to_string(elementCount(constant.shape).value_or(0))},
                               {"tensor", commentText(constant.name)},
                               {"shape", toString(constant.shape)}});
        }
        structs += filled(R"(
struct @symbol@_t {
@members@};
extern const struct @symbol@_t @symbol@; /* @bytes@ bytes */
)",
                          {{"symbol", section.symbol()},
                           {"members", members},
                           {"bytes", std::to_string(section.bytes().count())}});
    });
    return fileHead(content, "Constants, one struct per bank") + filled(R"(#ifndef TM_WEIGHTS_H
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
    std::string text =
        fileHead(content, "Constants, one struct per bank") + "#include \"weights.h\"\n";
    forEachWeightSection(content, [&](const PlannedSection& section) {
        std::string members;
        for (const Member& member : membersOf(content.plan, section)) {
            if (member.buffer) {
                const ConstantId id = *content.plan[*member.buffer].constant;
                members += filled(
                    "    .@name@ = {\n@values@    },\n",
                    {{"name", content.layout.member(*member.buffer)},
                     {"values", elementConstants(content.network()[id].type,
                                                 content.network()[id].data.bytes(), "        ")}});
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
                        {"members", members}});
    });
    return text;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// weights.h and weights.c: one struct of constants per bank, in a section of its own.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"

#include <cstring>

namespace tidemark {

namespace {

std::vector<float> floatsOf(const Constant& constant)
{
    const std::span<const std::byte> bytes = constant.data.bytes();
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
    return values;
}

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
    std::string text = fileHead(content, "Constants, one struct per bank");
    text += "#ifndef TM_WEIGHTS_H\n#define TM_WEIGHTS_H\n\n#include \"kernels/tm_kernels.h\"\n\n"
            "/* The section that puts an object into its bank, and its alignment. */\n"
            "#if defined(__GNUC__)\n#define TM_PLACE(section_name, alignment) \\\n"
            "    __attribute__((section(section_name), aligned(alignment)))\n"
            "#else\n#define TM_PLACE(section_name, alignment)\n#endif\n\n"
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    forEachWeightSection(content, [&](const PlannedSection& section) {
        text += "\nstruct " + section.symbol() + "_t {\n";
        int gap = 0;
        for (const Member& member : membersOf(content.plan, section)) {
            if (!member.buffer) {
                text += "    unsigned char gap" + std::to_string(gap++) + "[" +
                        std::to_string(member.bytes.count()) + "];\n";
                continue;
            }
            const Constant& constant = content.network()[*content.plan[*member.buffer].constant];
            text += "    float " + content.layout.member(*member.buffer) + "[" +
                    std::to_string(floatsOf(constant).size()) + "]; /* " +
                    commentText(constant.name) + ", " + toString(constant.shape) + " */\n";
        }
        text += "};\nextern const struct " + section.symbol() + "_t " + section.symbol() + "; /* " +
                std::to_string(section.bytes().count()) + " bytes */\n";
    });
    return text + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

std::string weightsSource(const BundleContent& content)
{
    std::string text = fileHead(content, "Constants, one struct per bank");
    text += "#include \"weights.h\"\n";
    forEachWeightSection(content, [&](const PlannedSection& section) {
        text += "\nTM_PLACE(\"" + section.name() + "\", " +
                std::to_string(section.alignment.count()) + ")\nconst struct " + section.symbol() +
                "_t " + section.symbol() + " = {\n";
        for (const Member& member : membersOf(content.plan, section)) {
            if (member.buffer) {
                const ConstantId id = *content.plan[*member.buffer].constant;
                text += "    ." + content.layout.member(*member.buffer) + " = {\n" +
                        floatConstants(floatsOf(content.network()[id]), "        ") + "    },\n";
            }
        }
        text += "};\n";
    });
    return text;
}

} // namespace tidemark

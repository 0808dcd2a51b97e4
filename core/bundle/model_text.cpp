// SPDX-License-Identifier: Apache-2.0
// model.h and model.c: the arenas, one function per stage, the schedule.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"
#include "core/lower/fixed_point.h"

#include <set>

namespace tidemark {

namespace {

std::string number(std::int64_t value)
{
    return std::to_string(value);
}

std::string sizeMacros(const std::string& prefix, const Value& value)
{
    return filled(R"(#define TM_@prefix@_ROWS @rows@
#define TM_@prefix@_WIDTH @width@
#define TM_@prefix@_CHANNELS @channels@
#define TM_@prefix@_ELEMENTS @elements@
#define TM_@prefix@_BYTES @bytes@
)",
                  {{"prefix", prefix},
                   {"rows", number(value.rows)},
                   {"width", number(value.width)},
                   {"channels", number(value.channels)},
                   {"elements", number(value.elements())},
                   {"bytes", number(value.bytes().count())}});
}

/// " real = 0x1p-8f * (stored - -128)." for a comment; nothing for floats.
std::string quantizationText(const Value& value)
{
    if (!value.quantization) {
        return "";
    }
    return " real = " + floatConstant(static_cast<float>(scaleOf(value.quantization))) +
           " * (stored - " + number(zeroPointOf(value.quantization)) + ").";
}

/// `line` for every arena, filled with its symbol, section, bytes and alignment.
std::string forEachArena(const BundleContent& content, std::string_view line)
{
    std::string text;
    for (const PlannedSection& section : content.layout.sections()) {
        if (section.kind == PlannedSection::Kind::Arena) {
            text += filled(line, {{"symbol", section.symbol()},
                                  {"section", section.name()},
                                  {"bytes", number(section.bytes().count())},
                                  {"alignment", number(section.alignment.count())}});
        }
    }
    return text;
}

std::string forEachStage(const BundleContent& content, std::string_view line)
{
    std::string text;
    for (std::size_t s = 0; s < content.network().stages.size(); ++s) {
        text += filled(line, {{"index", std::to_string(s)}});
    }
    return text;
}

/// `line` for every value, filled with its index ("" for the first, then "_1"), type, meaning and
/// address; `firstLine` for the first one.
std::string forEachValue(const BundleContent& content, const std::vector<ValueId>& ids,
                         std::string_view line, std::string_view firstLine)
{
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const Value& value = content.network()[ids[i]];
        text +=
            filled(i == 0 ? firstLine : line, {{"suffix", i == 0 ? "" : "_" + std::to_string(i)},
                                               {"type", std::string(cType(value.type))},
                                               {"quantization", quantizationText(value)},
                                               {"address", content.addressOf(ids[i])}});
    }
    return text;
}

std::string forEachValue(const BundleContent& content, const std::vector<ValueId>& ids,
                         std::string_view line)
{
    return forEachValue(content, ids, line, line);
}

std::string forEachSize(const BundleContent& content, const std::string& prefix,
                        const std::vector<ValueId>& ids)
{
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        text += sizeMacros(i == 0 ? prefix : prefix + "_" + std::to_string(i),
                           content.network()[ids[i]]);
    }
    return text;
}

constexpr std::string_view kMarker = R"(
TM_STAGE void tm_run_@name@(void)
{
#if defined(__GNUC__)
    __asm__ volatile(""); /* keeps the call */
#endif
}
)";
constexpr std::string_view kRowAccessor = R"(
@type@* tm_model_input@suffix@(void)
{
    return (@type@*)(void*)row_slot();
}
)";
constexpr std::string_view kAccessor = R"(
@type@* tm_model_input@suffix@(void)
{
    return (@type@*)(void*)@address@;
}
)";
constexpr std::string_view kOutputAccessor = R"(
@type@* tm_model_output@suffix@(void)
{
    return (@type@*)(void*)@address@;
}
)";

constexpr std::string_view kRuns =
    R"(/* One run: no allocation, no state but the arenas. Not re-entrant. */
void tm_model_run(void);
/* The same; `hook` is called with a stage's index before each call of its function, and with
 * TM_STAGES after the last. */
void tm_model_run_hooked(void (*hook)(uint32_t stage));

)";
constexpr std::string_view kStreamedRuns = R"(
/* A run, row by row of the input from top to bottom, without allocation. Not re-entrant.
 *
 *     tm_model_begin();
 *     do {
 *         wait_for_a_row(row);
 *     } while (tm_model_push_row(row) > 0);
 *
 * tm_model_begin() starts a run; one that waits for rows is given up. */
void tm_model_begin(void);
/* The same; `hook` is called with a stage's index before each call of its function, and with
 * TM_STAGES after the last and whenever a row is waited for. */
void tm_model_begin_hooked(void (*hook)(uint32_t stage));
/* Takes TM_INPUT_ROW_BYTES, the next row, and runs all that it makes possible. How many rows are
 * wanted still; 0: the output is there; -1: no row was wanted, none was taken. */
int32_t tm_model_push_row(const void* row);

)";

std::string inputDeclarations(const BundleContent& content)
{
    const std::string declarations =
        forEachValue(content, content.network().inputs,
                     "@type@* tm_model_input@suffix@(void); /*@quantization@ */\n");
    if (!content.driver.streams()) {
        return "/* Where to put the inputs. They lie in an arena and are undefined after a run. "
               "*/\n" +
               declarations;
    }
    const Value& input = content.network()[content.network().inputs.front()];
    return "#define TM_INPUT_ROW_BYTES " + number(input.rowBytes().count()) +
           "\n\n/* Where the next row of the input goes: write it there before it is pushed, or "
           "push it "
           "from\n * anywhere else. */\n" +
           declarations;
}

std::string kernelIncludes(const BundleContent& content)
{
    std::set<std::string_view> kernels;
    for (const KernelCall& call : content.calls) {
        kernels.insert(call.kernel);
    }
    std::string text;
    for (const std::string_view kernel : kernels) {
        text += filled("#include \"kernels/@kernel@.h\"\n", {{"kernel", std::string(kernel)}});
    }
    return text;
}

std::string driverText(const BundleContent& content)
{
    const auto table = content.layout.scheduleTable();
    return content.driver.text(inputRowAddress(content, "row"),
                               table ? content.layout.address(*table) : "");
}

} // namespace

std::string fileHead(const BundleContent& content, const std::string& what)
{
    return filled("/* SPDX-License-Identifier: Apache-2.0 */\n"
                  "/* @what@. Model @model@, board @board@. Written by Tidemark. */\n",
                  {{"what", what},
                   {"model", commentText(content.network().modelName)},
                   {"board", commentText(content.board().id)}});
}

std::string modelHeader(const BundleContent& content)
{
    return fileHead(content, "The model: its input, its output, one run") +
           filled(
               R"(#ifndef TM_MODEL_H
#define TM_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tensors are NHWC, batch 1. */
@sizes@#define TM_STAGES @stages@

@inputs@/* What the last run made; valid until the next input is written. */
@outputs@@runs@/* The planned bytes of each bank. */
@arenas@
/* Stages, for profilers: rows `first` up to `first + rows` of the output. One that takes its input
 * row by row counts these, then the output. */
@functions@/* Empty; called after the last stage. */
void tm_run_end(void);
@pause@
#ifdef __cplusplus
}
#endif

#endif
)",
               {{"sizes", forEachSize(content, "INPUT", content.network().inputs) +
                              forEachSize(content, "OUTPUT", content.network().outputs)},
                {"inputs", inputDeclarations(content)},
                {"runs", std::string(content.driver.streams() ? kStreamedRuns : kRuns)},
                {"pause", content.driver.streams()
                              ? "/* Empty; called when a run waits for a row. */\n"
                                "void tm_run_pause(void);\n"
                              : ""},
                {"outputs",
                 forEachValue(content, content.network().outputs,
                              "@type@* tm_model_output@suffix@(void); /*@quantization@ */\n")},
                {"stages", std::to_string(content.network().stages.size())},
                {"arenas", forEachArena(content, "extern unsigned char @symbol@[@bytes@];\n")},
                {"functions",
                 forEachStage(content, "void tm_stage_@index@(int32_t first, int32_t rows);\n")}});
}

std::string modelSource(const BundleContent& content)
{
    return fileHead(content, "The model as row kernels and a fixed schedule") +
           filled(R"(#include "model.h"

#include "weights.h"

@kernels@
/* A function of its own in the linked program, whatever the optimiser thinks. */
#if defined(__clang__)
#define TM_STAGE __attribute__((noinline))
#elif defined(__GNUC__)
#define TM_STAGE __attribute__((noinline, noclone))
#else
#define TM_STAGE
#endif

@arenas@@stages@@ends@@driver@@inputs@@outputs@)",
                  {{"kernels", kernelIncludes(content)},
                   {"arenas", forEachArena(content, "TM_PLACE(\"@section@\", @alignment@) unsigned "
                                                    "char @symbol@[@bytes@];\n")},
                   {"stages", stageFunctions(content)},
                   {"ends", content.driver.streams() ? filled(kMarker, {{"name", "end"}}) +
                                                           filled(kMarker, {{"name", "pause"}})
                                                     : filled(kMarker, {{"name", "end"}})},
                   {"driver", driverText(content)},
                   {"inputs", forEachValue(content, content.network().inputs, kAccessor,
                                           content.driver.streams() ? kRowAccessor : kAccessor)},
                   {"outputs", forEachValue(content, content.network().outputs, kOutputAccessor)}});
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
// model.h and model.c: the arenas, one function per stage, the schedule.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"
#include "core/bundle/schedule_text.h"
#include "core/execute/kernel_fields.h"
#include "core/lower/fixed_point.h"

#include <limits>
#include <set>
#include <type_traits>

namespace tidemark {

namespace {

std::string number(std::int64_t value)
{
    return std::to_string(value);
}

/// "32 x 32 x 1".
std::string shapeText(const Value& value)
{
    return number(value.rows) + " x " + number(value.width) + " x " + number(value.channels);
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

/// The fields of a call's params as an initialiser, constants by the name of their address.
std::string paramFields(const BundleContent& content, const KernelCall& call)
{
    std::string text;
    std::size_t next = 0;
    const auto value = [&](const auto& field) {
        using Field = std::remove_cvref_t<decltype(field)>;
        if constexpr (std::is_pointer_v<Field>) {
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

/// Fills src with the rows of every input.
std::string sourceTables(const BundleContent& content, const KernelCall& call)
{
    std::string text;
    std::int32_t begin = 0;
    for (std::size_t i = 0; i < call.inputs.size(); ++i) {
        const KernelInput& input = call.inputs[i];
        const RowWindow& window = input.window;
        text += filled(
            "        tm_window_rows(src@begin@, @count@, @base@, @rows@, @rowBytes@, @top@);\n",
            {{"begin", begin > 0 ? " + " + number(begin) : ""},
             {"count", number(window.count)},
             {"base", std::visit([&](auto id) { return content.addressOf(id); }, input.source)},
             {"rows", number(window.rows)},
             {"rowBytes", number(window.rowBytes)},
             {"top", topRowText(window, i)}});
        begin += window.count;
    }
    return text;
}

std::string inputShapes(const Network& network, const Stage& stage)
{
    std::string text;
    for (const ValueId id : stage.inputs) {
        text += (text.empty() ? "" : " and ") + shapeText(network[id]);
    }
    return text;
}

std::string stageFunction(const BundleContent& content, std::size_t index)
{
    const Network& network = content.network();
    const Stage& stage = network.stages[index];
    const KernelCall& call = content.calls[index];
    return filled(R"(
/* @name@: @kind@, @from@ to @to@ */
TM_STAGE void tm_stage_@index@(int32_t first, int32_t rows)
{
    static const @kernel@_params params = {
@fields@    };
@tops@    for (int32_t row = first; row < first + rows; ++row) {
        const void* src[@count@];
        void* const dst = @output@ + (ptrdiff_t)row * @outputRowBytes@;
@sources@        @kernel@(&dst, 1, src, &params);
    }
}
)",
                  {{"name", commentText(stage.name)},
                   {"kind", commentText(stage.kindText())},
                   {"from", inputShapes(network, stage)},
                   {"to", shapeText(network[call.output])},
                   {"index", std::to_string(index)},
                   {"kernel", std::string(call.kernel)},
                   {"fields", paramFields(content, call)},
                   {"tops", topTables(call)},
                   {"count", number(call.sourceRows())},
                   {"output", content.addressOf(call.output)},
                   {"outputRowBytes", number(call.outputRowBytes)},
                   {"sources", sourceTables(content, call)}});
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

/// `line` for every value, filled with its index ("" for the first, then "_1"), INDEX as a macro
/// has it, type and address.
std::string forEachValue(const BundleContent& content, const std::vector<ValueId>& ids,
                         std::string_view line)
{
    std::string text;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const Value& value = content.network()[ids[i]];
        text += filled(line, {{"suffix", i == 0 ? "" : "_" + std::to_string(i)},
                              {"type", std::string(cType(value.type))},
                              {"quantization", quantizationText(value)},
                              {"address", content.addressOf(ids[i])}});
    }
    return text;
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

/* Where to put the inputs. They lie in an arena and are undefined after a run. */
@inputs@/* What the last run made; valid until the next input is written. */
@outputs@/* One run: no allocation, no state but the arenas. Not re-entrant. */
void tm_model_run(void);
/* The same; `hook` is called with a stage's index before each call of its function, and with
 * TM_STAGES after the last. */
void tm_model_run_hooked(void (*hook)(uint32_t stage));

/* The planned bytes of each bank. */
@arenas@
/* Stages, for profilers: rows `first` up to `first + rows` of the output. */
@functions@/* Empty; called after the last stage. */
void tm_run_end(void);

#ifdef __cplusplus
}
#endif

#endif
)",
               {{"sizes", forEachSize(content, "INPUT", content.network().inputs) +
                              forEachSize(content, "OUTPUT", content.network().outputs)},
                {"inputs",
                 forEachValue(content, content.network().inputs,
                              "@type@* tm_model_input@suffix@(void); /*@quantization@ */\n")},
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
    std::string stages;
    for (std::size_t s = 0; s < content.network().stages.size(); ++s) {
        stages += stageFunction(content, s);
    }
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

@arenas@@stages@
TM_STAGE void tm_run_end(void)
{
#if defined(__GNUC__)
    __asm__ volatile(""); /* keeps the call */
#endif
}

/* Folded into both of its callers. */
TM_INLINE void run_schedule(void (*hook)(uint32_t stage))
{
#define TM_ANNOUNCE(stage) \
    if (hook != NULL) { \
        hook(stage); \
    }
@schedule@    tm_run_end();
    TM_ANNOUNCE(TM_STAGES);
#undef TM_ANNOUNCE
}

void tm_model_run(void)
{
    run_schedule(NULL);
}

void tm_model_run_hooked(void (*hook)(uint32_t stage))
{
    run_schedule(hook);
}
@inputs@@outputs@)",
                  {{"kernels", kernelIncludes(content)},
                   {"arenas", forEachArena(content, "TM_PLACE(\"@section@\", @alignment@) unsigned "
                                                    "char @symbol@[@bytes@];\n")},
                   {"stages", stages},
                   {"schedule", scheduleText(content.plan.schedule, "    ")},
                   {"inputs", forEachValue(content, content.network().inputs, kAccessor)},
                   {"outputs", forEachValue(content, content.network().outputs, kOutputAccessor)}});
}

} // namespace tidemark

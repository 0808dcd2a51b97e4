// SPDX-License-Identifier: Apache-2.0
// model.h and model.c: the arenas, one function per stage, the schedule.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/schedule_text.h"

#include <algorithm>
#include <set>

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

using Fields = std::vector<std::pair<std::string, std::string>>;

/// A params struct as the fields of its initialiser; constants by the name of their address.
class ParamFields {
public:
    ParamFields(std::string weights, std::string bias)
        : m_weights(std::move(weights)), m_bias(std::move(bias))
    {
    }

    Fields operator()(const tm_conv_f32_params& p) const
    {
        return {{"weights", m_weights},
                {"bias", m_bias},
                {"in_width", number(p.in_width)},
                {"in_channels", number(p.in_channels)},
                {"out_width", number(p.out_width)},
                {"out_channels", number(p.out_channels)},
                {"groups", number(p.groups)},
                {"kernel_h", number(p.kernel_h)},
                {"kernel_w", number(p.kernel_w)},
                {"stride_h", number(p.stride_h)},
                {"stride_w", number(p.stride_w)},
                {"dilation_h", number(p.dilation_h)},
                {"dilation_w", number(p.dilation_w)},
                {"pad_left", number(p.pad_left)},
                {"pool_h", number(p.pool_h)},
                {"pool_w", number(p.pool_w)},
                {"pool_stride_h", number(p.pool_stride_h)},
                {"pool_stride_w", number(p.pool_stride_w)},
                {"pool_dilation_h", number(p.pool_dilation_h)},
                {"pool_dilation_w", number(p.pool_dilation_w)},
                {"act_min", floatConstant(p.act_min)},
                {"act_max", floatConstant(p.act_max)}};
    }
    Fields operator()(const tm_maxpool_f32_params& p) const
    {
        return {{"in_width", number(p.in_width)},     {"channels", number(p.channels)},
                {"out_width", number(p.out_width)},   {"kernel_h", number(p.kernel_h)},
                {"kernel_w", number(p.kernel_w)},     {"stride_h", number(p.stride_h)},
                {"stride_w", number(p.stride_w)},     {"dilation_h", number(p.dilation_h)},
                {"dilation_w", number(p.dilation_w)}, {"pad_left", number(p.pad_left)}};
    }
    Fields operator()(const tm_fc_f32_params& p) const
    {
        return {{"weights", m_weights},
                {"bias", m_bias},
                {"in_rows", number(p.in_rows)},
                {"row_elements", number(p.row_elements)},
                {"outputs", number(p.outputs)},
                {"act_min", floatConstant(p.act_min)},
                {"act_max", floatConstant(p.act_max)}};
    }
    Fields operator()(const tm_clamp_f32_params& p) const
    {
        return {{"row_elements", number(p.row_elements)},
                {"act_min", floatConstant(p.act_min)},
                {"act_max", floatConstant(p.act_max)}};
    }

private:
    std::string m_weights, m_bias;
};

/// The topmost input row under the window of output row `row`.
std::string topRowText(const RowWindow& window)
{
    std::string text = "row";
    if (window.step != 1) {
        text += " * " + number(window.step);
    }
    if (window.top != 0) {
        text += " - " + number(window.top);
    }
    return text;
}

std::string stageFunction(const BundleContent& content, std::size_t index)
{
    const Network& network = content.network();
    const Stage& stage = network.stages[index];
    const KernelCall& call = content.calls[index];
    const auto constant = [&](std::optional<ConstantId> id) {
        return id ? content.layout.address(content.layout.bufferOf(*id)) : std::string("NULL");
    };
    std::string fields;
    for (const auto& [name, value] :
         std::visit(ParamFields(constant(call.weights), constant(call.bias)), call.params)) {
        fields += filled("        .@name@ = @value@,\n", {{"name", name}, {"value", value}});
    }
    return filled(R"(
/* @name@: @kind@, @from@ to @to@ */
TM_STAGE void tm_stage_@index@(int32_t first, int32_t rows)
{
    static const @kernel@_params params = {
@fields@    };
    for (int32_t row = first; row < first + rows; ++row) {
        const void* src[@count@];
        void* const dst = @output@ + (ptrdiff_t)row * @outputRowBytes@;
        tm_window_rows(src, @count@, @input@, @inputRows@, @inputRowBytes@, @top@);
        @kernel@(&dst, 1, src, &params);
    }
}
)",
                  {{"name", commentText(stage.name)},
                   {"kind", commentText(stage.kindText())},
                   {"from", shapeText(network[call.input])},
                   {"to", shapeText(network[call.output])},
                   {"index", std::to_string(index)},
                   {"kernel", std::string(call.kernel)},
                   {"fields", fields},
                   {"count", number(call.window.count)},
                   {"output", content.addressOf(call.output)},
                   {"outputRowBytes", number(call.outputRowBytes)},
                   {"input", content.addressOf(call.input)},
                   {"inputRows", number(call.window.rows)},
                   {"inputRowBytes", number(call.window.rowBytes)},
                   {"top", topRowText(call.window)}});
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

/* Tensors are float, NHWC, batch 1. */
@sizes@#define TM_STAGES @stages@

/* Where to put the input. It lies in an arena and is undefined after a run. */
float* tm_model_input(void);
/* What the last run made; valid until the next input is written. */
float* tm_model_output(void);
/* One run: no allocation, no state but the arenas. Not re-entrant. */
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
               {{"sizes",
                 sizeMacros("INPUT", content.input()) + sizeMacros("OUTPUT", content.output())},
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

float* tm_model_input(void)
{
    return (float*)(void*)@input@;
}

float* tm_model_output(void)
{
    return (float*)(void*)@output@;
}
)",
                  {{"kernels", kernelIncludes(content)},
                   {"arenas", forEachArena(content, "TM_PLACE(\"@section@\", @alignment@) unsigned "
                                                    "char @symbol@[@bytes@];\n")},
                   {"stages", stages},
                   {"schedule", scheduleText(content.plan.schedule, "    ")},
                   {"input", content.addressOf(content.network().inputs.front())},
                   {"output", content.addressOf(content.network().outputs.front())}});
}

} // namespace tidemark

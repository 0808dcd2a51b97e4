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
    return "#define TM_" + prefix + "_ROWS " + number(value.rows) + "\n#define TM_" + prefix +
           "_WIDTH " + number(value.width) + "\n#define TM_" + prefix + "_CHANNELS " +
           number(value.channels) + "\n#define TM_" + prefix + "_ELEMENTS " +
           number(value.elements()) + "\n#define TM_" + prefix + "_BYTES " +
           number(value.bytes().count()) + "\n";
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
    const RowWindow& window = call.window;
    const auto constant = [&](std::optional<ConstantId> id) {
        return id ? content.layout.address(content.layout.bufferOf(*id)) : std::string("NULL");
    };
    std::string text = "\n/* " + commentText(stage.name) + ": " + commentText(stage.kindText()) +
                       ", " + shapeText(network[call.input]) + " to " +
                       shapeText(network[call.output]) + " */\nTM_STAGE void tm_stage_" +
                       number(static_cast<std::int64_t>(index)) +
                       "(int32_t first, int32_t rows)\n{\n    static const " +
                       std::string(call.kernel) + "_params params = {\n";
    const ParamFields fields(constant(call.weights), constant(call.bias));
    for (const auto& [name, value] : std::visit(fields, call.params)) {
        text += "        ." + name + " = " + value + ",\n";
    }
    text += "    };\n"
            "    for (int32_t row = first; row < first + rows; ++row) {\n"
            "        const void* src[" +
            number(window.count) +
            "];\n"
            "        void* const dst = " +
            content.addressOf(call.output) + " + (ptrdiff_t)row * " + number(call.outputRowBytes) +
            ";\n"
            "        tm_window_rows(src, " +
            number(window.count) + ", " + content.addressOf(call.input) + ", " +
            number(window.rows) + ", " + number(window.rowBytes) + ", " + topRowText(window) +
            ");\n        " + std::string(call.kernel) +
            "(&dst, 1, src, &params);\n"
            "    }\n"
            "}\n";
    return text;
}

std::string tensorFunction(const char* name, const std::string& address)
{
    return std::string("\nfloat* ") + name + "(void)\n{\n    return (float*)(void*)" + address +
           ";\n}\n";
}

} // namespace

std::string fileHead(const BundleContent& content, const std::string& what)
{
    return "/* SPDX-License-Identifier: Apache-2.0 */\n/* " + what + ". Model " +
           commentText(content.network().modelName) + ", board " + commentText(content.board().id) +
           ". Written by Tidemark. */\n";
}

std::string modelHeader(const BundleContent& content)
{
    std::string text = fileHead(content, "The model: its input, its output, one run");
    text += "#ifndef TM_MODEL_H\n#define TM_MODEL_H\n\n#include <stdint.h>\n\n"
            "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
            "/* Tensors are float, NHWC, batch 1. */\n";
    text += sizeMacros("INPUT", content.input()) + sizeMacros("OUTPUT", content.output());
    text += "#define TM_STAGES " +
            number(static_cast<std::int64_t>(content.network().stages.size())) + "\n\n";
    text += "/* Where to put the input. It lies in an arena and is undefined after a run. */\n"
            "float* tm_model_input(void);\n"
            "/* What the last run made; valid until the next input is written. */\n"
            "float* tm_model_output(void);\n"
            "/* One run: no allocation, no state but the arenas. Not re-entrant. */\n"
            "void tm_model_run(void);\n"
            "/* The same; `hook` is called with a stage's index before each call of its function,\n"
            " * and with TM_STAGES after the last. */\n"
            "void tm_model_run_hooked(void (*hook)(uint32_t stage));\n\n"
            "/* The planned bytes of each bank. */\n";
    for (const PlannedSection& section : content.layout.sections()) {
        if (section.kind == PlannedSection::Kind::Arena) {
            text += "extern unsigned char " + section.symbol() + "[" +
                    number(section.bytes().count()) + "];\n";
        }
    }
    text += "\n/* Stages, for profilers: rows `first` up to `first + rows` of the output. */\n";
    for (std::size_t s = 0; s < content.network().stages.size(); ++s) {
        text += "void tm_stage_" + number(static_cast<std::int64_t>(s)) +
                "(int32_t first, int32_t rows);\n";
    }
    return text + "/* Empty; called after the last stage. */\nvoid tm_run_end(void);\n\n"
                  "#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

std::string modelSource(const BundleContent& content)
{
    std::string text = fileHead(content, "The model as row kernels and a fixed schedule");
    text += "#include \"model.h\"\n\n#include \"weights.h\"\n\n";
    std::set<std::string_view> kernels;
    for (const KernelCall& call : content.calls) {
        kernels.insert(call.kernel);
    }
    for (const std::string_view kernel : kernels) {
        text += "#include \"kernels/" + std::string(kernel) + ".h\"\n";
    }
    text += "\n/* A function of its own in the linked program, whatever the optimiser thinks. */\n"
            "#if defined(__clang__)\n#define TM_STAGE __attribute__((noinline))\n"
            "#elif defined(__GNUC__)\n#define TM_STAGE __attribute__((noinline, noclone))\n"
            "#else\n#define TM_STAGE\n#endif\n\n";
    for (const PlannedSection& section : content.layout.sections()) {
        if (section.kind == PlannedSection::Kind::Arena) {
            text += "TM_PLACE(\"" + section.name() + "\", " + number(section.alignment.count()) +
                    ") unsigned char " + section.symbol() + "[" + number(section.bytes().count()) +
                    "];\n";
        }
    }
    for (std::size_t s = 0; s < content.network().stages.size(); ++s) {
        text += stageFunction(content, s);
    }
    text += "\nTM_STAGE void tm_run_end(void)\n{\n#if defined(__GNUC__)\n"
            "    __asm__ volatile(\"\"); /* keeps the call */\n#endif\n}\n\n"
            "/* Folded into both of its callers. */\n"
            "TM_INLINE void run_schedule(void (*hook)(uint32_t stage))\n{\n"
            "#define TM_ANNOUNCE(stage) \\\n    if (hook != NULL) { \\\n        hook(stage); \\\n"
            "    }\n" +
            scheduleText(content.plan.schedule, "    ") +
            "    tm_run_end();\n    TM_ANNOUNCE(TM_STAGES);\n#undef TM_ANNOUNCE\n}\n\n"
            "void tm_model_run(void)\n{\n    run_schedule(NULL);\n}\n\n"
            "void tm_model_run_hooked(void (*hook)(uint32_t stage))\n{\n"
            "    run_schedule(hook);\n}\n";
    text += tensorFunction("tm_model_input", content.addressOf(content.network().inputs.front()));
    text += tensorFunction("tm_model_output", content.addressOf(content.network().outputs.front()));
    return text;
}

} // namespace tidemark

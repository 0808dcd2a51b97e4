// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "app/cli/table.h"
#include "core/import/operators_page.h"
#include "core/import/tflite_operators.h"
#include "core/lower/lower.h"
#include "core/lower/operator_macs.h"
#include "core/model/format.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

struct Options {
    std::string model;
    std::vector<std::string> dims;
    bool operators = false;
    bool markdown = false;
};

/// The importer's own table: it documents itself.
void listOperators(const Context& context)
{
    if (context.json) {
        auto list = nlohmann::ordered_json::array();
        for (const OperatorEntry& entry : operatorTable()) {
            list.push_back({{"name", entry.name},
                            {"format", "ONNX"},
                            {"support", supportText(entry.support)}});
        }
        for (const TfliteEntry& entry : tfliteOperators()) {
            list.push_back({{"name", entry.name},
                            {"format", "TFLite"},
                            {"same", entry.same},
                            {"support", supportText(entry.support)}});
        }
        context.printJson({{"operators", list}});
        return;
    }
    Table table({Align::Left, Align::Left, Align::Left, Align::Left});
    for (const OperatorEntry& entry : operatorTable()) {
        table.add({"ONNX", std::string(entry.name), std::string(supportText(entry.support)), ""});
    }
    for (const TfliteEntry& entry : tfliteOperators()) {
        table.add({"TFLite", std::string(entry.name), std::string(supportText(entry.support)),
                   entry.same.empty() ? "" : "as " + std::string(entry.same)});
    }
    table.print(std::cout);
}

/// The stage that makes a value, or nothing for an input of the network.
std::optional<StageId> producerOf(const Network& network, ValueId value)
{
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        const auto& outputs = network.stages[s].outputs;
        if (std::find(outputs.begin(), outputs.end(), value) != outputs.end()) {
            return StageId(s);
        }
    }
    return std::nullopt;
}

/// What happens to a pool or an addition of the base network: the stage that takes it, or why it
/// stays apart.
std::string fateOf(const Network& network, StageId id)
{
    std::string apart = "apart: it reads a network input";
    // Of two convolutions the later one takes an addition.
    for (auto input = network[id].inputs.rbegin(); input != network[id].inputs.rend(); ++input) {
        const auto producer = producerOf(network, *input);
        const auto reason =
            producer ? whyNotFused(network, *producer, id) : std::optional<std::string>();
        if (producer && !reason) {
            return "fuses into " + network[*producer].name;
        }
        if (reason) {
            apart = "apart: " + *reason;
        }
    }
    return apart;
}

bool canFuse(const Stage& stage)
{
    const auto* binary = std::get_if<BinaryOp>(&stage.op);
    return std::holds_alternative<MaxPoolOp>(stage.op) ||
           (binary && binary->function == BinaryFunction::Add && !binary->constant);
}

std::string remark(const Network& network, StageId id)
{
    const Stage& stage = network[id];
    if (const auto* op = std::get_if<PlanOnlyOp>(&stage.op)) {
        return "plan only: " + op->reason;
    }
    return canFuse(stage) ? fateOf(network, id) : stage.note;
}

/// What the stage computes, in the words of the formats where they have one.
std::string kindOf(const Network& network, const Stage& stage)
{
    std::string text = printable(stage.kindText());
    const auto* unary = std::get_if<UnaryOp>(&stage.op);
    if (unary && unary->function == UnaryFunction::Identity) {
        const bool fromFloat = network[stage.inputs.front()].type == DataType::Float32;
        const bool toFloat = network[stage.outputs.front()].type == DataType::Float32;
        return fromFloat && toFloat ? text
               : fromFloat          ? "quantize"
               : toFloat            ? "dequantize"
                                    : "requantize";
    }
    const auto* conv = std::get_if<ConvOp>(&stage.op);
    constexpr std::string_view kGrouped = "grouped";
    if (conv && text.starts_with(kGrouped) &&
        conv->groups == network[stage.inputs.front()].channels) {
        text.replace(0, kGrouped.size(), "depthwise");
    }
    return text;
}

Bytes weightBytes(const Network& network, const Stage& stage)
{
    Bytes sum{0};
    for (const ConstantId id : stage.constants) {
        sum += network[id].bytes();
    }
    return sum;
}

/// The operators that the stage stands for, by the names of their types.
std::vector<std::string> typesOf(const Model& model, const Stage& stage)
{
    std::vector<std::string> types;
    for (const OperatorId id : stage.operators) {
        types.push_back(printable(model[id].typeName));
    }
    return types;
}

/// Operators that a stage took with it, its own and activations apart: those are in what it does.
std::string takenText(const Model& model, const Stage& stage)
{
    std::string text;
    std::vector<std::string> named;
    for (std::size_t i = 1; i < stage.operators.size(); ++i) {
        const Operator& op = model[stage.operators[i]];
        const bool isActivation = op.kind == OperatorKind::Relu || op.kind == OperatorKind::Clip;
        const std::string type = printable(op.typeName);
        if (!isActivation && std::ranges::find(named, type) == named.end()) {
            named.push_back(type);
            text += (text.empty() ? "takes " : ", ") + type;
        }
    }
    return text;
}

std::string shapeText(const Value& value)
{
    return std::to_string(value.channels) + "x" + std::to_string(value.rows) + "x" +
           std::to_string(value.width);
}

/// A checked model: its network, and its parameters as the file counts them.
struct Checked {
    std::shared_ptr<const Network> network;
    std::int64_t parameters = 0;
    std::optional<Model> model = std::nullopt; ///< not of a project
};

std::int64_t planOnlyStages(const Network& network)
{
    return std::ranges::count_if(network.stages,
                                 [](const Stage& stage) { return stage.isPlanOnly(); });
}

std::string counted(std::int64_t count, const char* what)
{
    return formatCount(count) + " " + what + (count == 1 ? "" : "s");
}

/// "12 operators became 5 stages", and how many cannot run.
void printSummary(const Checked& checked)
{
    const Network& network = *checked.network;
    std::cout << "\n";
    if (checked.model) {
        std::cout << counted(static_cast<std::int64_t>(checked.model->operators.size()), "operator")
                  << " of the file, constants folded, became "
                  << counted(static_cast<std::int64_t>(network.stages.size()), "stage") << ".\n";
    }
    const std::int64_t planOnly = planOnlyStages(network);
    std::cout << (planOnly == 0 ? "Every stage has a kernel: it can be planned, exported and run.\n"
                                : counted(planOnly, "stage") +
                                      " without a kernel: it can be planned, not exported or "
                                      "run.\n");
}

void print(const Checked& checked, const Context& context)
{
    const Network& network = *checked.network;
    std::cout << context.bold(printable(network.modelName)) << ": "
              << counted(static_cast<std::int64_t>(network.stages.size()), "stage") << ", "
              << formatCount(network.macs()) << " MACs, " << formatCount(checked.parameters)
              << " parameters (" << formatBytes(network.parameterBytes()) << " stored)\n\n";
    Table table({Align::Left, Align::Left, Align::Left, Align::Left, Align::Right, Align::Right,
                 Align::Right, Align::Left});
    table.add({"stage", "does", "out CxHxW", "type", "bytes", "weights", "MACs", ""});
    for (const ValueId input : network.inputs) {
        const Value& value = network[input];
        table.add({"input", printable(value.name), shapeText(value),
                   std::string(toString(value.type)), formatCount(value.bytes().count()), "", "",
                   ""});
    }
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        const Stage& stage = network.stages[s];
        const Value& output = network[stage.outputs.front()];
        std::string note = remark(network, StageId(s));
        const std::string taken = checked.model ? takenText(*checked.model, stage) : "";
        note += (note.empty() || taken.empty() ? "" : "; ") + taken;
        table.add({stage.name, kindOf(network, stage), shapeText(output),
                   std::string(toString(output.type)), formatCount(output.bytes().count()),
                   formatCount(weightBytes(network, stage).count()), formatCount(stage.macs),
                   note});
    }
    table.print(std::cout);
    printSummary(checked);
}

nlohmann::ordered_json toJson(const Checked& checked)
{
    const Network& network = *checked.network;
    auto stages = nlohmann::ordered_json::array();
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        const Stage& stage = network.stages[s];
        auto outputs = nlohmann::ordered_json::array();
        for (const ValueId id : stage.outputs) {
            const Value& value = network[id];
            outputs.push_back({{"name", printable(value.name)},
                               {"type", toString(value.type)},
                               {"rows", value.rows},
                               {"width", value.width},
                               {"channels", value.channels},
                               {"elements", value.elements()},
                               {"bytes", value.bytes().count()}});
        }
        stages.push_back({{"name", stage.name},
                          {"kind", printable(stage.kindText())},
                          {"does", kindOf(network, stage)},
                          {"macs", stage.macs},
                          {"weight_bytes", weightBytes(network, stage).count()},
                          {"plan_only", stage.isPlanOnly()},
                          {"remark", remark(network, StageId(s))},
                          {"outputs", outputs}});
        if (checked.model) {
            stages.back()["operators"] = typesOf(*checked.model, stage);
        }
    }
    return {{"model", printable(network.modelName)},
            {"macs", network.macs()},
            {"parameters", checked.parameters},
            {"stored_parameters", network.parameters()},
            {"parameter_bytes", network.parameterBytes().count()},
            {"plan_only_stages", planOnlyStages(network)},
            {"stages", stages}};
}

/// A model is lowered here, a project where projects are opened.
Result<Checked> check(const std::filesystem::path& path, const ImportOptions& import)
{
    if (path.extension() == ".tidemark") {
        const Result<Source> source = openSource(path, import);
        return source ? Result<Checked>(Checked{source->network, source->network->parameters()})
                      : source.error();
    }
    Result<Model> model = importModel(path, import);
    if (!model) {
        return model.error();
    }
    Result<Network> network = lower(*model);
    if (!network) {
        Diagnostic error = network.error();
        error.where = printable(path.string());
        return error;
    }
    network->modelName = path.stem().string();
    const std::int64_t parameters = modelParameters(*model);
    return Checked{std::make_shared<const Network>(*std::move(network)), parameters,
                   *std::move(model)};
}

void run(const Options& options, Context& context)
{
    if (options.operators && options.markdown) {
        std::cout << operatorsPage();
        return;
    }
    if (options.operators) {
        listOperators(context);
        return;
    }
    if (options.model.empty()) {
        context.fail({ErrorKind::Usage, "no model to check", "",
                      "give a model, or --operators for the list of operators"});
        return;
    }
    const auto dims = parseDims(options.dims);
    if (!dims) {
        context.fail(dims.error());
        return;
    }
    ImportOptions import;
    import.dims = *dims;
    const Result<Checked> checked = check(options.model, import);
    if (!checked) {
        context.fail(checked.error());
    } else if (context.json) {
        context.printJson(toJson(*checked));
    } else {
        print(*checked, context);
    }
}

} // namespace

void addCheckCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("check", "Import a model and say what each operator becomes");
    addGlobalOptions(*command, context);
    command->add_option("MODEL", options->model, "A model (.onnx, .tflite)");
    command->add_flag("--operators", options->operators, "List the operators there are instead");
    command->add_flag("--markdown", options->markdown, "With --operators: as Markdown");
    command->add_option("--dim", options->dims, "N=V: value of a symbolic dimension")
        ->allow_extra_args(false);
    command->callback([options, &context] { run(*options, context); });
}

} // namespace tidemark::cli

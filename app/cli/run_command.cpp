// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/device.h"

#include "app/cli/commands.h"
#include "app/cli/plan_options.h"
#include "app/cli/sample_options.h"
#include "app/cli/sweep_output.h"
#include "app/cli/table.h"
#include "app/common/image_sample.h"
#include "app/common/report.h"
#include "core/execute/kernel_call.h"
#include "core/io/file.h"
#include "core/io/npy.h"
#include "core/model/format.h"
#include "core/place/plan_json.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

using Samples = std::vector<std::vector<float>>;

struct Options {
    PlanOptions plan;
    std::vector<std::string> input;
    std::string image;
    std::string output;
    std::string transcript;
    std::string port;
    std::string report;
    std::string picture;
    int repeat = 1;
};

Result<Samples> readSamples(const Options& options, const Network& network, const Context& context)
{
    const auto scaling = options.plan.scaling.parse();
    if (!scaling) {
        return scaling.error();
    }
    if (!options.image.empty()) {
        if (network.inputs.size() != 1) {
            return Diagnostic{ErrorKind::Usage,
                              "the model has " + std::to_string(network.inputs.size()) + " inputs",
                              "--image", "give each with --input X.npy"};
        }
        const Value& input = network[network.inputs.front()];
        auto sample =
            imageSample(options.image, input, scaling->value_or(InputScaling{1.0 / 255, 0}));
        if (!sample) {
            return sample.error();
        }
        return Samples{std::move(*sample)};
    }
    if (!options.input.empty()) {
        const auto arrays = readArrays(options.input);
        return arrays ? cutSamples(*arrays, network, *scaling) : arrays.error();
    }
    context.note("no --input: running one generated input (--seed " + std::to_string(context.seed) +
                 ")");
    return Samples{generatedSample(network, context.seed)};
}

void printStages(const bridge::Measurement& measured, const Plan& plan, const Context& context)
{
    Table table({Align::Left, Align::Right, Align::Right, Align::Right, Align::Right});
    table.add({"stage", "instructions", "predicted", "MACs", "per MAC"});
    for (std::size_t s = 0; s < measured.stages.size(); ++s) {
        const auto& stage = measured.stages[s];
        const std::int64_t macs =
            s < plan.network->stages.size() ? plan.network->stages[s].macs : 0;
        std::string perMac;
        if (stage.instructions && macs > 0) {
            char text[32];
            std::snprintf(text, sizeof text, "%.2f",
                          static_cast<double>(*stage.instructions) / static_cast<double>(macs));
            perMac = text;
        }
        table.add({stage.name,
                   stage.instructions ? formatCount(static_cast<std::int64_t>(*stage.instructions))
                                      : "unknown",
                   s < plan.cost.stages.size() ? estimateText(plan.cost.stages[s].instructions)
                                               : "unknown",
                   formatCount(macs), perMac});
    }
    std::cout << '\n'
              << context.bold("Instructions") << " (" << toString(measured.meter)
              << (measured.meterNote.empty() ? "" : ": " + measured.meterNote) << ")\n";
    table.print(std::cout);
}

void printBanks(const bridge::Measurement& measured, const Context& context)
{
    Table table({Align::Left, Align::Right, Align::Right, Align::Right});
    table.add({"section", "planned", "linked", "difference"});
    for (const auto& section : measured.sections) {
        table.add({section.name, formatBytes(section.planned), formatBytes(section.linked),
                   formatCount((section.linked - section.planned).count())});
    }
    std::cout << '\n' << context.bold("Planned against linked") << '\n';
    table.print(std::cout);
}

void printMeasurement(const bridge::Measurement& measured, const Plan& plan, const Context& context)
{
    std::cout << context.bold(plan.network->modelName) << " on " << plan.board->name << " ("
              << measured.port << "), "
              << formatCount(static_cast<std::int64_t>(measured.outputs.size())) << " runs\n";
    if (measured.match) {
        std::cout << "  " << measured.match->classesEqual << " of " << measured.match->runs
                  << " classes equal to the " << measured.match->reference << ", largest error "
                  << measured.match->maxRelError << " of the range\n";
    }
    printStages(measured, plan, context);
    printBanks(measured, context);
    for (const std::string& problem : measured.problems) {
        std::cout << "\n  problem: " << problem << '\n';
    }
}

/// What the cost model said beforehand, beside what was counted. Predicted bytes are those of
/// operands: the stack and literals of the code come on top in their banks.
void addPredictions(nlohmann::ordered_json& json, const Plan& plan)
{
    auto& stages = json["stages"];
    for (std::size_t s = 0; s < stages.size() && s < plan.cost.stages.size(); ++s) {
        const StageCost& cost = plan.cost.stages[s];
        if (cost.instructions.value) {
            stages[s]["predicted_instructions"] = std::llround(*cost.instructions.value);
        }
        stages[s]["predicted_banks"] = trafficToJson(*plan.board, cost.banks);
    }
}

Status run(const Options& options, Context& context)
{
    const Result<PlannedSource> planned = planSource(options.plan, context);
    if (!planned) {
        return planned.error();
    }
    const Plan& plan = *planned->plan;
    const Result<Samples> samples = readSamples(options, *plan.network, context);
    if (!samples) {
        return samples.error();
    }
    DeviceChoices choices;
    choices.folders = {options.output, options.transcript};
    choices.port = options.port;
    choices.repeat = options.repeat;
    const auto measured = runOnDevice(plan, *samples, choices, context);
    if (!measured) {
        return measured.error();
    }
    if (!options.report.empty()) {
        const PlanningSession session(planned->source.network, {}, kernelScratch);
        const ReportParts parts{&plan, ladder(session, planned->board, planned->constraints),
                                *measured, options.picture};
        if (const Status wrote = writeFileAtomically(options.report, htmlReport(parts)); !wrote) {
            return wrote.error();
        }
    }
    if (context.json) {
        auto json = toJson(*measured);
        addPredictions(json, plan);
        context.printJson(json);
    } else {
        printMeasurement(*measured, plan, context);
    }
    context.exitCode = measured->passed() ? kOk : kDoesNotFit;
    return Done{};
}

} // namespace

void addRunCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "run", "Build, flash or start the virtual board, check the outputs, measure");
    addGlobalOptions(*command, context);
    options->plan.addTo(*command);
    auto* input = command->add_option("--input", options->input,
                                      "Samples (.npy); once for each input of the model");
    command->add_option("--image", options->image, "One picture (PNG)")->excludes(input);
    command->add_option("--repeat", options->repeat, "Timed runs per input")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("-o,--output", options->output, "Keep the bundle in this folder");
    command->add_option("--port", options->port, "Serial port, or USB serial number");
    command->add_option("--transcript", options->transcript,
                        "Write all serial traffic to this file");
    command->add_option("--report", options->report, "Write an HTML report");
    command->add_option("--picture", options->picture, "Picture of the map for the report (PNG)");
    command->callback([options, &context] {
        if (const Status status = run(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

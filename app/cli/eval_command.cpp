// SPDX-License-Identifier: GPL-3.0-or-later
#ifdef TIDEMARK_HAS_BRIDGE
#include "app/cli/device.h"
#endif

#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "app/cli/sample_options.h"
#include "app/cli/table.h"
#include "app/common/samples.h"
#include "core/execute/execute.h"
#include "core/lower/layout.h"
#include "core/model/format.h"
#include "core/reference/reference.h"

#include <CLI/CLI.hpp>
#include <cstring>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

using Samples = std::vector<std::vector<float>>;

#ifdef TIDEMARK_HAS_BRIDGE
const std::vector<std::string> kEngines{"reference", "kernels", "device"};
constexpr const char* kEngineHelp = "reference: Eigen on the host; kernels: the plan with the "
                                    "firmware's kernels; device: the board, or its virtual twin";
#else
const std::vector<std::string> kEngines{"reference", "kernels"};
constexpr const char* kEngineHelp =
    "reference: Eigen on the host; kernels: the plan with the firmware's kernels";
#endif

struct Options {
    PlanOptions plan;
    std::string inputs;
    std::string labels;
    std::string engine = "reference";
    std::string output;
    ScalingOptions scaling;
};

std::vector<std::byte> toBytes(const std::vector<float>& floats)
{
    const auto bytes = std::as_bytes(std::span(floats));
    return {bytes.begin(), bytes.end()};
}

/// One way to get the network's first output from its first input.
using Engine = std::function<Result<std::vector<float>>(const std::vector<float>&)>;

Engine referenceEngine(const Network& network)
{
    return [&network](const std::vector<float>& sample) -> Result<std::vector<float>> {
        auto values = runReference(network, std::span(&sample, 1));
        if (!values) {
            return values.error();
        }
        return std::move((*values)[network.outputs.front().index()]);
    };
}

/// The plan's own events with the real kernels, dead bytes poisoned.
Engine kernelEngine(const Plan& plan)
{
    return [&plan](const std::vector<float>& sample) -> Result<std::vector<float>> {
        const std::vector<std::byte> input = toBytes(sample);
        const auto outputs = runPlanned(plan, std::span(&input, 1));
        if (!outputs) {
            return outputs.error();
        }
        return floatsOf(outputs->front());
    };
}

#ifdef TIDEMARK_HAS_BRIDGE
Result<Samples> runOnBoard(const Plan& plan, const Samples& samples, const Context& context)
{
    DeviceChoices choices;
    choices.paint = false;
    const auto measured = runOnDevice(plan, samples, choices, context);
    if (!measured) {
        return measured.error();
    }
    Samples outputs;
    for (const std::vector<double>& run : measured->outputs) {
        outputs.emplace_back(run.begin(), run.end());
    }
    return outputs;
}
#endif

/// The first output of every sample.
Result<Samples> runSamples(const std::string& engine, const PlannedSource& planned,
                           const Samples& samples, [[maybe_unused]] const Context& context)
{
    const Network& network = *planned.source.network;
#ifdef TIDEMARK_HAS_BRIDGE
    if (engine == "device") {
        return runOnBoard(*planned.plan, samples, context);
    }
#endif
    const Engine run = engine == "kernels" ? kernelEngine(*planned.plan) : referenceEngine(network);
    Samples outputs;
    for (const std::vector<float>& sample : samples) {
        Result<std::vector<float>> output = run(sample);
        if (!output) {
            return output.error();
        }
        outputs.push_back(std::move(*output));
    }
    return outputs;
}

std::size_t classOf(const std::vector<float>& output)
{
    return static_cast<std::size_t>(std::max_element(output.begin(), output.end()) -
                                    output.begin());
}

/// Correct answers and a confusion table [label][answer].
struct Accuracy {
    std::size_t correct = 0;
    std::vector<std::vector<std::size_t>> confusion;
};

Result<Accuracy> score(const Samples& outputs, const std::filesystem::path& labelFile)
{
    const Result<NpyArray> labels = readNpy(labelFile);
    if (!labels) {
        return labels.error();
    }
    const std::vector<float> truth = labels->toFloats();
    if (truth.size() != outputs.size()) {
        return Diagnostic{ErrorKind::Usage,
                          std::to_string(truth.size()) + " labels for " +
                              std::to_string(outputs.size()) + " samples",
                          labelFile.string(), "give one label per sample"};
    }
    const std::size_t classes = outputs.empty() ? 0 : outputs.front().size();
    Accuracy accuracy{0, std::vector(classes, std::vector<std::size_t>(classes))};
    for (std::size_t s = 0; s < outputs.size(); ++s) {
        if (!(truth[s] >= 0) || truth[s] >= static_cast<float>(classes)) {
            return Diagnostic{ErrorKind::BadInput,
                              "label " + std::to_string(s) + " is not one of the model's " +
                                  std::to_string(classes) + " classes",
                              labelFile.string(), "number classes from 0"};
        }
        const auto label = static_cast<std::size_t>(truth[s]);
        const std::size_t answer = classOf(outputs[s]);
        accuracy.correct += label == answer ? 1 : 0;
        ++accuracy.confusion[label][answer];
    }
    return accuracy;
}

Status save(const Samples& outputs, const Value& value, const std::filesystem::path& path)
{
    // Samples on a first axis, each in the shape and order of the model's file.
    NpyArray array;
    array.type = DataType::Float32;
    array.shape = value.modelShape;
    if (array.shape.size() < 2 || array.shape.front() != 1) {
        array.shape.insert(array.shape.begin(), 1);
    }
    array.shape.front() = static_cast<std::int64_t>(outputs.size());
    for (const std::vector<float>& output : outputs) {
        const auto bytes = toModelOrder(value, std::as_bytes(std::span(output)));
        array.bytes.insert(array.bytes.end(), bytes.begin(), bytes.end());
    }
    return writeNpy(path, array);
}

void printText(const Samples& outputs, const std::optional<Accuracy>& accuracy,
               const Context& context)
{
    std::cout << formatCount(static_cast<std::int64_t>(outputs.size())) << " samples\n";
    if (accuracy) {
        const double share =
            100.0 * static_cast<double>(accuracy->correct) / static_cast<double>(outputs.size());
        std::cout << context.bold("accuracy") << " " << accuracy->correct << " of "
                  << outputs.size() << " (" << share << " %)\n";
    }
    if (context.verbose || !accuracy) {
        for (std::size_t s = 0; s < outputs.size(); ++s) {
            std::cout << s << ": class " << classOf(outputs[s]) << '\n';
        }
    }
}

Status evaluate(const Options& options, Context& context)
{
    const Result<PlannedSource> planned = planSource(options.plan, context);
    if (!planned) {
        return planned.error();
    }
    const Network& network = *planned->source.network;
    const auto scaling = options.scaling.parse();
    if (!scaling) {
        return scaling.error();
    }
    if (network.inputs.size() != 1 || network.outputs.empty()) {
        return Diagnostic{ErrorKind::Usage,
                          "the model has " + std::to_string(network.inputs.size()) +
                              " inputs and " + std::to_string(network.outputs.size()) + " outputs",
                          "", "eval reads models with one input and an output"};
    }
    const Result<NpyArray> array = readNpy(options.inputs);
    if (!array) {
        return array.error();
    }
    const Result<Samples> samples = cutSamples(*array, network[network.inputs.front()], *scaling);
    if (!samples) {
        return samples.error();
    }
    const Result<Samples> outputs = runSamples(options.engine, *planned, *samples, context);
    if (!outputs) {
        return outputs.error();
    }
    std::optional<Accuracy> accuracy;
    if (!options.labels.empty()) {
        Result<Accuracy> scored = score(*outputs, options.labels);
        if (!scored) {
            return scored.error();
        }
        accuracy = std::move(*scored);
    }
    if (!options.output.empty()) {
        if (Status saved = save(*outputs, network[network.outputs.front()], options.output);
            !saved) {
            return saved.error();
        }
    }
    if (!context.json) {
        printText(*outputs, accuracy, context);
        return Done{};
    }
    nlohmann::ordered_json json{{"model", printable(network.modelName)},
                                {"engine", options.engine},
                                {"samples", outputs->size()},
                                {"outputs", *outputs}};
    if (accuracy) {
        json["correct"] = accuracy->correct;
        json["accuracy"] =
            static_cast<double>(accuracy->correct) / static_cast<double>(outputs->size());
        json["confusion"] = accuracy->confusion;
    }
    context.printJson(json);
    return Done{};
}

} // namespace

void addEvalCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("eval", "Run a model on inputs and compare with labels");
    addGlobalOptions(*command, context);
    options->plan.addTo(*command);
    command->add_option("--inputs", options->inputs, "Samples (.npy), in the model's layout")
        ->required();
    command->add_option("--labels", options->labels, "Class of each sample (.npy)");
    command->add_option("--engine", options->engine, kEngineHelp)->check(CLI::IsMember(kEngines));
    command->add_option("-o,--output", options->output, "Write the outputs (.npy)");
    options->scaling.addTo(*command);
    command->callback([options, &context] {
        if (const Status status = evaluate(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#ifdef TIDEMARK_HAS_BRIDGE
#include "app/cli/device.h"
#endif

#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/layer_comparison.h"
#include "app/cli/plan_options.h"
#include "app/cli/sample_options.h"
#include "app/cli/table.h"
#include "app/common/npz_file.h"
#include "app/common/samples.h"
#include "core/execute/execute.h"
#include "core/lower/layout.h"
#include "core/lower/stored_numbers.h"
#include "core/model/format.h"
#include "core/reference/reference.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
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
    std::vector<std::string> inputs;
    std::string labels;
    std::string layers;
    std::size_t layersSample = 0;
    std::string engine = "reference";
    std::string output;
};

/// One way to get the network's outputs, one after the other, from a sample of all its inputs.
using Engine = std::function<Result<std::vector<float>>(const std::vector<float>&)>;

Engine referenceEngine(const Network& network)
{
    return [&network](const std::vector<float>& sample) -> Result<std::vector<float>> {
        const auto values = runReference(network, splitInputs(network, sample));
        if (!values) {
            return values.error();
        }
        std::vector<float> joined;
        for (const ValueId id : network.outputs) {
            const auto& output = (*values)[id.index()];
            joined.insert(joined.end(), output.begin(), output.end());
        }
        return joined;
    };
}

/// The plan's own events with the real kernels, dead bytes poisoned.
Engine kernelEngine(const Plan& plan)
{
    return [&plan](const std::vector<float>& sample) -> Result<std::vector<float>> {
        const Network& network = *plan.network;
        std::vector<std::vector<std::byte>> inputs;
        for (const std::vector<float>& input : splitInputs(network, sample)) {
            inputs.push_back(bytesOf(network[network.inputs[inputs.size()]].type, input));
        }
        const auto outputs = runPlanned(plan, inputs);
        if (!outputs) {
            return outputs.error();
        }
        std::vector<float> joined;
        for (std::size_t i = 0; i < outputs->size(); ++i) {
            const auto numbers = numbersOf(network[network.outputs[i]].type, (*outputs)[i]);
            joined.insert(joined.end(), numbers.begin(), numbers.end());
        }
        return joined;
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

/// The outputs of every sample, one after the other.
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

/// What each sample's first output is.
Samples firstOutputs(Samples outputs, std::int64_t elements)
{
    for (std::vector<float>& output : outputs) {
        output.resize(static_cast<std::size_t>(elements));
    }
    return outputs;
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

/// Output `index` of every sample: the first into `path`, others into PATH with "_1", ... before
/// its ending. Samples on a first axis, each in the shape, order and type of the model's file.
Status save(const Samples& outputs, const Network& network, std::size_t index,
            std::filesystem::path path)
{
    const Value& value = network[network.outputs[index]];
    std::int64_t first = 0;
    for (std::size_t before = 0; before < index; ++before) {
        first += network[network.outputs[before]].elements();
    }
    NpyArray array;
    array.type = value.type;
    array.shape = value.modelShape;
    if (array.shape.size() < 2 || array.shape.front() != 1) {
        array.shape.insert(array.shape.begin(), 1);
    }
    array.shape.front() = static_cast<std::int64_t>(outputs.size());
    for (const std::vector<float>& output : outputs) {
        const auto part = std::span(output).subspan(static_cast<std::size_t>(first),
                                                    static_cast<std::size_t>(value.elements()));
        const auto bytes = toModelOrder(value, bytesOf(value.type, part));
        array.bytes.insert(array.bytes.end(), bytes.begin(), bytes.end());
    }
    if (index > 0) {
        path.replace_filename(path.stem().string() + "_" + std::to_string(index) +
                              path.extension().string());
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

/// Every value's numbers in one run; kernels run unplanned, so that all values stay.
Result<std::vector<std::vector<float>>> allValues(const Network& network, const std::string& engine,
                                                  const std::vector<float>& sample)
{
    const auto inputs = splitInputs(network, sample);
    if (engine == "reference") {
        return runReference(network, inputs);
    }
    std::vector<std::vector<std::byte>> bytes;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        bytes.push_back(bytesOf(network[network.inputs[i]].type, inputs[i]));
    }
    const auto values = runUnplanned(network, bytes);
    if (!values) {
        return values.error();
    }
    std::vector<std::vector<float>> numbers;
    for (std::size_t v = 0; v < values->size(); ++v) {
        numbers.push_back(numbersOf(network.values[v].type, (*values)[v]));
    }
    return numbers;
}

Result<LayerComparison> compareWithLayers(const Options& options, const PlannedSource& planned,
                                          const Samples& samples)
{
    if (options.engine == "device") {
        return Diagnostic{ErrorKind::Usage, "a board keeps no layers", "--layers",
                          "compare them with --engine reference or kernels"};
    }
    if (options.layersSample >= samples.size()) {
        return Diagnostic{
            ErrorKind::Usage, "there is no sample " + std::to_string(options.layersSample),
            "--layers-sample", "give a number below " + std::to_string(samples.size())};
    }
    const auto arrays = readNpz(options.layers);
    if (!arrays) {
        return arrays.error();
    }
    ImportOptions import;
    import.dims = planned.dims;
    const auto model = importModel(planned.source.model, import);
    if (!model) {
        return model.error();
    }
    const Network& network = *planned.source.network;
    const auto values = allValues(network, options.engine, samples[options.layersSample]);
    if (!values) {
        return values.error();
    }
    return compareLayers(network, *model, *values, *arrays);
}

nlohmann::ordered_json toJson(const LayerComparison& comparison)
{
    auto layers = nlohmann::ordered_json::array();
    for (const LayerMatch& layer : comparison.layers) {
        layers.push_back({{"tensor", printable(layer.tensor)},
                          {"elements", layer.elements},
                          {"differing", layer.differing},
                          {"largest", layer.largest},
                          {"agrees", layer.agrees()}});
    }
    return {{"layers", std::move(layers)}, {"unmatched", comparison.unmatched}};
}

void printLayers(const LayerComparison& comparison, const Context& context)
{
    Table table({Align::Left, Align::Right, Align::Right, Align::Right, Align::Left});
    table.add({"tensor", "elements", "differing", "largest", ""});
    for (const LayerMatch& layer : comparison.layers) {
        char largest[32];
        std::snprintf(largest, sizeof largest, "%.3g", layer.largest);
        table.add({printable(layer.tensor), formatCount(layer.elements),
                   formatCount(layer.differing), largest, layer.agrees() ? "" : "differs"});
    }
    std::cout << '\n' << context.bold("Layers") << '\n';
    table.print(std::cout);
    if (!comparison.unmatched.empty()) {
        std::cout << comparison.unmatched.size() << " arrays belong to no tensor here\n";
    }
}

Status evaluate(const Options& options, Context& context)
{
    const Result<PlannedSource> planned = planSource(options.plan, context);
    if (!planned) {
        return planned.error();
    }
    const Network& network = *planned->source.network;
    const auto scaling = options.plan.scaling.parse();
    if (!scaling) {
        return scaling.error();
    }
    const auto arrays = readArrays(options.inputs);
    if (!arrays) {
        return arrays.error();
    }
    const Result<Samples> samples = cutSamples(*arrays, network, *scaling);
    if (!samples) {
        return samples.error();
    }
    const Result<Samples> outputs = runSamples(options.engine, *planned, *samples, context);
    if (!outputs) {
        return outputs.error();
    }
    std::optional<Accuracy> accuracy;
    if (!options.labels.empty()) {
        const auto classes = network[network.outputs.front()].elements();
        Result<Accuracy> scored = score(firstOutputs(*outputs, classes), options.labels);
        if (!scored) {
            return scored.error();
        }
        accuracy = std::move(*scored);
    }
    for (std::size_t i = 0; !options.output.empty() && i < network.outputs.size(); ++i) {
        if (Status saved = save(*outputs, network, i, options.output); !saved) {
            return saved.error();
        }
    }
    std::optional<LayerComparison> layers;
    if (!options.layers.empty()) {
        auto compared = compareWithLayers(options, *planned, *samples);
        if (!compared) {
            return compared.error();
        }
        layers = std::move(*compared);
        context.exitCode =
            std::ranges::all_of(layers->layers, &LayerMatch::agrees) ? kOk : kDoesNotFit;
    }
    if (!context.json) {
        printText(*outputs, accuracy, context);
        if (layers) {
            printLayers(*layers, context);
        }
        return Done{};
    }
    nlohmann::ordered_json json{{"model", printable(network.modelName)},
                                {"engine", options.engine},
                                {"samples", outputs->size()},
                                {"outputs", *outputs}};
    if (const auto& q = network[network.outputs.front()].quantization) {
        json["output_scale"] = q->scales.front();
        json["output_zero_point"] = q->zeroPoints.front();
    }
    if (accuracy) {
        json["correct"] = accuracy->correct;
        json["accuracy"] =
            static_cast<double>(accuracy->correct) / static_cast<double>(outputs->size());
        json["confusion"] = accuracy->confusion;
    }
    if (layers) {
        json["layers"] = toJson(*layers);
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
    command
        ->add_option("--inputs", options->inputs,
                     "Samples (.npy), in the model's layout; once for each input")
        ->required();
    command->add_option("--labels", options->labels, "Class of each sample (.npy)");
    command->add_option("--layers", options->layers,
                        "Tensors of one sample by name, or t<index> (.npz): compare each");
    command->add_option("--layers-sample", options->layersSample, "Which sample they are of (0)");
    command->add_option("--engine", options->engine, kEngineHelp)->check(CLI::IsMember(kEngines));
    command->add_option("-o,--output", options->output, "Write the outputs (.npy)");
    command->callback([options, &context] {
        if (const Status status = evaluate(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

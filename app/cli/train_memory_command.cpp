// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/figures.h"
#include "app/cli/plan_options.h"
#include "core/explain/training_memory.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

struct Options {
    std::string source;
    std::vector<std::int64_t> counts;
    std::vector<std::string> dims;
    TrainingOptions training;
};

const std::map<std::string, Optimizer> kOptimizers = {
    {"sgd", Optimizer::Sgd}, {"momentum", Optimizer::Momentum}, {"adam", Optimizer::Adam}};
const std::map<std::string, TrainingType> kTypes = {
    {"fp32", TrainingType::Fp32}, {"fp16", TrainingType::Fp16}, {"mixed", TrainingType::Mixed}};
const std::map<std::string, Recompute> kRecompute = {{"none", Recompute::None},
                                                     {"sqrt", Recompute::Sqrt}};
const std::map<std::string, TrainingConvention> kConventions = {
    {"framework", TrainingConvention::Framework},
    {"notes", TrainingConvention::Notes},
    {"notes-rounded", TrainingConvention::NotesRounded},
    {"feature-maps", TrainingConvention::FeatureMaps}};

Result<TrainingCounts> countsOf(const Options& options)
{
    if (!options.counts.empty()) {
        TrainingCounts counts;
        counts.input = options.counts[0];
        counts.activations = options.counts[1];
        counts.parameters = options.counts[2];
        return counts;
    }
    if (options.source.empty()) {
        return Diagnostic{ErrorKind::Usage, "nothing to count", "",
                          "give a model, or --counts INPUT ACTIVATIONS PARAMETERS"};
    }
    const auto dims = parseDims(options.dims);
    if (!dims) {
        return dims.error();
    }
    ImportOptions import;
    import.dims = *dims;
    const Result<Source> source = openSource(options.source, import);
    if (!source) {
        return source.error();
    }
    return trainingCounts(*source->network);
}

Status run(const Options& options, Context& context)
{
    const Result<TrainingCounts> counts = countsOf(options);
    if (!counts) {
        return counts.error();
    }
    const Result<Figure> training = trainingMemory(*counts, options.training);
    if (!training) {
        return training.error();
    }
    std::optional<Figure> inference;
    if (!counts->layers.empty()) {
        inference = inferenceMemory(*counts, options.training.type);
    }
    if (context.json) {
        nlohmann::ordered_json json;
        json["training"] = toJson(*training);
        json["training"]["mib"] = training->value / (1024.0 * 1024.0);
        json["inference"] = inference ? toJson(*inference) : nlohmann::ordered_json();
        json["elements"] = {{"input", counts->input},
                            {"activations", counts->activations},
                            {"parameters", counts->parameters}};
        context.printJson(json);
        return Done{};
    }
    print(*training, context);
    if (inference) {
        print(*inference, context);
    }
    return Done{};
}

} // namespace

void addTrainMemoryCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("train-memory", "Memory to train a model, against memory to run it");
    addGlobalOptions(*command, context);
    TrainingOptions& training = options->training;
    command->add_option("SOURCE", options->source, "Model (.onnx, .tflite) or project (.tidemark)");
    command->add_option("--dim", options->dims, "N=V: the extent of a symbolic dimension");
    command
        ->add_option("--counts", options->counts,
                     "Elements of the input, of all activations, of the parameters: no model")
        ->expected(3)
        ->check(CLI::NonNegativeNumber)
        ->excludes("SOURCE");
    command->add_option("--batch", training.batch, "Samples in a batch (1)");
    command->add_option("--optimizer", training.optimizer, "sgd, momentum (default) or adam")
        ->transform(CLI::CheckedTransformer(kOptimizers));
    command->add_option("--dtype", training.type, "fp32 (default), fp16 or mixed")
        ->transform(CLI::CheckedTransformer(kTypes));
    command->add_option("--recompute", training.recompute, "none (default) or sqrt: checkpoints")
        ->transform(CLI::CheckedTransformer(kRecompute));
    command
        ->add_option("--convention", training.convention,
                     "framework (default), notes, notes-rounded or feature-maps")
        ->transform(CLI::CheckedTransformer(kConventions));
    command->callback([options, &context] {
        if (const Status status = run(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "core/bundle/bundle.h"
#include "core/model/format.h"
#include "core/quantize/qdq_onnx.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

struct Options {
    PlanOptions plan;
    std::string output;
    BundleOptions bundle;
};

void run(const Options& options, Context& context)
{
    const Result<PlannedSource> planned = planSource(options.plan, context);
    if (!planned) {
        context.fail(planned.error());
        return;
    }
    if (std::filesystem::path(options.output).extension() == ".onnx") {
        const Status written = writeQdqOnnx(*planned->source.network, options.output);
        if (!written) {
            context.fail(written.error());
        } else if (context.json) {
            context.printJson({{"file", options.output}});
        } else {
            std::cout << "Wrote " << options.output << '\n';
        }
        return;
    }
    const auto bundle = writeBundle(*planned->plan, options.output, options.bundle);
    if (!bundle) {
        context.fail(bundle.error());
        return;
    }
    if (context.json) {
        context.printJson({{"directory", bundle->directory.string()},
                           {"hash", bundle->hash},
                           {"board", planned->board->id},
                           {"files", bundle->files}});
        return;
    }
    std::cout << "Wrote " << bundle->files.size() << " files into " << bundle->directory.string()
              << '\n'
              << (options.bundle.library
                      ? "Add them to your project; README.md says how.\n"
                      : "Build with: make -C " + bundle->directory.string() + '\n');
}

} // namespace

void addExportCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("export", "Write a firmware bundle that builds with make or cmake");
    addGlobalOptions(*command, context);
    options->plan.addTo(*command);
    command
        ->add_option("-o,--output", options->output,
                     "Folder to write, or X.onnx: the int8 model as QDQ ONNX")
        ->required();
    command->add_flag("--zip", options->bundle.zip, "Also write DIR.zip");
    command->add_flag("--library", options->bundle.library,
                      "No start-up and no main: for a project of your own");
    command->callback([options, &context] { run(*options, context); });
}

} // namespace tidemark::cli

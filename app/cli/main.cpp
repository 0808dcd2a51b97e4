// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

namespace {

int run(int argc, char** argv)
{
    using namespace tidemark::cli;
    Context context;
    CLI::App app("Tidemark: see, place and prove every byte of a neural network on a "
                 "microcontroller",
                 "tidemark");
    app.set_version_flag("--version", "tidemark " TIDEMARK_VERSION);
    app.require_subcommand(1);
    app.get_formatter()->column_width(34);
    app.footer("Exit codes: 0 ok; 1 does not fit or a check failed; 2 bad usage, unknown board or "
               "option;\n3 rejected model, project or board file.");
    addGlobalOptions(app, context);
    addPlanCommand(app, context);
    addExplainCommand(app, context);
    addCheckCommand(app, context);
    addBoardsCommand(app, context);
    addExportCommand(app, context);
#ifdef TIDEMARK_HAS_BRIDGE
    addRunCommand(app, context);
#endif
    addEvalCommand(app, context);
    addAllocateCommand(app, context);
    addDiffCommand(app, context);
    addSweepCommand(app, context);
    addTrainMemoryCommand(app, context);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        context.fail({tidemark::ErrorKind::Usage, tidemark::printable(error.what(), 400), "",
                      "see `tidemark --help`"});
    }
    return context.exitCode;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        return run(argc, argv);
    } catch (const std::bad_alloc&) {
        std::fputs("error: out of memory: the model is larger than this machine can hold\n",
                   stderr);
        return tidemark::cli::kBadInput;
    } catch (const std::exception& error) {
        std::cerr << "error: internal: " << error.what()
                  << ": please report this with the command that caused it\n";
        return tidemark::cli::kDoesNotFit;
    }
}

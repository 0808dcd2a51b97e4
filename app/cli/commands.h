// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace CLI {
class App;
}

namespace tidemark::cli {

struct Context;

// Each adds one subcommand, which runs as CLI11's callback and leaves Context::exitCode.
void addPlanCommand(CLI::App& app, Context& context);
void addCheckCommand(CLI::App& app, Context& context);
void addBoardsCommand(CLI::App& app, Context& context);
void addExplainCommand(CLI::App& app, Context& context);
void addEvalCommand(CLI::App& app, Context& context);
void addAllocateCommand(CLI::App& app, Context& context);
void addDiffCommand(CLI::App& app, Context& context);
void addSweepCommand(CLI::App& app, Context& context);
void addTrainMemoryCommand(CLI::App& app, Context& context);
void addExportCommand(CLI::App& app, Context& context);
void addRunCommand(CLI::App& app, Context& context); ///< only built with the firmware bridge

} // namespace tidemark::cli

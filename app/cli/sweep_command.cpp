// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "app/cli/sweep_output.h"
#include "app/common/resources.h"
#include "core/board/board_file.h"
#include "core/io/file.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>

namespace tidemark::cli {

namespace {

struct Options {
    PlanOptions plan;
    std::string techniques, objectives, boards, dtypes;
    std::string weights, activations;
    std::vector<std::string> budgets;
    std::string csv, html;
    bool grid = false;
    unsigned threads = 0;
};

Diagnostic usage(std::string what, std::string where, std::string mend)
{
    return {ErrorKind::Usage, std::move(what), std::move(where), std::move(mend)};
}

std::vector<std::string> listOf(const std::string& text)
{
    std::vector<std::string> items;
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');) {
        items.push_back(item == "any" ? "" : item);
    }
    return items;
}

Status addTechniques(const std::string& text, SweepSpace& space)
{
    if (text == "all") {
        space.techniques = allTechniques();
        return Done{};
    }
    for (const std::string& name : listOf(text)) {
        const auto technique = techniqueFromString(name);
        if (!technique) {
            return usage("unknown technique '" + printable(name) + "'", "--techniques",
                         "a list such as fused,liveness,rows, or all");
        }
        space.techniques.push_back(*technique);
    }
    return Done{};
}

Status addObjectives(const std::string& text, SweepSpace& space)
{
    for (const std::string& name : listOf(text)) {
        bool known = false;
        for (const Objective objective : {Objective::Ram, Objective::Latency, Objective::Energy}) {
            if (name == toString(objective)) {
                space.objectives.push_back(objective);
                known = true;
            }
        }
        if (!known) {
            return usage("unknown objective '" + printable(name) + "'", "--objectives",
                         "a list of ram, latency, energy");
        }
    }
    return Done{};
}

Status addBoards(const std::string& text, SweepSpace& space)
{
    for (const std::string& id : listOf(text)) {
        auto board = findBoard(id, resourceDir() / "boards");
        if (!board) {
            return board.error();
        }
        space.boards.push_back(std::make_shared<const Board>(std::move(*board)));
    }
    return Done{};
}

/// "TCM=65536,SSRAM=0": budgets of one alternative.
Status addBudgets(const std::vector<std::string>& alternatives, SweepSpace& space)
{
    for (const std::string& alternative : alternatives) {
        std::vector<Budget> budgets;
        for (const std::string& text : listOf(alternative)) {
            const auto budget = parseBudget(text);
            if (!budget) {
                return budget.error();
            }
            budgets.push_back(*budget);
        }
        space.budgets.push_back(std::move(budgets));
    }
    return Done{};
}

/// The networks of `--dtypes`, each opened as `--dtype` would.
Result<SweepSpace> spaceOf(const Options& options, const Context& context)
{
    SweepSpace space;
    const auto types = options.dtypes.empty() ? std::vector<std::string>{options.plan.dtype}
                                              : listOf(options.dtypes);
    for (const std::string& type : types) {
        if (!type.empty() && type != "fp32" && type != "int8") {
            return usage("unknown number format '" + printable(type) + "'", "--dtypes",
                         "fp32, int8 or both");
        }
        PlanOptions one = options.plan;
        one.dtype = type;
        const auto planned = planSource(one, context);
        if (!planned) {
            return planned.error();
        }
        space.networks.push_back(
            {planned->source.network, type.empty() ? planned->source.network->modelName : type});
        space.base = planned->constraints;
        if (space.boards.empty() && options.boards.empty()) {
            space.boards.push_back(planned->board);
        }
    }
    space.weightBanks = listOf(options.weights);
    space.activationBanks = listOf(options.activations);
    if (options.plan.effort) {
        space.effort.searchNodes = std::max<std::int64_t>(0, *options.plan.effort);
    }
    for (const Status& status :
         {addTechniques(options.techniques, space), addObjectives(options.objectives, space),
          addBoards(options.boards, space), addBudgets(options.budgets, space)}) {
        if (!status) {
            return status.error();
        }
    }
    return space;
}

/// Every RAM of the board for activations, every bank for weights; all in the first RAM first. On
/// Apollo4 Plus that is the vendor's study: weights {TCM, SSRAM, MRAM} x activations {TCM, SSRAM}.
void setGrid(SweepSpace& space)
{
    if (!space.weightBanks.empty() || !space.activationBanks.empty()) {
        return;
    }
    const Board& board = *space.boards.front();
    const Bank& ram = board[board.defaultRam];
    space.activationBanks = space.weightBanks = {ram.id};
    for (const Bank& bank : board.banks) {
        if (bank.verified && !bank.readOnlyAtRunTime && bank.id != ram.id) {
            space.activationBanks.push_back(bank.id);
            space.weightBanks.push_back(bank.id);
        }
    }
    space.weightBanks.push_back(board[board.defaultConstants].id);
}

Status run(const Options& options, Context& context)
{
    Result<SweepSpace> space = spaceOf(options, context);
    if (!space) {
        return space.error();
    }
    if (options.grid) {
        setGrid(*space);
    }
    const bool shows = !context.quiet && isatty(STDERR_FILENO) != 0;
    const auto result = sweep(
        *space,
        [&](std::size_t done, std::size_t total) {
            if (shows) {
                std::cerr << '\r' << done << " of " << total << " plans"
                          << (done == total ? "\n" : "") << std::flush;
            }
        },
        {}, options.threads);
    if (!result) {
        return result.error();
    }
    if (!options.csv.empty()) {
        if (const Status wrote = writeFileAtomically(options.csv, csvOf(*space, *result)); !wrote) {
            return wrote.error();
        }
    }
    if (!options.html.empty()) {
        if (const Status wrote =
                writeFileAtomically(options.html, htmlOf(*space, *result, options.grid));
            !wrote) {
            return wrote.error();
        }
    }
    if (context.json) {
        context.printJson(toJson(*space, *result));
    } else if (options.grid) {
        printGrid(*space, *result, context);
    } else {
        printSweep(*space, *result, context);
    }
    context.exitCode = result->front.empty() ? kDoesNotFit : kOk;
    return Done{};
}

} // namespace

void addSweepCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand(
        "sweep", "Plan every combination of choices, find the front and why the others lost");
    addGlobalOptions(*command, context);
    options->plan.addTo(*command);
    command->add_option("--techniques", options->techniques, "A list of rungs, or all");
    command->add_option("--objectives", options->objectives, "A list of ram, latency, energy");
    command->add_option("--boards", options->boards, "A list of board ids or files");
    command->add_option("--dtypes", options->dtypes, "A list of fp32, int8");
    command->add_option("--weights", options->weights,
                        "Banks to keep all constants in (a list; any: the planner chooses)");
    command->add_option("--activations", options->activations,
                        "Banks to keep the arena in (a list; any: the planner chooses)");
    command
        ->add_option("--budgets", options->budgets, "BANK=BYTES,...: one alternative (repeatable)")
        ->allow_extra_args(false);
    command->add_flag(
        "--grid", options->grid,
        "Weights and activations in every bank, latency and energy relative to all in "
        "the default RAM");
    command->add_option("--csv", options->csv, "Also write the points as CSV");
    command->add_option("--html", options->html, "Also write them as one HTML file with bars");
    command->add_option("--threads", options->threads, "Threads (default: as many as processors)");
    command->callback([options, &context] {
        if (const Status status = run(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

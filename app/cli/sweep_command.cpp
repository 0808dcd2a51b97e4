// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "app/cli/sweep_output.h"
#include "app/common/resources.h"
#include "core/board/board_file.h"
#include "core/execute/kernel_call.h"
#include "core/io/file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace tidemark::cli {

namespace {

struct Options {
    PlanOptions plan;
    std::string techniques, objectives, stagings, boards, dtypes;
    std::string weights, activations;
    std::vector<std::string> budgets;
    std::string csv, html;
    bool grid = false;
    bool run = false;
    unsigned threads = 0;
};

Diagnostic usage(std::string what, std::string where, std::string mend)
{
    return {ErrorKind::Usage, std::move(what), std::move(where), std::move(mend)};
}

/// "a,b" of an option; empty where it was not given.
Result<std::vector<std::string>> listOf(const std::string& text, const char* option)
{
    std::vector<std::string> items;
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');) {
        if (item.empty()) {
            return usage("an item of the list '" + printable(text) + "' is empty", option,
                         "separate items by single commas: a,b");
        }
        items.push_back(std::move(item));
    }
    return items;
}

/// Banks by name; "any" is the planner's choice.
Result<std::vector<std::string>> banksOf(const std::string& text, const char* option)
{
    auto banks = listOf(text, option);
    if (banks) {
        std::replace(banks->begin(), banks->end(), std::string("any"), std::string());
    }
    return banks;
}

Status addTechniques(const std::string& text, SweepSpace& space)
{
    if (text == "all") {
        space.techniques = allTechniques();
        return Done{};
    }
    const auto items = listOf(text, "--techniques");
    if (!items) {
        return items.error();
    }
    for (const std::string& name : *items) {
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
    const auto items = listOf(text, "--objectives");
    if (!items) {
        return items.error();
    }
    for (const std::string& name : *items) {
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

Status addStagings(const std::string& text, SweepSpace& space)
{
    const auto items = listOf(text, "--stagings");
    if (!items) {
        return items.error();
    }
    for (const std::string& name : *items) {
        const std::size_t before = space.stagings.size();
        for (const Staging staging :
             {Staging::Auto, Staging::None, Staging::Resident, Staging::Around}) {
            if (name == toString(staging)) {
                space.stagings.push_back(staging);
            }
        }
        if (space.stagings.size() == before) {
            return usage("unknown staging '" + printable(name) + "'", "--stagings",
                         "a list of none, resident, around, auto");
        }
    }
    return Done{};
}

Status addBoards(const std::string& text, SweepSpace& space)
{
    const auto items = listOf(text, "--boards");
    if (!items) {
        return items.error();
    }
    for (const std::string& id : *items) {
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
        const auto items = listOf(alternative, "--budgets");
        if (!items) {
            return items.error();
        }
        for (const std::string& text : *items) {
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
    space.scratchOf = kernelScratch;
    Result<std::vector<std::string>> types = listOf(options.dtypes, "--dtypes");
    const Result<std::vector<std::string>> weights = banksOf(options.weights, "--weights");
    const Result<std::vector<std::string>> activations =
        banksOf(options.activations, "--activations");
    for (const Result<std::vector<std::string>>* list :
         {&std::as_const(types), &weights, &activations}) {
        if (!*list) {
            return list->error();
        }
    }
    if (types->empty()) {
        types->push_back(options.plan.dtype);
    }
    for (const std::string& type : *types) {
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
    space.weightBanks = *weights;
    space.activationBanks = *activations;
    if (options.plan.effort) {
        space.effort.searchNodes = std::max<std::int64_t>(0, *options.plan.effort);
    }
    for (const Status& status :
         {addTechniques(options.techniques, space), addObjectives(options.objectives, space),
          addStagings(options.stagings, space), addBoards(options.boards, space),
          addBudgets(options.budgets, space)}) {
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
        if (bank.verified && bank.mayHoldArena() && bank.id != ram.id) {
            space.activationBanks.push_back(bank.id);
            space.weightBanks.push_back(bank.id);
        }
    }
    space.weightBanks.push_back(board[board.defaultConstants].id);
}

Result<SweepCounts> countsOf([[maybe_unused]] const Options& options,
                             [[maybe_unused]] const SweepSpace& space,
                             [[maybe_unused]] const SweepResult& result,
                             [[maybe_unused]] const Context& context)
{
#ifdef TIDEMARK_HAS_BRIDGE
    if (options.run) {
        return countPoints(space, result, context);
    }
#endif
    return SweepCounts{};
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
    const Result<SweepCounts> counts = countsOf(options, *space, *result, context);
    if (!counts) {
        return counts.error();
    }
    if (!options.csv.empty()) {
        if (const Status wrote = writeFileAtomically(options.csv, csvOf(*space, *result)); !wrote) {
            return wrote.error();
        }
    }
    if (!options.html.empty()) {
        if (const Status wrote =
                writeFileAtomically(options.html, htmlOf(*space, *result, *counts, options.grid));
            !wrote) {
            return wrote.error();
        }
    }
    if (context.json) {
        context.printJson(toJson(*space, *result, *counts));
    } else if (options.grid) {
        printGrid(*space, *result, *counts, context);
    } else {
        printSweep(*space, *result, *counts, context);
    }
    const bool failed = std::any_of(counts->begin(), counts->end(), [](const auto& count) {
        return count && !count->problems.empty();
    });
    context.exitCode = result->front.empty() || failed ? kDoesNotFit : kOk;
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
    command->add_option("--stagings", options->stagings,
                        "A list of none, resident, around, auto: how weights get into RAM");
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
#ifdef TIDEMARK_HAS_BRIDGE
    command->add_flag("--run", options->run,
                      "Also build every plan and run it on its virtual board: counted bytes beside "
                      "the predicted");
#endif
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

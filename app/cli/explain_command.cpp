// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/figures.h"
#include "app/cli/plan_options.h"
#include "core/explain/figure.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

struct Options {
    PlanOptions plan;
    std::string figure;
};

/// The figure asked for; without one all but the per-stage and per-buffer ones.
std::vector<Figure> choose(std::vector<Figure> figures, const std::string& id, bool everything)
{
    std::erase_if(figures, [&](const Figure& figure) {
        return id.empty() ? !everything && (figure.id.starts_with("stage:") ||
                                            figure.id.starts_with("buffer:"))
                          : figure.id != id;
    });
    return figures;
}

/// The cost that a figure opens, where it is one of those that may be unknown.
const Estimate* costNamed(const Plan& plan, const std::string& id)
{
    return id == "instructions" ? &plan.cost.instructions
           : id == "latency"    ? &plan.cost.latency
           : id == "energy"     ? &plan.cost.energy
                                : nullptr;
}

void run(const Options& options, Context& context)
{
    const Result<PlannedSource> planned = planSource(options.plan, context);
    if (!planned) {
        context.fail(planned.error());
        return;
    }
    const std::vector<Figure> all = explain(*planned->plan);
    const std::vector<Figure> chosen = choose(all, options.figure, context.json || context.verbose);
    if (const Estimate* estimate = costNamed(*planned->plan, options.figure);
        chosen.empty() && estimate != nullptr) {
        context.fail({ErrorKind::Usage, options.figure + " of this plan is unknown",
                      estimate->reason, "explain another figure, or use another board"});
        return;
    }
    if (chosen.empty()) {
        std::string known;
        for (const Figure& figure : all) {
            known += (known.empty() ? "" : ", ") + figure.id;
        }
        context.fail({ErrorKind::Usage, "no figure '" + printable(options.figure) + "'", "",
                      "use one of " + known});
        return;
    }
    if (context.json) {
        auto list = nlohmann::ordered_json::array();
        for (const Figure& figure : chosen) {
            list.push_back(toJson(figure));
        }
        context.printJson({{"figures", list}});
        return;
    }
    for (const Figure& figure : chosen) {
        print(figure, context);
    }
}

} // namespace

void addExplainCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("explain", "Open every figure of a plan into formula, terms and value");
    addGlobalOptions(*command, context);
    options->plan.addTo(*command);
    command->add_option("FIGURE", options->figure,
                        "One figure: peak_ram_bytes, latency, energy, stage:NAME, buffer:NAME, "
                        "bank:ID, stage:NAME:instructions, ...");
    command->callback([options, &context] { run(*options, context); });
}

} // namespace tidemark::cli

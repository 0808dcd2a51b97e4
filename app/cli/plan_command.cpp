// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "app/cli/sweep_output.h"
#include "app/cli/table.h"
#include "core/model/format.h"
#include "core/place/plan_json.h"
#include "core/project/project.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

struct Options {
    PlanOptions plan;
    std::string output;
};

void addEstimate(Table& figures, const char* name, const Estimate& estimate)
{
    const std::string value = estimateText(estimate);
    figures.add({name, value,
                 (estimate.value ? std::string(toString(estimate.provenance)) + ": " : "") +
                     estimate.reason});
}

/// Six digits of it; whole numbers from a million on.
std::string costText(double cost)
{
    constexpr double kMillion = 1e6, kMostCount = 1e18;
    if (cost >= kMillion && cost < kMostCount) {
        return formatCount(std::llround(cost));
    }
    char text[64];
    std::snprintf(text, sizeof text, "%.6g", cost);
    return text;
}

void printSummary(const Plan& plan, const Context& context)
{
    std::cout << context.bold(printable(plan.network->modelName)) << " on "
              << context.bold(plan.board->name) << ", "
              << std::string(toString(plan.techniqueApplied)) << ": "
              << (plan.fits ? "fits" : "does not fit") << "\n\n";
    Table figures({Align::Left, Align::Right, Align::Left});
    figures.add({"peak RAM", formatBytes(plan.peakRam), "activations, weights in RAM and stack"});
    figures.add({"activations", formatBytes(plan.activationBytes),
                 "with input and output, " + std::string(toString(plan.lowerBound.status))});
    figures.add({"lower bound", formatBytes(plan.lowerBound.bytes), plan.lowerBound.argument});
    if (!plan.assignment.argument.empty()) {
        const auto provenance = assignmentProvenance(plan);
        const std::string origin =
            provenance ? std::string(toString(*provenance)) + ", " : std::string();
        figures.add({"banks", costText(plan.assignment.cost),
                     plan.assignment.unit + ", " + origin +
                         std::string(toString(plan.assignment.status)) + ": " +
                         plan.assignment.argument});
    }
    figures.add({"parameters", formatBytes(plan.weightBytes),
                 formatCount(plan.network->parameters()) + " elements"});
    if (startupCopyBytes(plan) > Bytes(0)) {
        figures.add({"at start-up", formatBytes(startupCopyBytes(plan)),
                     "copied to RAM once, in no figure of an inference"});
    }
    if (stagedCopyBytes(plan) > Bytes(0)) {
        figures.add({"staged copies", formatBytes(stagedCopyBytes(plan)),
                     "copied to RAM in every inference, around their stages"});
    }
    if (plan.rowTableBytes() > Bytes(0)) {
        figures.add(
            {"row tables", formatBytes(plan.rowTableBytes()),
             "of flash for addresses of rows" +
                 (plan.windowBytes
                      ? ", which save " + formatBytes(*plan.windowBytes - plan.activationBytes) +
                            " of RAM: windows need " + formatBytes(*plan.windowBytes)
                      : "")});
    }
    figures.add({"MACs", formatCount(plan.network->macs()), ""});
    addEstimate(figures, "instructions", plan.cost.instructions);
    addEstimate(figures, "latency", plan.cost.latency);
    addEstimate(figures, "energy", plan.cost.energy);
    if (plan.cost.savedLeakage.value.value_or(0) > 0) {
        addEstimate(figures, "saved", plan.cost.savedLeakage);
    }
    figures.print(std::cout);
}

void printBanks(const Plan& plan, const Context& context)
{
    Table table({Align::Left, Align::Right, Align::Right, Align::Right, Align::Left});
    table.add({"bank", "used", "capacity", "", ""});
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        const BankUse& use = plan.banks[b];
        const Bank& bank = plan.board->banks[b];
        const std::int64_t permille =
            use.capacity > Bytes(0) ? use.used().count() * 1000 / use.capacity.count() : 0;
        const bool off = b < plan.cost.switchedOn.size() && !plan.cost.switchedOn[b];
        table.add({bank.id, formatBytes(use.used()), formatBytes(use.capacity),
                   std::to_string(permille / 10) + "." + std::to_string(permille % 10) + " %",
                   !use.fits()              ? "over"
                   : bank.readOnlyAtRunTime ? "read-only at run time"
                   : off                    ? "switched off"
                                            : ""});
    }
    std::cout << '\n' << context.bold("Banks") << '\n';
    table.print(std::cout);
}

/// Of rows that lie apart, how many of how many bytes: others lie between them.
std::string bytesText(const Buffer& buffer)
{
    return buffer.hasRowsApart() ? formatCount(static_cast<std::int64_t>(buffer.rowLives.size())) +
                                       " x " + formatCount(buffer.rowBytes.count())
                                 : formatCount(buffer.bytes.count());
}

void printBuffers(const Plan& plan, const Context& context)
{
    Table table({Align::Left, Align::Left, Align::Left, Align::Right, Align::Right, Align::Left});
    table.add({"buffer", "kind", "bank", "offset", "bytes", "events"});
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        const Placement& placement = plan.placements[i];
        table.add({buffer.name, std::string(toString(buffer.kind)),
                   (*plan.board)[placement.bank].id + (placement.pinned ? " (pinned)" : ""),
                   formatCount(placement.offset.count()), bytesText(buffer),
                   std::to_string(buffer.residency.first.index()) + "-" +
                       std::to_string(buffer.residency.last.index())});
    }
    std::cout << '\n' << context.bold("Buffers") << '\n';
    table.print(std::cout);
}

/// The stages that lose most to int8.
void printQuantization(std::vector<StageError> errors, const Context& context)
{
    constexpr std::size_t kShown = 5;
    std::stable_sort(errors.begin(), errors.end(),
                     [](const StageError& a, const StageError& b) { return a.sqnr < b.sqnr; });
    if (!context.verbose) {
        errors.resize(std::min(errors.size(), kShown));
    }
    Table table({Align::Left, Align::Right, Align::Right});
    table.add({"stage", "SQNR dB", "largest error"});
    for (const StageError& error : errors) {
        char sqnr[32];
        char largest[32];
        std::snprintf(sqnr, sizeof sqnr, "%.1f", error.sqnr);
        std::snprintf(largest, sizeof largest, "%.3g", error.maxError);
        table.add({error.stage, sqnr, largest});
    }
    std::cout << '\n' << context.bold("Where int8 loses most") << '\n';
    table.print(std::cout);
}

nlohmann::ordered_json toJson(const std::vector<StageError>& errors)
{
    auto json = nlohmann::ordered_json::array();
    for (const StageError& error : errors) {
        json.push_back({{"stage", error.stage},
                        {"sqnr_db", std::isfinite(error.sqnr) ? nlohmann::ordered_json(error.sqnr)
                                                              : nlohmann::ordered_json()},
                        {"max_error", error.maxError}});
    }
    return json;
}

void printPlan(const Plan& plan, const Context& context)
{
    printSummary(plan, context);
    printBanks(plan, context);
    printBuffers(plan, context);
    if (!plan.conflicts.empty()) {
        std::cout << '\n' << context.bold("Does not fit") << '\n';
        for (const Conflict& conflict : plan.conflicts) {
            std::cout << "  " << conflict.text << '\n';
            for (const Fix& fix : conflict.fixes) {
                std::cout << "    fix: " << fix.text << '\n';
            }
        }
    }
}

/// What of `--dtype int8` a project has no key for.
void tellWhatIsNotKept(const PlanOptions& options, const Context& context)
{
    const bool unusual = (!options.calibMethod.empty() && options.calibMethod != "minmax") ||
                         !options.scaling.scale.empty() || !options.scaling.mean.empty();
    if (unusual) {
        context.note("the project keeps the samples of a calibration, not --calib-method, --scale "
                     "and --mean: give them again when you open it");
    }
}

Status saveProject(const PlannedSource& planned, const std::filesystem::path& path)
{
    namespace fs = std::filesystem;
    Project project;
    project.model = fs::absolute(planned.source.model);
    const Result<std::string> hash = fileSha256(planned.source.model);
    if (!hash) {
        return hash.error();
    }
    project.modelSha256 = *hash;
    // A board file is found again from the project's own folder.
    const bool isFile =
        planned.boardName.find('/') != std::string::npos || planned.boardName.ends_with(".json");
    project.board = isFile ? fs::absolute(planned.boardName).string() : planned.boardName;
    project.constraints = planned.constraints;
    project.dims = planned.dims;
    project.int8 = planned.source.network != planned.source.fileNetwork;
    if (project.int8 && !planned.calibration.empty()) {
        project.calibration = fs::absolute(planned.calibration);
    }
    project.plan = planToJson(*planned.plan);
    return writeProject(project, path);
}

void run(const Options& options, Context& context)
{
    const Result<PlannedSource> planned = planSource(options.plan, context);
    if (!planned) {
        context.fail(planned.error());
        return;
    }
    const Plan& plan = *planned->plan;
    if (!options.output.empty()) {
        if (const Status saved = saveProject(*planned, options.output); !saved) {
            context.fail(saved.error());
            return;
        }
        tellWhatIsNotKept(options.plan, context);
    }
    if (context.json) {
        auto json = planToJson(plan);
        if (!planned->quantization.empty()) {
            json["quantization"] = toJson(planned->quantization);
        }
        context.printJson(json);
    } else {
        printPlan(plan, context);
        if (!planned->quantization.empty()) {
            printQuantization(planned->quantization, context);
        }
    }
    context.exitCode = plan.fits ? kOk : kDoesNotFit;
}

} // namespace

void addPlanCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("plan", "Place every buffer of a model on a board");
    addGlobalOptions(*command, context);
    options->plan.addTo(*command);
    command->add_option("-o,--output", options->output, "Save the project (.tidemark)");
    command->callback([options, &context] { run(*options, context); });
}

} // namespace tidemark::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/plan_options.h"

#include "app/cli/context.h"
#include "app/common/quantize_source.h"
#include "app/common/resources.h"
#include "core/board/board_file.h"
#include "core/execute/kernel_call.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>

namespace tidemark::cli {

namespace {

constexpr const char* kDefaultBoard = "apollo4p_evb";

Diagnostic usage(std::string what, std::string mend)
{
    return {ErrorKind::Usage, std::move(what), "", std::move(mend)};
}

Result<Technique> parseTechnique(const std::string& text)
{
    if (const auto technique = techniqueFromString(text)) {
        return *technique;
    }
    std::string known;
    for (const Technique technique : allTechniques()) {
        known += (known.empty() ? "" : ", ") + std::string(toString(technique));
    }
    return usage("unknown technique '" + printable(text) + "'", "use one of " + known);
}

/// "ram", "latency", "energy" or "weighted:R,L,E".
Status parseObjective(const std::string& text, Constraints& constraints)
{
    for (const Objective objective : {Objective::Ram, Objective::Latency, Objective::Energy}) {
        if (toString(objective) == text) {
            constraints.objective = objective;
            return Done{};
        }
    }
    constexpr std::string_view kWeighted = "weighted:";
    if (text.starts_with(kWeighted)) {
        double weights[3] = {};
        const char* at = text.data() + kWeighted.size();
        const char* const end = text.data() + text.size();
        bool good = true;
        for (int i = 0; i < 3 && good; ++i) {
            const auto [next, error] = std::from_chars(at, end, weights[i]);
            const bool last = i == 2;
            good = error == std::errc() && std::isfinite(weights[i]) && weights[i] >= 0 &&
                   (last ? next == end : next != end && *next == ',');
            at = last ? next : next + 1;
        }
        if (good && weights[0] + weights[1] + weights[2] > 0) {
            constraints.objective = Objective::Weighted;
            constraints.ramWeight = weights[0];
            constraints.latencyWeight = weights[1];
            constraints.energyWeight = weights[2];
            return Done{};
        }
    }
    return usage("unknown objective '" + printable(text) + "'",
                 "use ram, latency, energy or weighted:R,L,E with numbers not all 0");
}

template <class T>
Status appendParsed(const std::vector<std::string>& texts, Result<T> (*parse)(const std::string&),
                    std::vector<T>& into)
{
    for (const std::string& text : texts) {
        Result<T> parsed = parse(text);
        if (!parsed) {
            return parsed.error();
        }
        into.push_back(std::move(*parsed));
    }
    return Done{};
}

/// A pin or budget given later replaces an earlier one of the same thing.
template <class T, class Key> void keepLast(std::vector<T>& entries, Key key)
{
    for (std::size_t i = 0; i < entries.size();) {
        const bool again =
            std::any_of(entries.begin() + static_cast<std::ptrdiff_t>(i) + 1, entries.end(),
                        [&](const T& later) {
                            return std::invoke(key, later) == std::invoke(key, entries[i]);
                        });
        if (again) {
            entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
        } else {
            ++i;
        }
    }
}

Result<Constraints> mergeConstraints(const PlanOptions& options, Constraints constraints)
{
    if (!options.technique.empty()) {
        const auto technique = parseTechnique(options.technique);
        if (!technique) {
            return technique.error();
        }
        constraints.technique = *technique;
    }
    if (!options.objective.empty()) {
        if (const auto parsed = parseObjective(options.objective, constraints); !parsed) {
            return parsed.error();
        }
    }
    if (!options.scratch.empty()) {
        constraints.scratch =
            options.scratch == "place" ? ScratchPolicy::Place : ScratchPolicy::Exclude;
    }
    for (const Staging staging : {Staging::None, Staging::Resident, Staging::Around}) {
        constraints.staging = options.staging == toString(staging) ? staging : constraints.staging;
    }
    if (!options.rings.empty()) {
        constraints.rings =
            options.rings == toString(RingForm::Rows) ? RingForm::Rows : RingForm::Windows;
    }
    if (options.stack) {
        if (*options.stack < 0) {
            return usage("a stack of " + std::to_string(*options.stack) + " bytes",
                         "give --stack a number >= 0");
        }
        constraints.stack = Bytes(*options.stack);
    }
    if (const auto pins = appendParsed(options.pins, parsePin, constraints.pins); !pins) {
        return pins.error();
    }
    if (const auto budgets = appendParsed(options.budgets, parseBudget, constraints.budgets);
        !budgets) {
        return budgets.error();
    }
    keepLast(constraints.pins, &Pin::buffer);
    keepLast(constraints.budgets, &Budget::bank);
    return constraints;
}

/// `--dtype`: a float model is quantised, or stays float where its project says int8; a quantised
/// one stays as it is.
Status applyDataType(const PlanOptions& options, const Context& context, PlannedSource& planned)
{
    const auto& inFile = planned.source.fileNetwork;
    const bool quantised = hasQuantizedValues(*inFile);
    if (options.dtype == "fp32") {
        planned.source.network = inFile;
        return quantised ? Status(usage("this model is quantised",
                                        "leave out --dtype, or give its float form"))
                         : Done{};
    }
    const Project* project = planned.source.project ? &*planned.source.project : nullptr;
    if (project != nullptr && project->int8 && options.calib.empty()) {
        planned.calibration = project->calibration;
        return Done{}; // quantised as it was opened
    }
    const bool asked = options.dtype == "int8" || (project != nullptr && project->int8);
    if (!asked || quantised) {
        return Done{};
    }
    const auto scaling = options.scaling.parse();
    if (!scaling) {
        return scaling.error();
    }
    if (options.calib.empty()) {
        context.note("no --calib: calibrated on " + std::to_string(kGeneratedCalibration) +
                     " generated inputs, so expect other accuracy than with real ones");
    }
    auto made =
        quantizeSource(*inFile, {options.calib, *scaling, options.calibMethod, context.seed});
    if (!made) {
        return made.error();
    }
    planned.source.network = std::make_shared<const Network>(std::move(made->network));
    planned.calibration = options.calib;
    planned.quantization = std::move(made->errors);
    return Done{};
}

} // namespace

void PlanOptions::addTo(CLI::App& command)
{
    command.add_option("SOURCE", source, "A model (.onnx) or a project (.tidemark)")->required();
    command.add_option("--board", board,
                       std::string("Board id or board file (default ") + kDefaultBoard + ")");
    command.add_option("--technique", technique,
                       "Highest rung: unshared, fused, pingpong, liveness (default)");
    command.add_option("--objective", objective, "ram (default), latency, energy, weighted:R,L,E");
    command.add_option("--scratch", scratch, "Kernel scratch: place (default) or exclude")
        ->check(CLI::IsMember({"place", "exclude"}));
    command
        .add_option(
            "--staging", staging,
            "Weights copied to spare RAM: none, resident (at start-up), around (just before "
            "their stage; default: none for ram, else what the objective asks for)")
        ->check(CLI::IsMember({"none", "resident", "around"}));
    command
        .add_option("--rings", rings,
                    "Rows of tensors that are never whole in memory: window (default) or rows, "
                    "each at an address of its own: less RAM for a table in flash, 2 bytes a row")
        ->check(CLI::IsMember({"window", "rows"}));
    command.add_option("--dtype", dtype, "int8: quantise a float model")
        ->check(CLI::IsMember({"fp32", "int8"}));
    command.add_option("--calib", calib, "Samples (.npy, or a folder of them) for --dtype int8");
    command.add_option("--calib-method", calibMethod, "minmax (default), percentile or mse")
        ->check(CLI::IsMember({"minmax", "percentile", "mse"}));
    scaling.addTo(command);
    command.add_option("--pin", pins, "BUF=BANK[@OFFSET]: fix a buffer (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--budget", budgets, "BANK=BYTES: make a bank smaller (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--stack", stack, "Stack reserve in bytes instead of the board's");
    command.add_option("--dim", dims, "N=V: value of a symbolic dimension (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--effort", effort, "Search nodes the planner may spend");
}

Result<std::map<std::string, std::int64_t>> parseDims(const std::vector<std::string>& texts)
{
    std::map<std::string, std::int64_t> dims;
    for (const std::string& text : texts) {
        const std::size_t equals = text.rfind('=');
        const auto value = equals == std::string::npos
                               ? std::nullopt
                               : parseBytes(std::string_view(text).substr(equals + 1));
        if (!value || equals == 0 || value->count() < 1) {
            return usage("dimension '" + printable(text) + "' is not a name and a number >= 1",
                         "write --dim NAME=VALUE");
        }
        dims[text.substr(0, equals)] = value->count();
    }
    return dims;
}

Result<PlannedSource> planSource(const PlanOptions& options, const Context& context)
{
    PlannedSource result;
    const auto dims = parseDims(options.dims);
    if (!dims) {
        return dims.error();
    }
    result.dims = *dims;
    ImportOptions import;
    import.dims = *dims;
    Result<Source> source = openSource(options.source, import);
    if (!source) {
        return source.error();
    }
    result.source = std::move(*source);
    if (Status typed = applyDataType(options, context, result); !typed) {
        return typed.error();
    }
    const auto& project = result.source.project;
    if (result.source.modelChanged) {
        context.note("the model has changed since the project was saved");
    }
    auto constraints = mergeConstraints(options, project ? project->constraints : Constraints{});
    if (!constraints) {
        return constraints.error();
    }
    result.constraints = *constraints;
    result.boardName = !options.board.empty() ? options.board
                       : project              ? project->board
                                              : kDefaultBoard;
    Result<Board> board = findBoard(result.boardName, resourceDir() / "boards");
    if (!board) {
        return board.error();
    }
    result.board = std::make_shared<const Board>(std::move(*board));
    Effort effort;
    if (options.effort) {
        effort.searchNodes = std::max<std::int64_t>(0, *options.effort);
    }
    Result<PlanPtr> made =
        plan(result.source.network, result.board, result.constraints, effort, {}, kernelScratch);
    if (!made) {
        return made.error();
    }
    result.plan = std::move(*made);
    return result;
}

} // namespace tidemark::cli

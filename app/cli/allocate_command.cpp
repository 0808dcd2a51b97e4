// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "core/io/file.h"
#include "core/model/format.h"
#include "core/place/allocation_problem.h"
#include "core/place/plan.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

constexpr std::int64_t kEffortToMinimise = 250'000;
constexpr std::int64_t kEffortToFit = 2'000'000;

struct Options {
    std::string problem;
    std::optional<std::int64_t> capacity;
    std::optional<std::int64_t> effort;
    std::string output;
};

/// A packing and what was asked of it.
struct Outcome {
    Packing packing;
    std::optional<Bytes> capacity;
    double milliseconds = 0;

    bool fits() const { return !capacity || packing.extent <= *capacity; }
    bool isImpossible() const { return capacity && packing.bound > *capacity; }
    ProofStatus proof() const
    {
        return packing.optimal   ? ProofStatus::Optimal
               : packing.stopped ? ProofStatus::Stopped
                                 : ProofStatus::Gap;
    }
};

Outcome solve(const AllocationProblem& problem, const Options& options)
{
    Outcome outcome;
    if (options.capacity) {
        outcome.capacity = Bytes(*options.capacity);
    }
    const std::int64_t effort =
        options.effort.value_or(options.capacity ? kEffortToFit : kEffortToMinimise);
    const auto start = std::chrono::steady_clock::now();
    outcome.packing = packOffsets(problem.blocks(), effort, {}, outcome.capacity);
    const std::chrono::duration<double, std::milli> spent =
        std::chrono::steady_clock::now() - start;
    outcome.milliseconds = spent.count();
    return outcome;
}

nlohmann::ordered_json toJson(const AllocationProblem& problem, const Outcome& outcome)
{
    nlohmann::ordered_json json;
    json["capacity"] = nullptr;
    if (outcome.capacity) {
        json["capacity"] = outcome.capacity->count();
    }
    json["fits"] = outcome.fits();
    json["extent_bytes"] = outcome.packing.extent.count();
    json["lower_bound_bytes"] = outcome.packing.bound.count();
    json["proof"] = toString(outcome.proof());
    auto buffers = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < problem.rows.size(); ++i) {
        const AllocationRow& row = problem.rows[i];
        buffers.push_back({{"id", row.id},
                           {"lower", row.lower},
                           {"upper", row.upper},
                           {"size", row.size.count()},
                           {"offset", outcome.packing.offsets[i].count()}});
    }
    json["buffers"] = std::move(buffers);
    json["timing"] = {{"allocate_ms", outcome.milliseconds}};
    return json;
}

std::string summary(const AllocationProblem& problem, const Outcome& outcome)
{
    const Packing& packing = outcome.packing;
    std::string text = formatCount(static_cast<std::int64_t>(problem.rows.size())) +
                       " buffers in " + formatBytes(packing.extent);
    if (packing.optimal) {
        return text + ": optimal";
    }
    text += ", at least " + formatBytes(packing.bound) + " needed";
    return text + (packing.stopped ? ": the search stopped at its effort" : "");
}

Diagnostic doesNotFit(const Outcome& outcome, const std::string& problem)
{
    const std::string capacity = formatBytes(*outcome.capacity);
    if (outcome.isImpossible()) {
        return {ErrorKind::DoesNotFit, "nothing fits into " + capacity, problem,
                "at least " + formatBytes(outcome.packing.bound) + " are needed (proven)"};
    }
    return {ErrorKind::DoesNotFit, "found no packing into " + capacity, problem,
            "the search stopped without a proof; raise --effort, or allow " +
                formatBytes(outcome.packing.extent) + ", the best found"};
}

Status run(const Options& options, Context& context)
{
    const Result<AllocationProblem> problem = readAllocationProblem(options.problem);
    if (!problem) {
        return problem.error();
    }
    const Outcome outcome = solve(*problem, options);
    const std::string csv = problem->solutionCsv(outcome.packing.offsets);
    if (outcome.fits() && !options.output.empty()) {
        if (Status saved = writeFileAtomically(options.output, csv); !saved) {
            return saved;
        }
    }
    if (context.json) {
        context.printJson(toJson(*problem, outcome));
    } else if (outcome.fits() && options.output.empty()) {
        std::cout << csv;
    }
    if (!outcome.fits()) {
        return doesNotFit(outcome, printable(options.problem));
    }
    context.note(summary(*problem, outcome));
    return Done{};
}

} // namespace

void addAllocateCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("allocate", "Find offsets for buffers with given lifetimes");
    addGlobalOptions(*command, context);
    command
        ->add_option("PROBLEM", options->problem,
                     "Buffers (.csv): id,lower,upper,size, upper exclusive")
        ->required();
    command
        ->add_option("--capacity", options->capacity,
                     "Bytes to fit into; without it the extent is minimised")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--effort", options->effort,
                     "Search nodes (250,000; with --capacity 2,000,000)")
        ->check(CLI::NonNegativeNumber);
    command->add_option("-o,--output", options->output, "Write the offsets (.csv), not to stdout");
    command->callback([options, &context] {
        if (const Status status = run(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/plan_options.h"
#include "app/cli/sweep_output.h"
#include "app/cli/table.h"
#include "app/common/html_page.h"
#include "core/explore/plan_diff.h"
#include "core/io/file.h"
#include "core/model/format.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

struct Options {
    std::string before, after, html;
};

std::string signedBytes(Bytes bytes)
{
    return (bytes > Bytes(0) ? "+" : "") + formatBytes(bytes);
}

std::string placeText(const std::optional<PlacedBuffer>& placed)
{
    return placed ? placed->bank + " " + formatCount(placed->offset.count()) : "";
}

std::string bytesText(const std::optional<PlacedBuffer>& placed)
{
    return placed ? formatBytes(placed->bytes) : "";
}

std::string amountText(double amount, const CostChange& change)
{
    const Estimate size{std::abs(amount), change.before.unit, Provenance::Measured, {}};
    return (amount < 0 ? "-" : amount > 0 ? "+" : "") + estimateText(size);
}

std::string differenceText(const CostChange& change)
{
    const auto difference = change.difference();
    return difference ? amountText(*difference, change) : "unknown";
}

bool isIllustrative(const PlanDiff& diff)
{
    return std::any_of(diff.costs.begin(), diff.costs.end(), [](const CostChange& cost) {
        return cost.before.provenance == Provenance::Illustrative ||
               cost.after.provenance == Provenance::Illustrative;
    });
}

void printWaterfall(const CostChange& cost, const Context& context)
{
    std::cout << '\n' << context.bold("Difference in " + cost.title) << '\n';
    Table steps({Align::Left, Align::Right});
    steps.add({"before", estimateText(cost.before)});
    for (const CostChange::Step& step : cost.steps) {
        steps.add({printable(step.label), amountText(step.amount, cost)});
    }
    steps.add({"after", estimateText(cost.after)});
    steps.print(std::cout);
}

void printBuffers(const PlanDiff& diff, const Context& context)
{
    std::cout << '\n' << context.bold("Buffers") << '\n';
    Table buffers({Align::Left, Align::Left, Align::Left, Align::Right, Align::Left, Align::Right});
    buffers.add({"buffer", "", "before", "", "after", ""});
    for (const BufferChange& buffer : diff.buffers) {
        buffers.add({printable(buffer.name), std::string(buffer.word()), placeText(buffer.before),
                     bytesText(buffer.before), placeText(buffer.after), bytesText(buffer.after)});
    }
    buffers.print(std::cout);
}

void print(const PlanDiff& diff, const Context& context)
{
    std::cout << context.bold(diff.titleBefore) << "\n-> " << context.bold(diff.titleAfter)
              << "\n\n";
    if (diff.isSame()) {
        std::cout << "  no difference\n";
        return;
    }
    Table figures({Align::Left, Align::Right, Align::Right, Align::Right});
    figures.add({"", "before", "after", "difference"});
    for (const FigureChange& figure : diff.figures) {
        figures.add({figure.title, formatBytes(figure.before), formatBytes(figure.after),
                     signedBytes(figure.after - figure.before)});
    }
    for (const CostChange& cost : diff.costs) {
        figures.add({cost.title, estimateText(cost.before), estimateText(cost.after),
                     differenceText(cost)});
    }
    figures.print(std::cout);
    for (const BankChange& bank : diff.banks) {
        if (bank.steps.empty()) {
            continue;
        }
        std::cout << '\n' << context.bold("Bank " + bank.id) << '\n';
        Table steps({Align::Left, Align::Right});
        steps.add({"before", formatBytes(bank.before)});
        for (const DiffStep& step : bank.steps) {
            steps.add({printable(step.label), signedBytes(step.bytes)});
        }
        steps.add({"after", formatBytes(bank.after)});
        steps.print(std::cout);
    }
    for (const CostChange& cost : diff.costs) {
        if (!cost.steps.empty()) {
            printWaterfall(cost, context);
        }
    }
    if (!diff.buffers.empty()) {
        printBuffers(diff, context);
    }
    if (isIllustrative(diff)) {
        std::cout << '\n' << kIllustrative << '\n';
    }
}

void writeWaterfall(HtmlPage& page, const BankChange& bank)
{
    const auto most =
        static_cast<double>(std::max({std::int64_t(1), bank.before.count(), bank.after.count()}));
    page.heading("Bank " + bank.id);
    page.headings({{"", false}, {"bytes", true}, {"", false}});
    const auto row = [&](const std::string& label, const std::string& text, Bytes bytes) {
        page.beginRow();
        page.text(label);
        page.number(text);
        page.bar(static_cast<double>(std::abs(bytes.count())) / most);
        page.endRow();
    };
    row("before", formatBytes(bank.before), bank.before);
    for (const DiffStep& step : bank.steps) {
        row(printable(step.label), signedBytes(step.bytes), step.bytes);
    }
    row("after", formatBytes(bank.after), bank.after);
    page.endTable();
}

void writeWaterfall(HtmlPage& page, const CostChange& cost)
{
    const double most = std::max({1e-300, *cost.before.value, *cost.after.value});
    page.heading("Difference in " + cost.title);
    page.headings({{"", false}, {cost.title, true}, {"", false}});
    const auto row = [&](const std::string& label, const std::string& text, double amount) {
        page.beginRow();
        page.text(label);
        page.number(text);
        page.bar(std::abs(amount) / most);
        page.endRow();
    };
    row("before", estimateText(cost.before), *cost.before.value);
    for (const CostChange::Step& step : cost.steps) {
        row(printable(step.label), amountText(step.amount, cost), step.amount);
    }
    row("after", estimateText(cost.after), *cost.after.value);
    page.endTable();
}

void writeFigures(HtmlPage& page, const PlanDiff& diff)
{
    page.headings({{"", false}, {"before", true}, {"after", true}, {"difference", true}});
    const auto row = [&](const std::string& title, const std::string& before,
                         const std::string& after, const std::string& difference) {
        page.beginRow();
        page.text(title);
        page.number(before);
        page.number(after);
        page.number(difference);
        page.endRow();
    };
    for (const FigureChange& figure : diff.figures) {
        row(figure.title, formatBytes(figure.before), formatBytes(figure.after),
            signedBytes(figure.after - figure.before));
    }
    for (const CostChange& cost : diff.costs) {
        row(cost.title, estimateText(cost.before), estimateText(cost.after), differenceText(cost));
    }
    page.endTable();
}

std::string htmlOf(const PlanDiff& diff)
{
    HtmlPage page;
    page.begin("Two plans compared", diff.titleBefore + " -> " + diff.titleAfter);
    if (diff.isSame()) {
        page.verdict(true, "No difference.");
    }
    writeFigures(page, diff);
    if (isIllustrative(diff)) {
        page.lead(kIllustrative);
    }
    for (const BankChange& bank : diff.banks) {
        if (!bank.steps.empty()) {
            writeWaterfall(page, bank);
        }
    }
    for (const CostChange& cost : diff.costs) {
        if (!cost.steps.empty()) {
            writeWaterfall(page, cost);
        }
    }
    if (!diff.buffers.empty()) {
        page.heading("Buffers");
        page.headings({{"buffer", false},
                       {"", false},
                       {"before", false},
                       {"bytes", true},
                       {"after", false},
                       {"bytes", true}});
        for (const BufferChange& buffer : diff.buffers) {
            page.beginRow();
            page.text(printable(buffer.name));
            page.text(buffer.word());
            page.text(placeText(buffer.before));
            page.number(bytesText(buffer.before));
            page.text(placeText(buffer.after));
            page.number(bytesText(buffer.after));
            page.endRow();
        }
        page.endTable();
    }
    return page.finish();
}

Status run(const Options& options, Context& context)
{
    PlanOptions side;
    side.source = options.before;
    const Result<PlannedSource> before = planSource(side, context);
    if (!before) {
        return before.error();
    }
    side.source = options.after;
    const Result<PlannedSource> after = planSource(side, context);
    if (!after) {
        return after.error();
    }
    const PlanDiff diff = diffPlans(*before->plan, *after->plan);
    if (!options.html.empty()) {
        if (Status saved = writeFileAtomically(options.html, htmlOf(diff)); !saved) {
            return saved;
        }
    }
    if (context.json) {
        context.printJson(diffToJson(diff));
    } else {
        print(diff, context);
    }
    return Done{};
}

} // namespace

void addDiffCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command =
        app.add_subcommand("diff", "What moved from one plan to another, and where bytes went");
    addGlobalOptions(*command, context);
    command->add_option("BEFORE", options->before, "A project (.tidemark) or a model")->required();
    command->add_option("AFTER", options->after, "A project (.tidemark) or a model")->required();
    command->add_option("--html", options->html, "Also write the comparison as one HTML file");
    command->callback([options, &context] {
        if (const Status status = run(*options, context); !status) {
            context.fail(status.error());
        }
    });
}

} // namespace tidemark::cli

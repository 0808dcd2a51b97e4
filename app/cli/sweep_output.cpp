// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/sweep_output.h"

#include "app/cli/context.h"
#include "app/cli/table.h"
#include "app/common/html_page.h"
#include "core/model/format.h"
#include "core/place/plan_json.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string shortNumber(double value)
{
    if (value >= 999.5) { // three digits would be 1e+03
        return formatCount(std::llround(value));
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

std::string quoted(const std::string& text)
{
    std::string cell = "\"";
    for (const char c : text) {
        cell += c == '"' ? std::string("\"\"") : std::string(1, c);
    }
    return cell + "\"";
}

std::string cellOf(const Estimate& estimate)
{
    char text[32] = "";
    if (estimate.value) {
        std::snprintf(text, sizeof text, "%.6g", *estimate.value);
    }
    return text;
}

bool isIllustrative(const SweepResult& result)
{
    return std::any_of(result.points.begin(), result.points.end(), [](const SweepPoint& point) {
        return point.latency.provenance == Provenance::Illustrative ||
               point.energy.provenance == Provenance::Illustrative;
    });
}

/// The point that others are compared with, and the largest figures.
struct Scale {
    const SweepPoint* base = nullptr;
    double latency = 0, energy = 0;

    explicit Scale(const SweepResult& result)
    {
        for (const SweepPoint& point : result.points) {
            base = base == nullptr && point.fits && point.latency.value ? &point : base;
            latency = std::max(latency, point.latency.value.value_or(0));
            energy = std::max(energy, point.energy.value.value_or(0));
        }
    }
};

double share(const Estimate& estimate, double most)
{
    return most > 0 ? estimate.value.value_or(0) / most : 0;
}

std::string ratio(const Estimate& estimate, const Estimate& base)
{
    if (!estimate.value || !base.value || *base.value <= 0) {
        return estimateText(estimate);
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", *estimate.value / *base.value);
    return text;
}

/// One bank of one point: what was predicted, and what was counted there if it was run.
struct TrafficRow {
    std::string point, bank, besides;
    Traffic predicted;
    std::optional<Traffic> counted;
};

/// What a board keeps in a bank besides the operands of kernels.
std::string besidesOperands(const Board& board, BankId bank)
{
    std::string text = bank == board.codeBank ? "literals" : "";
    if (bank == board.defaultRam) {
        text += text.empty() ? "stack" : ", stack";
    }
    return text;
}

std::vector<TrafficRow> trafficRows(const SweepSpace& space, const SweepResult& result,
                                    const SweepCounts& counts)
{
    std::vector<TrafficRow> rows;
    for (std::size_t i = 0; i < result.points.size(); ++i) {
        const SweepPoint& point = result.points[i];
        const Board& board = *space.boards[point.settings.board];
        std::string label = sweepLabel(space, point.settings);
        for (std::size_t b = 0; b < point.banks.size(); ++b) {
            TrafficRow row{label, board.banks[b].id, {}, point.banks[b], std::nullopt};
            if (i < counts.size() && counts[i]) {
                row.counted = counts[i]->banks[b];
                row.besides = besidesOperands(board, BankId(b));
            }
            const Traffic most = row.counted.value_or(row.predicted);
            if (point.fits && most.read + most.written > 0) {
                rows.push_back(std::move(row));
                label.clear(); // said once
            }
        }
    }
    return rows;
}

std::string bytesText(double bytes)
{
    return formatCount(static_cast<std::int64_t>(bytes));
}

constexpr const char* kCounted =
    "Counted bytes are those of every load and store of one inference; predicted are those of the "
    "kernels' operands. What else lies in a bank is named beside it.";

void printTraffic(const std::vector<TrafficRow>& rows, bool counted, const Context& context)
{
    std::cout << '\n' << context.bold("Bytes of each bank in one inference") << '\n';
    std::vector<Align> columns{Align::Left, Align::Left, Align::Right, Align::Right};
    std::vector<std::string> titles{"", "bank", "read", "written"};
    if (counted) {
        columns.insert(columns.end(), {Align::Right, Align::Right, Align::Left});
        titles.insert(titles.end(), {"counted read", "counted written", "there besides"});
    }
    Table table(columns);
    table.add(titles);
    for (const TrafficRow& row : rows) {
        std::vector<std::string> cells{row.point, row.bank, bytesText(row.predicted.read),
                                       bytesText(row.predicted.written)};
        if (counted) {
            cells.push_back(row.counted ? bytesText(row.counted->read) : "");
            cells.push_back(row.counted ? bytesText(row.counted->written) : "");
            cells.push_back(row.besides);
        }
        table.add(std::move(cells));
    }
    table.print(std::cout);
    if (counted) {
        std::cout << '\n' << kCounted << '\n';
    }
}

void writeTraffic(HtmlPage& page, const std::vector<TrafficRow>& rows, bool counted)
{
    page.heading("Bytes of each bank in one inference");
    page.lead(counted ? kCounted : "As predicted, by the operands of the kernels.");
    std::vector<std::pair<std::string, bool>> columns{
        {"plan", false}, {"bank", false}, {"read", true}, {"written", true}};
    if (counted) {
        columns.insert(
            columns.end(),
            {{"counted read", true}, {"counted written", true}, {"there besides", false}});
    }
    page.headings(columns);
    for (const TrafficRow& row : rows) {
        page.beginRow();
        page.text(row.point);
        page.text(row.bank);
        page.number(bytesText(row.predicted.read));
        page.number(bytesText(row.predicted.written));
        if (counted) {
            page.number(row.counted ? bytesText(row.counted->read) : "");
            page.number(row.counted ? bytesText(row.counted->written) : "");
            page.text(row.besides);
        }
        page.endRow();
    }
    page.endTable();
}

void printProblems(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts)
{
    for (std::size_t i = 0; i < counts.size(); ++i) {
        for (const std::string& problem :
             counts[i] ? counts[i]->problems : std::vector<std::string>{}) {
            std::cout << "\n  problem: " << sweepLabel(space, result.points[i].settings) << ": "
                      << problem << '\n';
        }
    }
}

std::string textBar(double share)
{
    constexpr double kWidth = 24;
    std::string bar;
    for (int i = 0; i < std::lround(share * kWidth); ++i) {
        bar += "█";
    }
    return bar;
}

} // namespace

std::string estimateText(const Estimate& estimate)
{
    if (!estimate.value) {
        return "unknown";
    }
    return shortNumber(*estimate.value) +
           (estimate.unit == "instructions" ? "" : " " + estimate.unit);
}

nlohmann::ordered_json toJson(const SweepSpace& space, const SweepResult& result,
                              const SweepCounts& counts)
{
    Json points = Json::array();
    for (std::size_t i = 0; i < result.points.size(); ++i) {
        const SweepPoint& point = result.points[i];
        const SweepSettings& settings = point.settings;
        const Board& board = *space.boards[settings.board];
        points.push_back({{"label", sweepLabel(space, settings)},
                          {"network", space.networks[settings.network].label},
                          {"board", board.id},
                          {"technique", toString(settings.constraints.technique)},
                          {"objective", toString(settings.constraints.objective)},
                          {"staging", toString(settings.constraints.staging)},
                          {"weights", settings.weightBank},
                          {"activations", settings.activationBank},
                          {"fits", point.fits},
                          {"on_front", point.onFront},
                          {"ram_bytes", point.ram.count()},
                          {"flash_bytes", point.flash.count()},
                          {"instructions", estimateToJson(point.instructions)},
                          {"latency", estimateToJson(point.latency)},
                          {"energy", estimateToJson(point.energy)},
                          {"traffic", trafficToJson(board, point.banks)},
                          {"dominated_by", point.dominatedBy ? Json(*point.dominatedBy) : Json()},
                          {"reason", point.reason}});
        if (i < counts.size() && counts[i]) {
            points.back()["counted"] = {{"instructions", counts[i]->instructions},
                                        {"traffic", trafficToJson(board, counts[i]->banks)},
                                        {"problems", counts[i]->problems}};
        }
    }
    return {{"format", "tidemark-sweep"},
            {"version", 1},
            {"points", points},
            {"front", result.front},
            {"stopped", result.stopped}};
}

std::string csvOf(const SweepSpace& space, const SweepResult& result)
{
    std::string csv = "label,network,board,technique,objective,weights,activations,fits,on_front,"
                      "ram_bytes,flash_bytes,instructions,latency_us,energy_uj,provenance,reason\n";
    for (const SweepPoint& point : result.points) {
        const SweepSettings& settings = point.settings;
        const std::string cells[] = {quoted(sweepLabel(space, settings)),
                                     quoted(space.networks[settings.network].label),
                                     space.boards[settings.board]->id,
                                     std::string(toString(settings.constraints.technique)),
                                     std::string(toString(settings.constraints.objective)),
                                     settings.weightBank,
                                     settings.activationBank,
                                     point.fits ? "1" : "0",
                                     point.onFront ? "1" : "0",
                                     std::to_string(point.ram.count()),
                                     std::to_string(point.flash.count()),
                                     cellOf(point.instructions),
                                     cellOf(point.latency),
                                     cellOf(point.energy),
                                     std::string(toString(point.energy.provenance)),
                                     quoted(point.reason)};
        for (const std::string& cell : cells) {
            csv += cell + (&cell == std::end(cells) - 1 ? "\n" : ",");
        }
    }
    return csv;
}

void printSweep(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts,
                const Context& context)
{
    Table table({Align::Left, Align::Left, Align::Right, Align::Right, Align::Right, Align::Right,
                 Align::Left});
    table.add({"", "plan", "RAM", "flash", "latency", "energy", "why it lost"});
    for (const SweepPoint& point : result.points) {
        if (point.onFront || context.verbose || result.points.size() <= 40) {
            table.add({point.onFront ? "*" : "", sweepLabel(space, point.settings),
                       formatBytes(point.ram), formatBytes(point.flash),
                       estimateText(point.latency), estimateText(point.energy), point.reason});
        }
    }
    table.print(std::cout);
    std::cout
        << '\n'
        << result.front.size() << " of " << result.points.size()
        << " plans are on the front (*): nothing is better in RAM, flash, latency and energy\n";
    if (!counts.empty()) {
        printTraffic(trafficRows(space, result, counts), true, context);
        printProblems(space, result, counts);
    }
    if (isIllustrative(result)) {
        std::cout << kIllustrative << '\n';
    }
}

namespace {

std::string gridName(const SweepPoint& point)
{
    return point.settings.weightBank + ", " + point.settings.activationBank;
}

/// Without latencies: of a virtual board.
void printPlainGrid(const SweepResult& result)
{
    Table table({Align::Left, Align::Right, Align::Right, Align::Right, Align::Left});
    table.add({"weights, activations", "RAM", "flash", "instructions", ""});
    for (const SweepPoint& point : result.points) {
        table.add({gridName(point), formatBytes(point.ram), formatBytes(point.flash),
                   estimateText(point.instructions), point.fits ? "" : point.reason});
    }
    table.print(std::cout);
}

void printRelativeGrid(const SweepResult& result, const Scale& scale)
{
    Table table({Align::Left, Align::Right, Align::Left, Align::Right, Align::Left});
    table.add({"weights, activations", "latency", "", "energy", ""});
    for (const SweepPoint& point : result.points) {
        if (!point.fits) {
            table.add({gridName(point), estimateText(point.latency), "", estimateText(point.energy),
                       point.reason});
            continue;
        }
        table.add({gridName(point), ratio(point.latency, scale.base->latency),
                   textBar(share(point.latency, scale.latency)),
                   ratio(point.energy, scale.base->energy),
                   textBar(share(point.energy, scale.energy))});
    }
    table.print(std::cout);
}

} // namespace

void printGrid(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts,
               const Context& context)
{
    const Scale scale(result);
    std::cout << context.bold(space.networks.front().label) << " on "
              << context.bold(space.boards.front()->name);
    if (scale.base != nullptr) {
        std::cout << ", relative to " << gridName(*scale.base) << " ("
                  << estimateText(scale.base->latency) << ", " << estimateText(scale.base->energy)
                  << "); banks that hold nothing are off\n";
        printRelativeGrid(result, scale);
    } else {
        std::cout << '\n';
        printPlainGrid(result);
    }
    printTraffic(trafficRows(space, result, counts), !counts.empty(), context);
    printProblems(space, result, counts);
    if (isIllustrative(result)) {
        std::cout << '\n' << kIllustrative << '\n';
    }
}

namespace {

/// A figure of every point that fits and has it, as bars.
void writeBars(HtmlPage& page, const SweepSpace& space, const SweepResult& result,
               Estimate SweepPoint::*figure, const std::string& title, const SweepPoint* base)
{
    double most = 0;
    for (const SweepPoint& point : result.points) {
        most = std::max(most, point.fits ? (point.*figure).value.value_or(0) : 0);
    }
    if (most <= 0) {
        return;
    }
    page.heading(title);
    if (base != nullptr) {
        page.lead("Relative to " + sweepLabel(space, base->settings) + ": " +
                  estimateText(base->*figure) + ".");
    }
    page.headings({{"plan", false}, {title, true}, {"", false}});
    for (const SweepPoint& point : result.points) {
        if (!point.fits || !(point.*figure).value) {
            continue;
        }
        page.beginRow();
        page.text((point.onFront ? "* " : "") + sweepLabel(space, point.settings));
        page.number(base != nullptr ? ratio(point.*figure, base->*figure)
                                    : estimateText(point.*figure));
        page.bar(share(point.*figure, most));
        page.endRow();
    }
    page.endTable();
}

void writePlans(HtmlPage& page, const SweepSpace& space, const SweepResult& result)
{
    page.heading("Plans");
    page.lead("* on the front: nothing is better in RAM, flash, latency and energy.");
    page.headings({{"plan", false},
                   {"RAM, B", true},
                   {"flash, B", true},
                   {"instructions", true},
                   {"why it lost", false}});
    for (const SweepPoint& point : result.points) {
        page.beginRow();
        page.text((point.onFront ? "* " : "") + sweepLabel(space, point.settings));
        page.number(formatCount(point.ram.count()));
        page.number(formatCount(point.flash.count()));
        page.number(estimateText(point.instructions));
        page.text(point.reason);
        page.endRow();
    }
    page.endTable();
}

} // namespace

std::string htmlOf(const SweepSpace& space, const SweepResult& result, const SweepCounts& counts,
                   bool relative)
{
    const Scale scale(result);
    const SweepPoint* const base = relative ? scale.base : nullptr;
    HtmlPage page;
    page.begin("Plans of " + printable(space.networks.front().network->modelName),
               isIllustrative(result) ? kIllustrative : "");
    writeBars(page, space, result, &SweepPoint::latency, "latency", base);
    writeBars(page, space, result, &SweepPoint::energy, "energy", base);
    writePlans(page, space, result);
    if (relative || !counts.empty()) {
        writeTraffic(page, trafficRows(space, result, counts), !counts.empty());
    }
    return page.finish();
}

} // namespace tidemark::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/report.h"

#include "app/common/html.h"
#include "app/common/html_page.h"
#include "core/model/format.h"

#include <algorithm>
#include <sstream>

namespace tidemark {

namespace {

void writeHead(HtmlPage& w, const Plan& plan)
{
    const std::string title = printable(plan.network->modelName) + " on " + plan.board->name;
    w.begin(title, "Tidemark report, technique " + std::string(toString(plan.techniqueApplied)));
    w.raw() << "<div class=figures>\n";
    w.figure(formatBytes(plan.peakRam), "peak RAM, stack reserve included");
    w.figure(formatBytes(plan.activationBytes), "activations, input and output included");
    w.figure(formatBytes(plan.lowerBound.bytes),
             "lower bound: " + std::string(toString(plan.lowerBound.status)));
    w.figure(formatBytes(plan.weightBytes), "parameters");
    w.figure(formatCount(plan.network->macs()), "multiply-accumulates");
    w.raw() << "</div>\n";
    for (const Conflict& conflict : plan.conflicts) {
        w.verdict(false, conflict.text);
    }
}

void writePicture(HtmlPage& w, const std::string& picture)
{
    const std::string data = picture.empty() ? std::string() : pngDataUri(picture);
    if (!data.empty()) {
        w.heading("Memory map");
        w.raw() << "<img alt=\"Every buffer over the stages, one lane per bank\" src=\"" << data
                << "\">\n";
    }
}

void writeLadder(HtmlPage& w, const std::vector<Rung>& ladder)
{
    if (ladder.empty()) {
        return;
    }
    const auto most = static_cast<double>(ladder.front().activationBytes.count());
    w.heading("Where the savings come from");
    w.headings({{"technique", false}, {"activations", true}, {"", false}});
    for (const Rung& rung : ladder) {
        w.beginRow();
        w.text(toString(rung.technique));
        w.number(formatBytes(rung.activationBytes));
        w.bar(most > 0 ? static_cast<double>(rung.activationBytes.count()) / most : 0);
        w.endRow();
    }
    w.endTable();
}

void writeBanks(HtmlPage& w, const Plan& plan)
{
    w.heading("Banks");
    w.headings({{"bank", false}, {"used", true}, {"capacity", true}, {"", false}});
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        const BankUse& use = plan.banks[b];
        w.beginRow();
        w.text(plan.board->banks[b].id);
        w.number(formatBytes(use.used()));
        w.number(formatBytes(use.capacity));
        w.bar(static_cast<double>(use.used().count()) /
              static_cast<double>(std::max<std::int64_t>(1, use.capacity.count())));
        w.endRow();
    }
    w.endTable();
}

void writeInstructions(HtmlPage& w, const Plan& plan, const bridge::Measurement& measured)
{
    w.heading("Instructions of every stage");
    w.raw() << "<p class=lead>Counted by the " << toString(measured.meter)
            << ". Instructions, not cycles: a virtual board has no time.</p>\n";
    std::uint64_t most = 1;
    for (const auto& stage : measured.stages) {
        most = std::max(most, stage.instructions.value_or(0));
    }
    w.headings({{"stage", false}, {"instructions", true}, {"per MAC", true}, {"", false}});
    for (std::size_t s = 0; s < measured.stages.size(); ++s) {
        const auto& stage = measured.stages[s];
        const std::int64_t macs =
            s < plan.network->stages.size() ? plan.network->stages[s].macs : 0;
        const auto count = static_cast<double>(stage.instructions.value_or(0));
        std::ostringstream perMac;
        perMac.precision(2);
        if (macs > 0 && stage.instructions) {
            perMac << std::fixed << count / static_cast<double>(macs);
        }
        w.beginRow();
        w.text(stage.name);
        w.number(stage.instructions ? formatCount(static_cast<std::int64_t>(*stage.instructions))
                                    : "unknown");
        w.number(perMac.str());
        w.bar(count / static_cast<double>(most));
        w.endRow();
    }
    w.endTable();
}

void writeSections(HtmlPage& w, const bridge::Measurement& measured)
{
    w.heading("Planned against linked against painted");
    w.headings({{"section", false}, {"planned", true}, {"linked", true}, {"difference", true}});
    for (const auto& section : measured.sections) {
        w.beginRow();
        w.text(section.name);
        w.number(formatBytes(section.planned));
        w.number(formatBytes(section.linked));
        w.number(formatBytes(section.linked - section.planned));
        w.endRow();
    }
    w.endTable();
    if (measured.painting.empty()) {
        return;
    }
    w.headings({{"arena painted in", false},
                {"planned end", true},
                {"highest byte changed", true},
                {"outside a buffer", true},
                {"outside the arena", true}});
    for (const auto& bank : measured.painting) {
        w.beginRow();
        w.text(bank.bank);
        w.number(formatBytes(bank.plannedEnd));
        w.number(formatBytes(bank.paintedEnd));
        w.number(formatBytes(bank.stray));
        w.number(formatBytes(bank.outsideChanged));
        w.endRow();
    }
    w.endTable();
}

void writeOutputs(HtmlPage& w, const bridge::Measurement& measured)
{
    if (measured.match) {
        std::ostringstream words;
        words << measured.match->classesEqual << " of " << measured.match->runs
              << " answers equal the " << measured.match->reference << "'s; largest difference "
              << measured.match->maxRelError << " of the output range.";
        w.verdict(measured.match->classEqual, words.str());
    }
    for (const std::string& problem : measured.problems) {
        w.verdict(false, problem);
    }
    if (measured.problems.empty()) {
        w.verdict(true, "Every check passed: the bytes planned are the bytes linked, and nothing "
                        "was written outside them.");
    }
}

} // namespace

std::string htmlReport(const ReportParts& parts)
{
    HtmlPage w;
    writeHead(w, *parts.plan);
    writePicture(w, parts.picture);
    writeLadder(w, parts.ladder);
    writeBanks(w, *parts.plan);
    if (parts.measurement) {
        w.heading("On the board: " + parts.measurement->board);
        writeOutputs(w, *parts.measurement);
        writeInstructions(w, *parts.plan, *parts.measurement);
        writeSections(w, *parts.measurement);
    }
    return w.finish();
}

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/report.h"

#include "app/common/html.h"
#include "core/model/format.h"

#include <algorithm>
#include <sstream>

namespace tidemark {

namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1c2128; --dim: #667; --line: #d8dce2; --bar: #0072b2;
        --good: #009e73; --bad: #d55e00; --page: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --dim: #98a0ac; --line: #343a44; --bar: #56b4e9; --page: #15181d; } }
body { font: 15px/1.5 Inter, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink);
       background: var(--page); max-width: 60rem; margin: 2.5rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.6rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
p.lead { color: var(--dim); margin-top: .2rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
td, th { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--dim); font-size: .85rem; }
td.n, th.n { text-align: right; } td.w { width: 40%; }
.bar { height: .7rem; background: var(--bar); min-width: 1px; border-radius: 1px; }
.good { color: var(--good); } .bad { color: var(--bad); } img { max-width: 100%; }
.figures { display: flex; flex-wrap: wrap; gap: 2.5rem; margin-top: 1.2rem; }
.figures b { display: block; font-size: 1.5rem; font-weight: 600; }
.figures span { color: var(--dim); font-size: .85rem; })";

class Writer {
public:
    void heading(std::string_view text) { m_out << "<h2>" << escapeHtml(text) << "</h2>\n"; }

    void headings(const std::vector<std::pair<std::string, bool>>& columns)
    {
        m_out << "<table><tr>";
        for (const auto& [text, isNumber] : columns) {
            m_out << (isNumber ? "<th class=n>" : "<th>") << escapeHtml(text) << "</th>";
        }
        m_out << "</tr>\n";
    }
    void beginRow() { m_out << "<tr>"; }
    void text(std::string_view cell) { m_out << "<td>" << escapeHtml(cell) << "</td>"; }
    void number(std::string_view cell) { m_out << "<td class=n>" << escapeHtml(cell) << "</td>"; }
    void bar(double share)
    {
        m_out << "<td class=w><div class=bar style=\"width:" << std::clamp(share * 100, 0.0, 100.0)
              << "%\"></div></td>";
    }
    void endRow() { m_out << "</tr>\n"; }
    void endTable() { m_out << "</table>\n"; }

    void figure(std::string_view value, std::string_view label)
    {
        m_out << "<div><b>" << escapeHtml(value) << "</b><span>" << escapeHtml(label)
              << "</span></div>\n";
    }
    void verdict(bool good, std::string_view words)
    {
        m_out << "<p class=" << (good ? "good" : "bad") << '>' << escapeHtml(words) << "</p>\n";
    }
    std::ostream& raw() { return m_out; }
    std::string take() { return m_out.str(); }

private:
    std::ostringstream m_out;
};

void writeHead(Writer& w, const Plan& plan)
{
    const std::string title = printable(plan.network->modelName) + " on " + plan.board->name;
    w.raw() << "<!doctype html>\n<html lang=en><meta charset=utf-8>"
            << "<meta name=viewport content=\"width=device-width\"><title>" << escapeHtml(title)
            << "</title>\n<style>" << kStyle << "</style>\n<h1>" << escapeHtml(title)
            << "</h1>\n<p class=lead>Tidemark report, technique " << toString(plan.techniqueApplied)
            << "</p>\n<div class=figures>\n";
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

void writePicture(Writer& w, const std::string& picture)
{
    const std::string data = picture.empty() ? std::string() : pngDataUri(picture);
    if (!data.empty()) {
        w.heading("Memory map");
        w.raw() << "<img alt=\"Every buffer over the stages, one lane per bank\" src=\"" << data
                << "\">\n";
    }
}

void writeLadder(Writer& w, const std::vector<Rung>& ladder)
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

void writeBanks(Writer& w, const Plan& plan)
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

void writeInstructions(Writer& w, const Plan& plan, const bridge::Measurement& measured)
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

void writeSections(Writer& w, const bridge::Measurement& measured)
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

void writeOutputs(Writer& w, const bridge::Measurement& measured)
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
    Writer w;
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
    w.raw() << "</html>\n";
    return w.take();
}

} // namespace tidemark

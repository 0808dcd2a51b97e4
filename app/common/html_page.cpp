// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/common/html_page.h"

#include "app/common/html.h"

#include <algorithm>

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

} // namespace

void HtmlPage::begin(std::string_view title, std::string_view lead)
{
    m_out << "<!doctype html>\n<html lang=en><meta charset=utf-8>"
          << "<meta name=viewport content=\"width=device-width\"><title>" << escapeHtml(title)
          << "</title>\n<style>" << kStyle << "</style>\n<h1>" << escapeHtml(title)
          << "</h1>\n<p class=lead>" << escapeHtml(lead) << "</p>\n";
}

void HtmlPage::heading(std::string_view text)
{
    m_out << "<h2>" << escapeHtml(text) << "</h2>\n";
}

void HtmlPage::lead(std::string_view text)
{
    m_out << "<p class=lead>" << escapeHtml(text) << "</p>\n";
}

void HtmlPage::headings(const std::vector<std::pair<std::string, bool>>& columns)
{
    m_out << "<table><tr>";
    for (const auto& [text, isNumber] : columns) {
        m_out << (isNumber ? "<th class=n>" : "<th>") << escapeHtml(text) << "</th>";
    }
    m_out << "</tr>\n";
}

void HtmlPage::text(std::string_view cell)
{
    m_out << "<td>" << escapeHtml(cell) << "</td>";
}

void HtmlPage::number(std::string_view cell)
{
    m_out << "<td class=n>" << escapeHtml(cell) << "</td>";
}

void HtmlPage::bar(double share)
{
    m_out << "<td class=w><div class=bar style=\"width:" << std::clamp(share * 100, 0.0, 100.0)
          << "%\"></div></td>";
}

void HtmlPage::figure(std::string_view value, std::string_view label)
{
    m_out << "<div><b>" << escapeHtml(value) << "</b><span>" << escapeHtml(label)
          << "</span></div>\n";
}

void HtmlPage::verdict(bool good, std::string_view words)
{
    m_out << "<p class=" << (good ? "good" : "bad") << '>' << escapeHtml(words) << "</p>\n";
}

std::string HtmlPage::finish()
{
    m_out << "</html>\n";
    return m_out.str();
}

} // namespace tidemark

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark {

/// One HTML file without outside parts, light and dark, written from top to bottom. All text is
/// escaped here.
class HtmlPage {
public:
    void begin(std::string_view title, std::string_view lead);
    void heading(std::string_view text);
    void lead(std::string_view text);

    /// Begins a table; `true` = a column of numbers.
    void headings(const std::vector<std::pair<std::string, bool>>& columns);
    void beginRow() { m_out << "<tr>"; }
    void text(std::string_view cell);
    void number(std::string_view cell);
    void bar(double share); ///< 0..1 of the column
    void endRow() { m_out << "</tr>\n"; }
    void endTable() { m_out << "</table>\n"; }

    void figure(std::string_view value, std::string_view label);
    void verdict(bool good, std::string_view words);

    std::ostream& raw() { return m_out; } ///< for what is HTML already
    std::string finish();

private:
    std::ostringstream m_out;
};

} // namespace tidemark

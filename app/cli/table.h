// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace tidemark::cli {

enum class Align { Left, Right };

/// Text in columns, two spaces apart, indented by two.
class Table {
public:
    explicit Table(std::vector<Align> columns) : m_columns(std::move(columns)) {}

    /// As many cells as columns.
    void add(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    void print(std::ostream& out) const;

private:
    std::vector<Align> m_columns;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace tidemark::cli

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/figures.h"

#include "app/cli/context.h"
#include "app/cli/table.h"
#include "core/model/format.h"

#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace tidemark::cli {

namespace {

/// Whole numbers in full; of others four digits that count.
std::string withUnit(double value, const std::string& unit)
{
    if (value == std::floor(value) || std::abs(value) >= 1000) {
        return formatCount(std::llround(value)) + " " + unit;
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.4g ", value);
    return text + unit;
}

} // namespace

nlohmann::ordered_json toJson(const Figure& figure)
{
    auto terms = nlohmann::ordered_json::array();
    for (const Term& term : figure.terms) {
        terms.push_back(
            {{"label", term.label}, {"expression", term.expression}, {"value", term.value}});
    }
    return {{"id", figure.id},         {"title", figure.title}, {"formula", figure.formula},
            {"terms", terms},          {"value", figure.value}, {"unit", figure.unit},
            {"source", figure.source}, {"notes", figure.notes}};
}

void print(const Figure& figure, const Context& context)
{
    std::cout << context.bold(figure.title) << "  " << withUnit(figure.value, figure.unit) << "  ["
              << figure.id << "]\n  = " << figure.formula << '\n';
    Table table({Align::Left, Align::Left, Align::Right});
    for (const Term& term : figure.terms) {
        table.add({"  " + term.label, term.expression, withUnit(term.value, figure.unit)});
    }
    table.print(std::cout);
    std::cout << "  " << figure.source << '\n';
    for (const std::string& note : figure.notes) {
        std::cout << "  · " << note << '\n';
    }
    std::cout << '\n';
}

} // namespace tidemark::cli

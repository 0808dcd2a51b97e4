// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/sample_options.h"

#include <CLI/CLI.hpp>

namespace tidemark::cli {

void ScalingOptions::addTo(CLI::App& command)
{
    command.add_option("--scale", scale, "S of x*S - M, a number or a fraction such as 1/255");
    command.add_option("--mean", mean, "M of x*S - M");
}

Result<std::optional<InputScaling>> ScalingOptions::parse() const
{
    if (scale.empty() && mean.empty()) {
        return std::optional<InputScaling>();
    }
    InputScaling scaling;
    for (const auto& [text, value] :
         {std::pair(&scale, &scaling.scale), std::pair(&mean, &scaling.mean)}) {
        if (!text->empty()) {
            const Result<double> parsed = parseFraction(*text);
            if (!parsed) {
                return parsed.error();
            }
            *value = *parsed;
        }
    }
    return std::optional(scaling);
}

Result<std::vector<NpyArray>> readArrays(const std::vector<std::string>& files)
{
    std::vector<NpyArray> arrays;
    for (const std::string& file : files) {
        Result<NpyArray> array = readNpy(file);
        if (!array) {
            return array.error();
        }
        arrays.push_back(std::move(*array));
    }
    return arrays;
}

} // namespace tidemark::cli

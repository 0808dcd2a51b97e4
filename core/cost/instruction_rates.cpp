// SPDX-License-Identifier: Apache-2.0
#include "core/cost/instruction_rates.h"

#include "core/cost/embedded_costs.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

/// The files are part of the program; one that is broken stops the tests, not a user.
CoreRates parse(std::string_view text)
{
    const auto json = nlohmann::json::parse(text);
    CoreRates rates{json.at("core"), json.at("board"), {}};
    for (const auto& [kernel, fitted] : json.at("kernels").items()) {
        rates.kernels[kernel] = {fitted.at("rates").get<std::vector<double>>(),
                                 fitted.at("samples").get<int>(),
                                 fitted.at("worst_error").get<double>()};
    }
    return rates;
}

} // namespace

const CoreRates* ratesOf(const Core& core)
{
    static const std::vector<CoreRates> all = [] {
        std::vector<CoreRates> parsed;
        std::ranges::transform(embeddedCosts(), std::back_inserter(parsed), parse);
        return parsed;
    }();
    const auto found = std::ranges::find(all, core.name, &CoreRates::core);
    return found == all.end() ? nullptr : &*found;
}

} // namespace tidemark

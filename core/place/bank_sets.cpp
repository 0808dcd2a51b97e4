// SPDX-License-Identifier: Apache-2.0
#include "core/place/bank_sets.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tidemark {

namespace {

constexpr std::size_t kMostGroups = 12; ///< to switch: 4,096 sets

/// The groups of banks that cost something, as sets, and in `free` the banks of the others.
std::vector<std::uint64_t> switchableGroups(const AssignmentProblem& problem, std::uint64_t& free)
{
    std::map<std::size_t, std::uint64_t> named;
    std::vector<std::uint64_t> groups, switchable;
    for (std::size_t b = 0; b < problem.banks.size(); ++b) {
        const std::uint64_t bit = std::uint64_t{1} << b;
        const auto& name = problem.banks[b].group;
        (name ? named[*name] : groups.emplace_back()) |= bit;
    }
    for (const auto& [name, banks] : named) {
        groups.push_back(banks);
    }
    for (const std::uint64_t group : groups) {
        bool costs = false;
        for (std::size_t b = 0; b < problem.banks.size(); ++b) {
            const AssignmentBank& bank = problem.banks[b];
            costs = costs || ((group >> b & 1U) != 0 && bank.switchOn + bank.leakage > 0);
        }
        if (costs) {
            switchable.push_back(group);
        } else {
            free |= group;
        }
    }
    return switchable;
}

} // namespace

double switchOnCost(const AssignmentProblem& problem, std::uint64_t banks)
{
    double cost = 0;
    for (std::size_t b = 0; b < problem.banks.size(); ++b) {
        cost += (banks >> b & 1U) != 0 ? problem.banks[b].switchOn : 0;
    }
    return cost;
}

BankSets bankSets(const AssignmentProblem& problem)
{
    std::uint64_t free = 0;
    std::vector<std::uint64_t> groups = switchableGroups(problem, free);
    BankSets made;
    made.complete = groups.size() <= kMostGroups;
    groups.resize(std::min(groups.size(), kMostGroups));
    std::vector<std::pair<double, std::uint64_t>> sets{{0.0, free}};
    for (const std::uint64_t group : groups) {
        for (std::size_t i = sets.size(); i-- > 0;) {
            const std::uint64_t set = sets[i].second | group;
            sets.emplace_back(switchOnCost(problem, set), set);
        }
    }
    std::sort(sets.begin(), sets.end());
    for (const auto& [cost, set] : sets) {
        made.sets.push_back(set);
    }
    return made;
}

AssignmentProblem withLeakage(AssignmentProblem problem, std::uint64_t banks)
{
    double leakage = 0;
    for (std::size_t b = 0; b < problem.banks.size(); ++b) {
        leakage += (banks >> b & 1U) != 0 ? problem.banks[b].leakage : 0;
    }
    for (AssignmentBlock& block : problem.blocks) {
        for (std::size_t b = 0; b < block.waits.size(); ++b) {
            block.costs[b] = block.costs[b]
                                 ? std::optional(*block.costs[b] + leakage * block.waits[b])
                                 : std::nullopt;
        }
        for (std::size_t b = 0; b < block.copyWaits.size(); ++b) {
            if (block.copyCosts[b]) {
                *block.copyCosts[b] += leakage * block.copyWaits[b];
            }
        }
    }
    return problem;
}

} // namespace tidemark

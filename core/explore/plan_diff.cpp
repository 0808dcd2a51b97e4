// SPDX-License-Identifier: Apache-2.0
#include "core/explore/plan_diff.h"

#include "core/cost/provenance.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

std::string titleOf(const Plan& plan)
{
    return printable(plan.network->modelName) + " on " + plan.board->name + ", " +
           std::string(toString(plan.techniqueApplied));
}

std::vector<FigureChange> figuresOf(const Plan& before, const Plan& after)
{
    return {
        {"peak_ram_bytes", "peak RAM", before.peakRam, after.peakRam},
        {"activation_bytes", "activations", before.activationBytes, after.activationBytes},
        {"scratch_bytes", "scratch", before.scratchBytes, after.scratchBytes},
        {"lower_bound_bytes", "lower bound", before.lowerBound.bytes, after.lowerBound.bytes},
        {"weight_bytes", "parameters", before.weightBytes, after.weightBytes},
        {"server_bytes", "command server", before.serverBytes, after.serverBytes},
    };
}

PlacedBuffer placedBuffer(const Plan& plan, std::size_t index)
{
    const Placement& placement = plan.placements[index];
    return {(*plan.board)[placement.bank].id, placement.offset, plan.buffers[index].bytes};
}

std::vector<BufferChange> buffersOf(const Plan& before, const Plan& after)
{
    std::vector<BufferChange> changes;
    std::map<std::string, std::size_t> places; // in `changes`
    for (std::size_t i = 0; i < before.buffers.size(); ++i) {
        places[before.buffers[i].name] = changes.size();
        changes.push_back({before.buffers[i].name, placedBuffer(before, i), std::nullopt});
    }
    for (std::size_t i = 0; i < after.buffers.size(); ++i) {
        const auto found = places.find(after.buffers[i].name);
        if (found != places.end()) {
            changes[found->second].after = placedBuffer(after, i);
        } else {
            changes.push_back({after.buffers[i].name, std::nullopt, placedBuffer(after, i)});
        }
    }
    std::erase_if(changes, [](const BufferChange& c) { return c.before == c.after; });
    return changes;
}

/// What a bank holds when most is alive in it.
struct Fullest {
    std::vector<std::pair<std::string, Bytes>> alive; ///< in the plan's order
    Bytes sum;
};

Fullest fullestMoment(const Plan& plan, BankId bank)
{
    std::vector<std::int64_t> change(plan.schedule.events.size() + 1);
    const auto isHere = [&](std::size_t i) { return plan.placements[i].bank == bank; };
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (isHere(i)) {
            change[plan.buffers[i].residency.first.index()] += plan.buffers[i].bytes.count();
            change[plan.buffers[i].residency.last.index() + 1] -= plan.buffers[i].bytes.count();
        }
    }
    std::size_t at = 0;
    std::int64_t live = 0, most = -1;
    for (std::size_t e = 0; e + 1 < change.size(); ++e) {
        live += change[e];
        if (live > most) {
            most = live;
            at = e;
        }
    }
    Fullest fullest;
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        if (isHere(i) && plan.buffers[i].residency.contains(EventId(at))) {
            fullest.alive.emplace_back(plan.buffers[i].name, plan.buffers[i].bytes);
            fullest.sum += plan.buffers[i].bytes;
        }
    }
    return fullest;
}

/// A bank of one of the plans; an empty one where the other board does not have it.
struct BankSide {
    Fullest fullest;
    BankUse use;

    Bytes gaps() const { return use.planned - fullest.sum; }
};

BankSide sideOf(const Plan& plan, const std::string& id)
{
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        if (plan.board->banks[b].id == id) {
            return {fullestMoment(plan, BankId(b)), plan.banks[b]};
        }
    }
    return {};
}

std::optional<Bytes> bytesIn(const Fullest& fullest, const std::string& name)
{
    for (const auto& [other, bytes] : fullest.alive) {
        if (other == name) {
            return bytes;
        }
    }
    return std::nullopt;
}

std::vector<DiffStep> stepsBetween(const BankSide& before, const BankSide& after)
{
    std::vector<DiffStep> steps;
    const auto add = [&](const std::string& label, Bytes bytes) {
        if (bytes != Bytes(0)) {
            steps.push_back({label, bytes});
        }
    };
    for (const auto& [name, bytes] : before.fullest.alive) {
        add(name, bytesIn(after.fullest, name).value_or(Bytes(0)) - bytes);
    }
    for (const auto& [name, bytes] : after.fullest.alive) {
        if (!bytesIn(before.fullest, name)) {
            add(name, bytes);
        }
    }
    add("gaps and overlaps", after.gaps() - before.gaps());
    add("stack reserve", after.use.stack - before.use.stack);
    add("start-up images", after.use.images - before.use.images);
    return steps;
}

std::vector<BankChange> banksOf(const Plan& before, const Plan& after)
{
    std::vector<std::string> ids;
    for (const Plan* plan : {&before, &after}) {
        for (const Bank& bank : plan->board->banks) {
            if (std::find(ids.begin(), ids.end(), bank.id) == ids.end()) {
                ids.push_back(bank.id);
            }
        }
    }
    std::vector<BankChange> changes;
    for (const std::string& id : ids) {
        const BankSide first = sideOf(before, id);
        const BankSide second = sideOf(after, id);
        changes.push_back({id, first.use.used(), second.use.used(), stepsBetween(first, second)});
    }
    return changes;
}

/// A figure of each stage, by its name; nothing where the plan has no such figures.
using ByStage = std::vector<std::pair<std::string, double>>;

ByStage byStage(const Plan& plan, Estimate StageCost::*figure)
{
    ByStage figures;
    for (std::size_t s = 0; s < plan.cost.stages.size(); ++s) {
        const auto& value = (plan.cost.stages[s].*figure).value;
        figures.emplace_back(plan.network->stages[s].name, value.value_or(0));
    }
    return figures;
}

double of(const ByStage& figures, const std::string& name)
{
    const auto found = std::find_if(figures.begin(), figures.end(),
                                    [&](const auto& figure) { return figure.first == name; });
    return found == figures.end() ? 0 : found->second;
}

/// Smaller amounts are what rounding leaves of sums of large ones.
bool isNothing(double amount, const CostChange& change)
{
    return std::abs(amount) <= 1e-9 * (*change.before.value + *change.after.value);
}

void addSteps(CostChange& change, const ByStage& before, const ByStage& after)
{
    const auto difference = change.difference();
    if (!difference) {
        return;
    }
    double rest = *difference;
    const auto add = [&](const std::string& label, double amount) {
        if (!isNothing(amount, change)) {
            change.steps.push_back({label, amount});
            rest -= amount;
        }
    };
    for (const auto& [name, value] : before) {
        add(name, of(after, name) - value);
    }
    for (const auto& [name, value] : after) {
        const auto isIt = [&name = name](const auto& figure) { return figure.first == name; };
        if (std::none_of(before.begin(), before.end(), isIt)) {
            add(name, value);
        }
    }
    add("outside the stages", rest);
}

std::vector<CostChange> costsOf(const Plan& before, const Plan& after)
{
    std::vector<CostChange> costs{
        {"instructions", "instructions", before.cost.instructions, after.cost.instructions, {}},
        {"latency", "latency", before.cost.latency, after.cost.latency, {}},
        {"energy", "energy", before.cost.energy, after.cost.energy, {}}};
    addSteps(costs[0], byStage(before, &StageCost::instructions),
             byStage(after, &StageCost::instructions));
    addSteps(costs[1], byStage(before, &StageCost::latency), byStage(after, &StageCost::latency));
    std::erase_if(costs, [](const CostChange& c) { return !c.before.value && !c.after.value; });
    return costs;
}

nlohmann::ordered_json toJson(const CostChange& change)
{
    using Json = nlohmann::ordered_json;
    const auto known = [](const std::optional<double>& value) {
        return value ? Json(*value) : Json();
    };
    Json steps = Json::array();
    for (const CostChange::Step& step : change.steps) {
        steps.push_back({{"label", printable(step.label)}, {"amount", step.amount}});
    }
    return {{"id", change.id},
            {"unit", change.before.unit},
            {"before", known(change.before.value)},
            {"after", known(change.after.value)},
            {"difference", known(change.difference())},
            {"provenance", toString(weakest(change.before.provenance, change.after.provenance))},
            {"steps", std::move(steps)}};
}

nlohmann::ordered_json toJson(const std::optional<PlacedBuffer>& placed)
{
    if (!placed) {
        return nullptr;
    }
    return {{"bank", placed->bank},
            {"offset", placed->offset.count()},
            {"bytes", placed->bytes.count()}};
}

} // namespace

std::optional<double> CostChange::difference() const
{
    return before.value && after.value ? std::optional(*after.value - *before.value) : std::nullopt;
}

std::string_view BufferChange::word() const
{
    if (!before) {
        return "new";
    }
    if (!after) {
        return "gone";
    }
    return before->bytes != after->bytes ? "resized" : "moved";
}

bool PlanDiff::isSame() const
{
    const auto changed = [](const auto& item) { return item.before != item.after; };
    const auto costsMore = [](const CostChange& cost) {
        return cost.before.value != cost.after.value;
    };
    return buffers.empty() && std::none_of(costs.begin(), costs.end(), costsMore) &&
           std::none_of(figures.begin(), figures.end(), changed) &&
           std::none_of(banks.begin(), banks.end(), changed);
}

PlanDiff diffPlans(const Plan& before, const Plan& after)
{
    return {titleOf(before),        titleOf(after),           figuresOf(before, after),
            banksOf(before, after), buffersOf(before, after), costsOf(before, after)};
}

nlohmann::ordered_json diffToJson(const PlanDiff& diff)
{
    using Json = nlohmann::ordered_json;
    Json figures = Json::array(), banks = Json::array(), buffers = Json::array(),
         costs = Json::array();
    for (const FigureChange& figure : diff.figures) {
        figures.push_back({{"id", figure.id},
                           {"before", figure.before.count()},
                           {"after", figure.after.count()},
                           {"difference", (figure.after - figure.before).count()}});
    }
    for (const BankChange& bank : diff.banks) {
        Json steps = Json::array();
        for (const DiffStep& step : bank.steps) {
            steps.push_back({{"label", printable(step.label)}, {"bytes", step.bytes.count()}});
        }
        banks.push_back({{"id", bank.id},
                         {"before", bank.before.count()},
                         {"after", bank.after.count()},
                         {"difference", (bank.after - bank.before).count()},
                         {"steps", std::move(steps)}});
    }
    for (const BufferChange& buffer : diff.buffers) {
        buffers.push_back({{"name", printable(buffer.name)},
                           {"change", buffer.word()},
                           {"before", toJson(buffer.before)},
                           {"after", toJson(buffer.after)}});
    }
    for (const CostChange& cost : diff.costs) {
        costs.push_back(toJson(cost));
    }
    return {{"before", diff.titleBefore},
            {"after", diff.titleAfter},
            {"same", diff.isSame()},
            {"figures", figures},
            {"banks", banks},
            {"buffers", buffers},
            {"costs", costs}};
}

} // namespace tidemark

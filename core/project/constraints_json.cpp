// SPDX-License-Identifier: Apache-2.0
#include "core/project/constraints_json.h"

#include <array>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

constexpr std::size_t kMostEntries = 10'000;
constexpr IntegerRange kByteRange{0, std::int64_t{1} << 32};
const std::vector<std::string> kScratchWords{"place", "exclude"}; // in the order of ScratchPolicy

const std::vector<std::string> kStagingWords{"auto", "none", "resident",
                                             "around"}; // in that of Staging

const std::vector<std::string> kRingWords{"window", "rows"}; // in that of RingForm

std::vector<std::string> techniqueWords()
{
    std::vector<std::string> words;
    for (const Technique technique : allTechniques()) {
        words.emplace_back(toString(technique));
    }
    return words;
}

std::vector<std::string> objectiveWords()
{
    std::vector<std::string> words;
    for (const Objective objective :
         {Objective::Ram, Objective::Latency, Objective::Energy, Objective::Weighted}) {
        words.emplace_back(toString(objective));
    }
    return words;
}

std::string requiredName(JsonObject& object, const char* key)
{
    std::string name = object.text(key);
    if (name.empty()) {
        object.report(key, "the name is empty", "write it");
    }
    return name;
}

void readWeights(JsonObject object, Constraints& constraints)
{
    constraints.ramWeight = object.number("ram", 0);
    constraints.latencyWeight = object.number("latency", 0);
    constraints.energyWeight = object.number("energy", 0);
    if (constraints.ramWeight + constraints.latencyWeight + constraints.energyWeight <= 0) {
        object.report("ram", "all weights are 0", "give at least one a number above 0");
    }
}

Pin readPin(JsonObject object)
{
    Pin pin{requiredName(object, "buffer"), requiredName(object, "bank"), std::nullopt};
    if (object.has("offset_bytes")) {
        pin.offset = Bytes(object.integer("offset_bytes", kByteRange));
    }
    return pin;
}

Budget readBudget(JsonObject object)
{
    return {requiredName(object, "bank"), Bytes(object.integer("limit_bytes", kByteRange))};
}

} // namespace

nlohmann::ordered_json constraintsToJson(const Constraints& constraints)
{
    nlohmann::ordered_json json;
    json["technique"] = toString(constraints.technique);
    json["objective"] = toString(constraints.objective);
    json["weights"] = {{"ram", constraints.ramWeight},
                       {"latency", constraints.latencyWeight},
                       {"energy", constraints.energyWeight}};
    json["scratch"] = kScratchWords[static_cast<std::size_t>(constraints.scratch)];
    if (constraints.staging != Staging::Auto) {
        json["staging"] = toString(constraints.staging);
    }
    if (constraints.rings != RingForm::Windows) {
        json["rings"] = toString(constraints.rings);
    }
    json["pins"] = nlohmann::ordered_json::array();
    for (const Pin& pin : constraints.pins) {
        nlohmann::ordered_json entry{{"buffer", pin.buffer}, {"bank", pin.bank}};
        if (pin.offset) {
            entry["offset_bytes"] = pin.offset->count();
        }
        json["pins"].push_back(entry);
    }
    json["budgets"] = nlohmann::ordered_json::array();
    for (const Budget& budget : constraints.budgets) {
        json["budgets"].push_back({{"bank", budget.bank}, {"limit_bytes", budget.limit.count()}});
    }
    if (constraints.stack) {
        json["stack_bytes"] = constraints.stack->count();
    }
    return json;
}

Constraints readConstraints(JsonObject& object)
{
    Constraints constraints;
    if (object.has("technique")) {
        constraints.technique = allTechniques()[object.word("technique", techniqueWords())];
    }
    if (object.has("objective")) {
        constraints.objective = static_cast<Objective>(object.word("objective", objectiveWords()));
    }
    if (object.has("weights")) {
        readWeights(object.object("weights"), constraints);
    }
    if (object.has("scratch")) {
        constraints.scratch = static_cast<ScratchPolicy>(object.word("scratch", kScratchWords));
    }
    if (object.has("staging")) {
        constraints.staging = static_cast<Staging>(object.word("staging", kStagingWords));
    }
    if (object.has("rings")) {
        constraints.rings = static_cast<RingForm>(object.word("rings", kRingWords));
    }
    for (const JsonObject& pin : object.objects("pins", kMostEntries)) {
        constraints.pins.push_back(readPin(pin));
    }
    for (const JsonObject& budget : object.objects("budgets", kMostEntries)) {
        constraints.budgets.push_back(readBudget(budget));
    }
    if (object.has("stack_bytes")) {
        constraints.stack = Bytes(object.integer("stack_bytes", kByteRange));
    }
    return constraints;
}

} // namespace tidemark

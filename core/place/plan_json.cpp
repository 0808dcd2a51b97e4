// SPDX-License-Identifier: Apache-2.0
#include "core/place/plan_json.h"

#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

Json toJson(const Bank& bank, const Traffic& traffic)
{
    return {{"id", bank.id}, {"read_bytes", traffic.read}, {"written_bytes", traffic.written}};
}

/// Without the banks that nothing touches.
Json touchedToJson(const Board& board, const std::vector<Traffic>& banks)
{
    Json list = Json::array();
    for (std::size_t b = 0; b < banks.size(); ++b) {
        if (banks[b].read > 0 || banks[b].written > 0) {
            list.push_back(toJson(board.banks[b], banks[b]));
        }
    }
    return list;
}

Json predictedToJson(const Plan& plan, StageId id)
{
    if (id.index() >= plan.cost.stages.size()) {
        return nullptr;
    }
    const StageCost& cost = plan.cost.stages[id.index()];
    return {{"instructions", estimateToJson(cost.instructions, "instructions")},
            {"latency", estimateToJson(cost.latency, "us")},
            {"traffic", touchedToJson(*plan.board, cost.banks)}};
}

Json banksToJson(const Plan& plan)
{
    Json banks = Json::array();
    for (std::size_t b = 0; b < plan.banks.size(); ++b) {
        const BankUse& use = plan.banks[b];
        const Bank& bank = plan.board->banks[b];
        banks.push_back(
            {{"id", bank.id},
             {"used_bytes", use.used().count()},
             {"capacity_bytes", use.capacity.count()},
             {"planned_bytes", use.planned.count()},
             {"stack_bytes", use.stack.count()},
             {"server_bytes", use.server.count()},
             {"image_bytes", use.images.count()},
             {"live_max_bytes", use.liveMax.count()},
             {"read_only", bank.readOnlyAtRunTime},
             {"switched_on",
              b < plan.cost.switchedOn.size() ? Json(bool(plan.cost.switchedOn[b])) : Json()}});
    }
    return banks;
}

/// Null for rows in a window.
Json rowOffsetsToJson(const Buffer& buffer)
{
    Json offsets;
    for (const Bytes offset : buffer.rowOffsets) {
        offsets.push_back(offset.count());
    }
    return offsets;
}

Json buffersToJson(const Plan& plan)
{
    Json buffers = Json::array();
    for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
        const Buffer& buffer = plan.buffers[i];
        const Placement& placement = plan.placements[i];
        Json accesses = Json::array();
        for (const Access& access : buffer.accesses) {
            accesses.push_back({{"stage", (*plan.network)[access.stage].name},
                                {"read_bytes", access.read.count()},
                                {"written_bytes", access.written.count()}});
        }
        buffers.push_back({{"name", buffer.name},
                           {"kind", toString(buffer.kind)},
                           {"bank", (*plan.board)[placement.bank].id},
                           {"offset", placement.offset.count()},
                           {"bytes", buffer.bytes.count()},
                           {"alignment", buffer.alignment.count()},
                           {"first_event", buffer.residency.first.index()},
                           {"last_event", buffer.residency.last.index()},
                           {"pinned", placement.pinned},
                           {"stored_rows", buffer.storedRows},
                           {"row_bytes", buffer.rowBytes.count()},
                           {"row_offsets", rowOffsetsToJson(buffer)},
                           {"accesses", std::move(accesses)}});
    }
    return buffers;
}

Json windowBytesToJson(const Plan& plan)
{
    return plan.windowBytes ? Json(plan.windowBytes->count()) : Json();
}

Json stagesToJson(const Plan& plan)
{
    Json stages = Json::array();
    for (const StageId id : plan.schedule.order) {
        const Stage& stage = (*plan.network)[id];
        const StageFigures& figures = plan.stages[id.index()];
        stages.push_back({{"name", stage.name},
                          {"kind", printable(stage.kindText())},
                          {"macs", figures.macs},
                          {"live_bytes", figures.liveBytes.count()},
                          {"first_event", plan.schedule[id].first.index()},
                          {"last_event", plan.schedule[id].last.index()},
                          {"plan_only", stage.isPlanOnly()},
                          {"predicted", predictedToJson(plan, id)}});
    }
    return stages;
}

Json conflictsToJson(const Plan& plan)
{
    Json conflicts = Json::array();
    for (const Conflict& conflict : plan.conflicts) {
        Json entry{{"text", conflict.text}, {"over_bytes", conflict.over.count()}};
        entry["bank"] = conflict.bank ? Json((*plan.board)[*conflict.bank].id) : Json();
        entry["stage"] = conflict.stage ? Json((*plan.network)[*conflict.stage].name) : Json();
        entry["buffers"] = Json::array();
        for (const BufferId id : conflict.buffers) {
            entry["buffers"].push_back(plan[id].name);
        }
        entry["fixes"] = Json::array();
        for (const Fix& fix : conflict.fixes) {
            entry["fixes"].push_back({{"kind", toString(fix.kind)},
                                      {"buffer", fix.buffer},
                                      {"bank", fix.bank},
                                      {"technique", fix.rung ? toString(*fix.rung) : ""},
                                      {"text", fix.text}});
        }
        conflicts.push_back(std::move(entry));
    }
    return conflicts;
}

Json assignmentToJson(const Plan& plan)
{
    const AssignmentProof& proof = plan.assignment;
    const auto provenance = assignmentProvenance(plan);
    if (proof.argument.empty()) {
        return {};
    }
    return {{"cost", proof.cost},
            {"bound", proof.bound},
            {"unit", proof.unit},
            {"status", toString(proof.status)},
            {"argument", proof.argument},
            {"provenance", provenance ? Json(toString(*provenance)) : Json()}};
}

} // namespace

nlohmann::ordered_json estimateToJson(const Estimate& estimate, const char* unit)
{
    return {{"value", estimate.value ? Json(*estimate.value) : Json()},
            {"unit", estimate.unit.empty() ? unit : estimate.unit},
            {"provenance", toString(estimate.provenance)},
            {"reason", estimate.reason}};
}

nlohmann::ordered_json trafficToJson(const Board& board, const std::vector<Traffic>& banks)
{
    Json list = Json::array();
    for (std::size_t b = 0; b < banks.size(); ++b) {
        list.push_back(toJson(board.banks[b], banks[b]));
    }
    return list;
}

nlohmann::ordered_json planToJson(const Plan& plan)
{
    return {{"format", "tidemark-plan"},
            {"version", 1},
            {"model", printable(plan.network->modelName)},
            {"board", plan.board->id},
            {"fits", plan.fits},
            {"conflicts", conflictsToJson(plan)},
            {"technique", toString(plan.constraints.technique)},
            {"technique_applied", toString(plan.techniqueApplied)},
            {"objective", toString(plan.constraints.objective)},
            {"rings", toString(plan.constraints.rings)},
            {"stopped", plan.stopped},
            {"peak_ram_bytes", plan.peakRam.count()},
            {"lower_bound_bytes", plan.lowerBound.bytes.count()},
            {"proof", toString(plan.lowerBound.status)},
            {"proof_argument", plan.lowerBound.argument},
            {"schedule_lower_bound_bytes", plan.scheduleLowerBound.bytes.count()},
            {"schedule_proof", toString(plan.scheduleLowerBound.status)},
            {"schedule_proof_argument", plan.scheduleLowerBound.argument},
            {"assignment_proof", assignmentToJson(plan)},
            {"order_proof", toString(plan.orderProof)},
            {"order_argument", plan.orderArgument},
            {"activation_bytes", plan.activationBytes.count()},
            {"scratch_bytes", plan.scratchBytes.count()},
            {"weight_bytes", plan.weightBytes.count()},
            {"startup_copy_bytes", startupCopyBytes(plan).count()},
            {"staged_copy_bytes", stagedCopyBytes(plan).count()},
            {"row_table_bytes", plan.rowTableBytes().count()},
            {"window_activation_bytes", windowBytesToJson(plan)},
            {"server_bytes", plan.serverBytes.count()},
            {"server_keeps_input", plan.serverKeepsInput},
            {"macs", plan.network->macs()},
            {"parameters", plan.network->parameters()},
            {"banks", banksToJson(plan)},
            {"buffers", buffersToJson(plan)},
            {"stages", stagesToJson(plan)},
            {"latency", estimateToJson(plan.cost.latency, "us")},
            {"energy", estimateToJson(plan.cost.energy, "uJ")},
            {"saved_leakage", estimateToJson(plan.cost.savedLeakage, "uJ")},
            {"timing", {{"plan_ms", plan.planMilliseconds}}}};
}

} // namespace tidemark

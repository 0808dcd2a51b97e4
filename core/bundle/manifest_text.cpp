// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/bundle_content.h"
#include "core/io/sha256.h"
#include "core/place/plan_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

Json valueToJson(const Value& value)
{
    return {{"name", printable(value.name)},  {"type", toString(value.type)},
            {"bytes", value.bytes().count()}, {"rows", value.rows},
            {"width", value.width},           {"channels", value.channels}};
}

Json valuesToJson(const Network& network, const std::vector<ValueId>& ids)
{
    Json values = Json::array();
    for (const ValueId id : ids) {
        values.push_back(valueToJson(network[id]));
    }
    return values;
}

/// All of them as one array of bytes, one after the other: what travels over the serial port. Of
/// several types it is bytes.
Json joinedToJson(const Network& network, const std::vector<ValueId>& ids, Bytes bytes)
{
    const Value& first = network[ids.front()];
    const bool alike = std::all_of(ids.begin(), ids.end(),
                                   [&](ValueId id) { return network[id].type == first.type; });
    Json joined = valueToJson(first);
    joined["bytes"] = bytes.count();
    if (!alike) {
        joined["type"] = toString(DataType::UInt8);
    }
    return joined;
}

Json stagesToJson(const BundleContent& content)
{
    Json stages = Json::array();
    for (std::size_t s = 0; s < content.network().stages.size(); ++s) {
        const Stage& stage = content.network().stages[s];
        stages.push_back({{"name", printable(stage.name)},
                          {"symbol", "tm_stage_" + std::to_string(s)},
                          {"calls", content.driver.calls(StageId(s))},
                          {"macs", stage.macs}});
    }
    return stages;
}

Json sectionsToJson(const BundleContent& content)
{
    Json sections = Json::array();
    for (const PlannedSection& section : content.layout.sections()) {
        sections.push_back({{"name", section.name()},
                            {"bank", section.bankName},
                            {"planned_bytes", section.bytes().count()}});
    }
    return sections;
}

Json filesToJson(const FileSet& files)
{
    Json list = Json::array();
    for (const auto& [path, content] : files) {
        list.push_back({{"path", path}, {"sha256", sha256Hex(std::as_bytes(std::span(content)))}});
    }
    return list;
}

} // namespace

std::string manifest(const BundleContent& content, const std::string& hash, const FileSet& files)
{
    Json plan = planToJson(content.plan);
    plan.erase("timing");
    const auto& toolchain = content.board().toolchain;
    const bool firmware = files.count("main.c") != 0;
    const Json json{
        {"format", "tidemark-bundle"},
        {"version", 1},
        {"hash", hash},
        {"model", content.modelName},
        {"board", content.board().id},
        {"technique", toString(content.plan.techniqueApplied)},
        {"keeps_input", content.plan.serverKeepsInput},
        {"streams_input", content.driver.streams()},
        {"driver",
         {{"form", content.driver.usesTable() ? "table" : "loops"},
          {"table_bytes", (content.driver.tableBytes() + content.plan.rowTableBytes()).count()},
          {"row_table_bytes", content.plan.rowTableBytes().count()}}},
        {"elf", firmware ? Json("build/firmware.elf") : Json()},
        {"compiler", firmware ? Json(toolchain->prefix + "gcc") : Json()},
        {"input", joinedToJson(content.network(), content.network().inputs, content.inputBytes())},
        {"output",
         joinedToJson(content.network(), content.network().outputs, content.outputBytes())},
        {"inputs", valuesToJson(content.network(), content.network().inputs)},
        {"outputs", valuesToJson(content.network(), content.network().outputs)},
        {"stages", stagesToJson(content)},
        {"sections", sectionsToJson(content)},
        {"files", filesToJson(files)},
        {"plan", std::move(plan)}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/measurement.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

namespace tidemark::bridge {

namespace {

using Json = nlohmann::ordered_json;

template <class T> void append(const std::byte* from, std::size_t count, std::vector<double>& to)
{
    for (std::size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, from + i * sizeof(T), sizeof(T));
        to.push_back(static_cast<double>(value));
    }
}

template <class T> std::size_t indexOfLargest(const std::vector<T>& values)
{
    return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) -
                                    values.begin());
}

Json matchToJson(const std::optional<OutputMatch>& match)
{
    if (!match) {
        return nullptr;
    }
    return {{"reference", match->reference},        {"max_abs_error", match->maxAbsError},
            {"max_rel_error", match->maxRelError},  {"class_equal", match->classEqual},
            {"classes_equal", match->classesEqual}, {"runs", match->runs}};
}

Json trafficToJson(const std::vector<BankTraffic>& banks, const std::vector<std::string>& ids)
{
    Json list = Json::array();
    for (std::size_t i = 0; i < banks.size(); ++i) {
        const BankTraffic& bank = banks[i];
        const bool other = i >= ids.size();
        if (other && bank.loads == 0 && bank.stores == 0) {
            continue;
        }
        list.push_back({{"id", other ? "other" : ids[i]},
                        {"read_bytes", bank.loaded.count()},
                        {"written_bytes", bank.stored.count()},
                        {"loads", bank.loads},
                        {"stores", bank.stores}});
    }
    return list;
}

template <class T> Json orNull(const std::optional<T>& value)
{
    return value ? Json(*value) : Json();
}

Json stagesToJson(const Measurement& m)
{
    Json stages = Json::array();
    for (const StageMeasurement& stage : m.stages) {
        stages.push_back({{"name", stage.name},
                          {"instructions", orNull(stage.instructions)},
                          {"predicted_instructions", nullptr},
                          {"banks", trafficToJson(stage.banks, m.bankIds)}});
    }
    return stages;
}

Json sectionsToJson(const Measurement& m)
{
    Json sections = Json::array();
    for (const SectionMeasurement& s : m.sections) {
        sections.push_back({{"name", s.name},
                            {"bank", s.bank},
                            {"planned_bytes", s.planned.count()},
                            {"linked_bytes", s.linked.count()}});
    }
    return sections;
}

/// One entry per bank that the plan, the linker or the painting touched.
Json banksToJson(const Measurement& m)
{
    Json banks = Json::array();
    for (const std::string& id : m.bankIds) {
        Bytes planned, linked;
        bool used = false;
        for (const SectionMeasurement& s : m.sections) {
            if (s.bank == id) {
                planned += s.planned;
                linked += s.linked;
                used = true;
            }
        }
        Json bank{{"id", id}, {"planned_bytes", planned.count()}, {"linked_bytes", linked.count()}};
        const auto painted = std::find_if(m.painting.begin(), m.painting.end(),
                                          [&](const PaintedBank& p) { return p.bank == id; });
        const bool isPainted = painted != m.painting.end();
        const auto count = [&](Bytes PaintedBank::*member) {
            return isPainted ? Json(((*painted).*member).count()) : Json();
        };
        bank["painted_bytes"] = count(&PaintedBank::painted);
        bank["painted_end"] = count(&PaintedBank::paintedEnd);
        bank["planned_end"] = count(&PaintedBank::plannedEnd);
        bank["stray_bytes"] = count(&PaintedBank::stray);
        bank["outside_changed"] = count(&PaintedBank::outsideChanged);
        if (used || isPainted) {
            banks.push_back(std::move(bank));
        }
    }
    return banks;
}

Json timingToJson(const Measurement::Timing& timing)
{
    Json json{{"build_ms", timing.buildMs},
              {"start_ms", timing.startMs},
              {"runs_ms", timing.runsMs},
              {"inference_us", orNull(timing.inferenceUs)}};
    if (timing.layers) {
        json["timer"] = timing.layers->timer;
        json["timer_hz"] = timing.layers->hertz;
        json["layer_ticks"] = timing.layers->ticks;
    }
    return json;
}

std::string grouped(Bytes bytes)
{
    std::string digits = std::to_string(bytes.count());
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3) {
        digits.insert(static_cast<std::size_t>(at), ",");
    }
    return digits + " B";
}

void addPaintingProblems(const PaintedBank& p, std::vector<std::string>& problems)
{
    if (p.stray.count() != 0) {
        problems.push_back("a run changed " + grouped(p.stray) + " of the arena in " + p.bank +
                           " that belong to no planned buffer");
    }
    if (p.outsideChanged.count() != 0) {
        problems.push_back("a run changed " + grouped(p.outsideChanged) + " outside the arena in " +
                           p.bank);
    }
    if (p.paintedEnd != p.plannedEnd) {
        problems.push_back("the arena in " + p.bank + " is used up to " + grouped(p.paintedEnd) +
                           ", planned is " + grouped(p.plannedEnd));
    }
}

} // namespace

std::string_view toString(Meter meter)
{
    switch (meter) {
    case Meter::CounterPlugin:
        return "counter plugin";
    case Meter::IcountTimer:
        return "icount timer";
    case Meter::TargetTimer:
        return "target timer";
    }
    return "";
}

Json toJson(const Measurement& m)
{
    Json json{{"board", m.board}, {"port", m.port}, {"meter", toString(m.meter)}};
    if (!m.meterNote.empty()) {
        json["meter_note"] = m.meterNote;
    }
    json["hash"] = m.hash;
    json["runs"] = m.outputs.size();
    json["outputs"] = m.outputs;
    json["match"] = matchToJson(m.match);
    json["stages"] = stagesToJson(m);
    json["instructions_per_run"] = m.instructionsPerRun;
    json["repeatable"] = orNull(m.repeatable);
    json["sections"] = sectionsToJson(m);
    json["banks"] = banksToJson(m);
    json["stack"] =
        m.stack ? Json{{"reserved", m.stack->reserved.count()}, {"used", m.stack->used.count()}}
                : Json();
    json["problems"] = m.problems;
    json["timing"] = timingToJson(m.timing);
    return json;
}

std::vector<double> toNumbers(std::span<const std::byte> bytes, DataType type)
{
    std::vector<double> numbers;
    const std::size_t count = bytes.size() / static_cast<std::size_t>(elementBytes(type).count());
    switch (type) {
    case DataType::Float32:
        append<float>(bytes.data(), count, numbers);
        break;
    case DataType::Int8:
        append<std::int8_t>(bytes.data(), count, numbers);
        break;
    case DataType::UInt8:
        append<std::uint8_t>(bytes.data(), count, numbers);
        break;
    case DataType::Int16:
        append<std::int16_t>(bytes.data(), count, numbers);
        break;
    case DataType::UInt16:
        append<std::uint16_t>(bytes.data(), count, numbers);
        break;
    case DataType::Int32:
        append<std::int32_t>(bytes.data(), count, numbers);
        break;
    default: // Bundle::open lets no other through
        break;
    }
    return numbers;
}

std::vector<double> toNumbers(std::span<const std::byte> bytes,
                              const std::vector<BundleTensor>& outputs)
{
    std::vector<double> numbers;
    for (const BundleTensor& output : outputs) {
        const auto size = static_cast<std::size_t>(output.bytes.count());
        const auto more = toNumbers(bytes.first(std::min(size, bytes.size())), output.type);
        numbers.insert(numbers.end(), more.begin(), more.end());
        bytes = bytes.subspan(std::min(size, bytes.size()));
    }
    return numbers;
}

OutputMatch compareOutputs(const std::vector<std::vector<double>>& outputs,
                           const std::vector<std::vector<float>>& reference,
                           const std::string& name)
{
    OutputMatch match;
    match.reference = name;
    match.runs = std::min(outputs.size(), reference.size());
    double low = 0, high = 0;
    bool first = true;
    for (std::size_t r = 0; r < match.runs; ++r) {
        const std::size_t n = std::min(outputs[r].size(), reference[r].size());
        if (outputs[r].size() != reference[r].size()) {
            match.maxAbsError = std::numeric_limits<double>::infinity();
        }
        for (std::size_t i = 0; i < n; ++i) {
            const double wanted = reference[r][i];
            low = first ? wanted : std::min(low, wanted);
            high = first ? wanted : std::max(high, wanted);
            first = false;
            const double error = std::abs(outputs[r][i] - wanted);
            // A NaN compares false with everything: it must not pass for a match.
            match.maxAbsError = error <= match.maxAbsError ? match.maxAbsError
                                : std::isnan(error)        ? std::numeric_limits<double>::infinity()
                                                           : error;
        }
        match.classesEqual += n > 0 && indexOfLargest(outputs[r]) == indexOfLargest(reference[r]);
    }
    match.classEqual = match.classesEqual == match.runs;
    const double range = high - low;
    match.maxRelError = match.maxAbsError == 0 ? 0
                        : range > 0            ? match.maxAbsError / range
                                               : std::numeric_limits<double>::infinity();
    return match;
}

std::vector<SectionMeasurement> compareSections(const Bundle& bundle, const ElfFile& elf)
{
    std::map<std::string, SectionMeasurement> byName;
    for (const BundleSection& section : bundle.sections) {
        byName[section.name] = {section.name, section.bank, section.planned, {}};
    }
    for (const ElfSection& section : elf.linkedSections()) {
        if (!section.name.starts_with(".tm_")) {
            continue;
        }
        SectionMeasurement& entry = byName[section.name];
        if (entry.name.empty()) { // linked, but no part of the plan
            entry.name = printable(section.name);
            entry.bank = printable(section.name.substr(section.name.rfind('.') + 1));
        }
        entry.linked += section.size;
    }
    std::vector<SectionMeasurement> sections;
    sections.reserve(byName.size());
    for (auto& [name, entry] : byName) {
        sections.push_back(std::move(entry));
    }
    return sections;
}

std::vector<std::string> problemsOf(const Measurement& m)
{
    std::vector<std::string> problems;
    for (const SectionMeasurement& s : m.sections) {
        if (s.planned != s.linked) {
            problems.push_back("section " + s.name + " has " + grouped(s.linked) +
                               " in the firmware, planned are " + grouped(s.planned));
        }
    }
    for (const PaintedBank& painted : m.painting) {
        addPaintingProblems(painted, problems);
    }
    if (m.stack && m.stack->used > m.stack->reserved) {
        problems.push_back("the stack used " + grouped(m.stack->used) + ", reserved are " +
                           grouped(m.stack->reserved));
    }
    if (m.repeatable == false) {
        problems.push_back("two runs of the same input executed different instructions");
    }
    return problems;
}

} // namespace tidemark::bridge

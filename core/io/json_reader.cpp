// SPDX-License-Identifier: Apache-2.0
#include "core/io/json_reader.h"

#include "core/io/near_names.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

const nlohmann::json& emptyObject()
{
    static const nlohmann::json empty = nlohmann::json::object();
    return empty;
}

bool inRange(const nlohmann::json& value, IntegerRange range)
{
    if (value.is_number_unsigned()) {
        return value.get<std::uint64_t>() <= static_cast<std::uint64_t>(range.most) &&
               static_cast<std::int64_t>(value.get<std::uint64_t>()) >= range.least;
    }
    return value.is_number_integer() && value.get<std::int64_t>() >= range.least &&
           value.get<std::int64_t>() <= range.most;
}

std::optional<std::uint64_t> parseAddress(const std::string& text)
{
    if (text.size() < 3 || text.size() > 10 || !text.starts_with("0x")) {
        return std::nullopt;
    }
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + 2, end, value, 16);
    return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

} // namespace

JsonProblem::JsonProblem(const std::string& file) : m_file(printable(file, 400))
{
}

void JsonProblem::report(const std::string& path, const std::string& what, const std::string& mend)
{
    if (!m_first) {
        const std::string where = path.empty() ? m_file : m_file + ", " + path;
        m_first = Diagnostic{ErrorKind::BadInput, what, where, mend};
    }
}

JsonObject::JsonObject(const nlohmann::json& value, std::string path, JsonProblem& problem)
    : m_value(&value), m_path(std::move(path)), m_problem(&problem)
{
    if (!value.is_object()) {
        m_value = &emptyObject();
        problem.report(m_path, "not a JSON object", "write it as { ... }");
    }
}

bool JsonObject::has(const char* key) const
{
    return find(key) != nullptr;
}

const nlohmann::json* JsonObject::find(const char* key) const
{
    m_known.insert(key);
    const auto it = m_value->find(key);
    return it == m_value->end() ? nullptr : &*it;
}

const nlohmann::json* JsonObject::require(const char* key) const
{
    const nlohmann::json* value = find(key);
    if (!value) {
        report(key, std::string("the key \"") + key + "\" is missing", "add it");
    }
    return value;
}

std::string JsonObject::pathOf(const char* key) const
{
    const std::string name = printable(key); // a key may be a name from a file
    return m_path.empty() ? name : m_path + "." + name;
}

void JsonObject::report(const char* key, const std::string& what, const std::string& mend) const
{
    m_problem->report(pathOf(key), what, mend);
}

std::string JsonObject::text(const char* key)
{
    return require(key) ? text(key, "") : "";
}

std::string JsonObject::text(const char* key, const std::string& fallback)
{
    const nlohmann::json* value = find(key);
    if (!value) {
        return fallback;
    }
    if (!value->is_string()) {
        report(key, "not a text", "write it in quotes");
        return fallback;
    }
    return value->get<std::string>();
}

bool JsonObject::flag(const char* key, bool fallback)
{
    const nlohmann::json* value = find(key);
    if (value && !value->is_boolean()) {
        report(key, "not a yes or no", "write true or false");
        return fallback;
    }
    return value ? value->get<bool>() : fallback;
}

std::int64_t JsonObject::integer(const char* key, IntegerRange range)
{
    return require(key) ? integer(key, range, range.least) : range.least;
}

std::int64_t JsonObject::integer(const char* key, IntegerRange range, std::int64_t fallback)
{
    const nlohmann::json* value = find(key);
    if (!value) {
        return fallback;
    }
    if (!inRange(*value, range)) {
        report(key, "not a whole number within its limits",
               "write one from " + std::to_string(range.least) + " to " +
                   std::to_string(range.most));
        return fallback;
    }
    return value->get<std::int64_t>();
}

double JsonObject::number(const char* key, double fallback)
{
    const nlohmann::json* value = find(key);
    if (!value) {
        return fallback;
    }
    const double read = value->is_number() ? value->get<double>() : -1.0;
    if (!std::isfinite(read) || read < 0) {
        report(key, "not a number that is 0 or more", "write a number, or null where it may be");
        return fallback;
    }
    return read;
}

std::optional<double> JsonObject::numberOrNull(const char* key)
{
    const nlohmann::json* value = require(key);
    return value && !value->is_null() ? std::optional(number(key, 0)) : std::nullopt;
}

std::uint64_t JsonObject::address(const char* key)
{
    const std::optional<std::uint64_t> value = parseAddress(text(key));
    if (!value) {
        report(key, "not an address", "write it as a hex text, such as \"0x20000000\"");
    }
    return value.value_or(0);
}

std::vector<std::string> JsonObject::texts(const char* key)
{
    const nlohmann::json* list = find(key);
    if (!list) {
        return {};
    }
    std::vector<std::string> result;
    for (const nlohmann::json& item : *list) { // of an object: its values; of a number: itself
        if (item.is_string()) {
            result.push_back(item.get<std::string>());
        }
    }
    if (!list->is_array() || result.size() != list->size()) {
        report(key, "not a list of texts", "write it as [\"...\", \"...\"]");
        return {};
    }
    return result;
}

JsonObject JsonObject::object(const char* key)
{
    const nlohmann::json* value = require(key);
    return {value ? *value : emptyObject(), pathOf(key), *m_problem};
}

std::vector<JsonObject> JsonObject::objects(const char* key, std::size_t most)
{
    const nlohmann::json* list = find(key);
    if (!list) {
        return {};
    }
    if (!list->is_array() || list->size() > most) {
        report(key, "not a list of at most " + std::to_string(most), "write it as [{...}, {...}]");
        return {};
    }
    std::vector<JsonObject> result;
    for (std::size_t i = 0; i < list->size(); ++i) {
        result.emplace_back((*list)[i], pathOf(key) + "[" + std::to_string(i) + "]", *m_problem);
    }
    return result;
}

std::size_t JsonObject::word(const char* key, const std::vector<std::string>& words)
{
    const std::string value = text(key);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (value == words[i]) {
            return i;
        }
    }
    report(key, "unknown " + std::string(key) + " \"" + printable(value) + "\"",
           "use one of " + joinNames(words));
    return 0;
}

std::vector<std::string> JsonObject::keys() const
{
    std::vector<std::string> keys;
    for (const auto& [key, value] : m_value->items()) {
        keys.push_back(key);
    }
    return keys;
}

void JsonObject::refuseOthers() const
{
    for (const auto& [key, value] : m_value->items()) {
        if (!m_known.contains(key)) {
            const std::vector<std::string> known(m_known.begin(), m_known.end());
            const std::vector<std::string> near = nearNames(key, known);
            m_problem->report(m_path, "unknown key \"" + printable(key) + "\"",
                              near.empty() ? "remove it; the keys here are " + joinNames(known)
                                           : "did you mean " + joinNames(near) + "?");
            return;
        }
    }
}

} // namespace tidemark

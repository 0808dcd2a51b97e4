// SPDX-License-Identifier: Apache-2.0
#include "core/io/json_text.h"

#include <set>
#include <stdexcept>
#include <vector>

namespace tidemark {

namespace {

constexpr int kDeepest = 64;
// ordered_json searches its keys one by one: a larger object of a hostile file would take minutes.
constexpr std::size_t kMostKeys = 512;

/// Thrown out of the parser's callback, never out of this file.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Follows the parser: how deep it is and which keys each open object has had.
class Watch {
public:
    bool operator()(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& value)
    {
        using Event = nlohmann::json::parse_event_t;
        if (depth > kDeepest) {
            throw Refusal("the JSON is nested more than " + std::to_string(kDeepest) + " deep");
        }
        if (event == Event::object_start) {
            m_keys.emplace_back();
        } else if (event == Event::object_end) {
            m_keys.pop_back();
        } else if (event == Event::key) {
            const auto& key = value.get_ref<const std::string&>();
            if (!m_keys.back().insert(key).second) {
                throw Refusal("the key \"" + printable(key) + "\" appears twice");
            }
            if (m_keys.back().size() > kMostKeys) {
                throw Refusal("an object has more than " + std::to_string(kMostKeys) + " keys");
            }
        }
        return true;
    }

private:
    std::vector<std::set<std::string>> m_keys;
};

/// The library's message without its "[json.exception.parse_error.101] ".
std::string reason(const std::string& message)
{
    const std::size_t tag = message.find("] ");
    return printable(tag == std::string::npos ? message : message.substr(tag + 2), 240);
}

} // namespace

Result<nlohmann::json> parseJson(const std::string& text, const std::string& where)
{
    const std::string file = printable(where, 400);
    try {
        Watch watch;
        return nlohmann::json::parse(
            text, [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
                return watch(depth, event, value);
            });
    } catch (const Refusal& refusal) {
        return Diagnostic{ErrorKind::BadInput, refusal.what(), file, "correct the file"};
    } catch (const nlohmann::json::exception& error) {
        return Diagnostic{ErrorKind::BadInput, "not valid JSON: " + reason(error.what()), file,
                          "correct the file"};
    }
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/diagnostic.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tidemark {

/// The first thing found wrong in one JSON document. Reading goes on with defaults after an error,
/// so that readers stay straight lines; whoever started asks once, at the end.
class JsonProblem {
public:
    explicit JsonProblem(const std::string& file); ///< as errors name it; escaped here

    /// `path` as in "banks[2].base". Later problems are dropped.
    void report(const std::string& path, const std::string& what, const std::string& mend);
    const std::optional<Diagnostic>& first() const { return m_first; }

private:
    std::string m_file;
    std::optional<Diagnostic> m_first;
};

struct IntegerRange {
    std::int64_t least;
    std::int64_t most;
};

/// Typed access to one object of an untrusted document, which must outlive it. A getter without
/// fallback makes its key required. A value of a wrong type or range is reported by its path and
/// reads as the fallback, or as nothing.
class JsonObject {
public:
    JsonObject(const nlohmann::json& value, std::string path, JsonProblem& problem);

    bool has(const char* key) const; ///< also marks the key as known
    std::string text(const char* key);
    std::string text(const char* key, const std::string& fallback);
    bool flag(const char* key, bool fallback);
    std::int64_t integer(const char* key, IntegerRange range);
    std::int64_t integer(const char* key, IntegerRange range, std::int64_t fallback);
    /// Finite and not negative.
    double number(const char* key, double fallback);
    /// The key is required; null is nothing.
    std::optional<double> numberOrNull(const char* key);
    /// "0x20000000": 1 to 8 hex digits.
    std::uint64_t address(const char* key);
    std::vector<std::string> texts(const char* key); ///< a missing list is empty
    JsonObject object(const char* key);
    std::vector<JsonObject> objects(const char* key, std::size_t most); ///< missing: empty

    /// The index of the text at `key` in `words`; anything else is reported with the words.
    std::size_t word(const char* key, const std::vector<std::string>& words);

    /// All keys, for an object whose keys are names.
    std::vector<std::string> keys() const;

    /// Reports the first key that was never asked for.
    void refuseOthers() const;
    void report(const char* key, const std::string& what, const std::string& mend) const;

private:
    const nlohmann::json* find(const char* key) const;
    const nlohmann::json* require(const char* key) const;
    std::string pathOf(const char* key) const;

    const nlohmann::json* m_value;
    std::string m_path;
    JsonProblem* m_problem;
    mutable std::set<std::string> m_known;
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

/// Spoils JSON documents, the same way every time for the same seed.
class Mutator {
public:
    explicit Mutator(unsigned seed) : m_random(seed) {}

    /// Bytes replaced, removed, repeated or cut off: mostly no longer JSON.
    std::string mutateText(std::string text)
    {
        const std::string letters = "{}[]\",:0123456789.-eE\\/truefalsnx \n\x01\xff";
        for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
            const std::size_t at = below(text.size());
            switch (below(4)) {
            case 0:
                text[at] = letters[below(letters.size())];
                break;
            case 1:
                text.erase(at, 1 + below(20));
                break;
            case 2:
                text.insert(at, text.substr(below(text.size()), below(30)));
                break;
            default:
                text.resize(below(8) == 0 ? at : text.size());
            }
        }
        return text;
    }

    /// Values replaced by odd ones, keys renamed, removed or moved: JSON of a wrong form.
    nlohmann::json mutateValues(nlohmann::json document)
    {
        for (std::size_t changes = 1 + below(2); changes > 0; --changes) {
            nlohmann::json* value = anyValue(document);
            if (value->is_object() && !value->empty() && below(2) == 0) {
                value->erase(std::next(value->begin(), static_cast<long>(below(value->size()))));
            } else if (value->is_array() && !value->empty() && below(2) == 0) {
                value->push_back((*value)[below(value->size())]);
            } else if (value->is_number() && below(2) == 0) {
                *value = below(100000);
            } else {
                *value = oddValue();
            }
        }
        return document;
    }

private:
    std::size_t below(std::size_t end) { return m_random() % end; }

    /// Walks down to a value that is not the document itself, stopping anywhere on the way.
    nlohmann::json* anyValue(nlohmann::json& document)
    {
        nlohmann::json* value = &document;
        while (value->is_structured() && !value->empty() && (value == &document || below(4) > 0)) {
            value = &*std::next(value->begin(), static_cast<long>(below(value->size())));
        }
        return value;
    }

    nlohmann::json oddValue()
    {
        static const std::vector<nlohmann::json> odd{
            nullptr,
            true,
            0,
            -1,
            1,
            7.5,
            4294967296,
            std::int64_t{-9223372036854775807},
            std::uint64_t{18446744073709551615U},
            1e308,
            "",
            "x",
            "0x20000000",
            "0xffffffff",
            "../../x",
            "\n",
            "*",
            "%s%n",
            std::string(5000, 'z'),
            nlohmann::json::array(),
            nlohmann::json::object(),
            nlohmann::json::array({1, "a", nullptr}),
            nlohmann::json::parse(R"({"value": 1, "unit": "cycles"})")};
        return odd[below(odd.size())];
    }

    std::mt19937 m_random;
};

// SPDX-License-Identifier: Apache-2.0
#include "core/place/constraints.h"

#include <array>
#include <charconv>

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 7> kTechniques{"unshared", "fused", "pingpong", "liveness",
                                                      "overlap",  "rows",  "stream"};
constexpr std::array<std::string_view, 4> kObjectives{"ram", "latency", "energy", "weighted"};

Diagnostic usage(std::string what, std::string mend)
{
    return {ErrorKind::Usage, std::move(what), "", std::move(mend)};
}

} // namespace

std::string_view toString(Technique technique)
{
    return kTechniques[static_cast<std::size_t>(technique)];
}

std::string_view toString(Objective objective)
{
    return kObjectives[static_cast<std::size_t>(objective)];
}

std::string_view toString(Staging staging)
{
    constexpr std::array<std::string_view, 4> kWords{"auto", "none", "resident", "around"};
    return kWords[static_cast<std::size_t>(staging)];
}

std::string_view toString(RingForm rings)
{
    return rings == RingForm::Rows ? "rows" : "window";
}

std::optional<Technique> techniqueFromString(std::string_view text)
{
    for (const Technique technique : allTechniques()) {
        if (toString(technique) == text) {
            return technique;
        }
    }
    return std::nullopt;
}

const std::vector<Technique>& allTechniques()
{
    static const std::vector<Technique> all{
        Technique::Unshared, Technique::Fused, Technique::PingPong, Technique::Liveness,
        Technique::Overlap,  Technique::Rows,  Technique::Stream};
    return all;
}

std::optional<Bytes> parseBytes(std::string_view text)
{
    std::int64_t count = -1;
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        base = 16;
    }
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, count, base);
    if (error != std::errc() || stop != end || text.empty() || count < 0) {
        return std::nullopt;
    }
    return Bytes(count);
}

Result<Pin> parsePin(const std::string& text)
{
    const auto bad = [&](const std::string& why) {
        return usage("pin '" + printable(text) + "' " + why,
                     "write --pin BUFFER=BANK or --pin BUFFER=BANK@OFFSET");
    };
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
        return bad("names no bank");
    }
    Pin pin{text.substr(0, equals), text.substr(equals + 1), std::nullopt};
    if (const std::size_t at = pin.bank.find('@'); at != std::string::npos) {
        pin.offset = parseBytes(std::string_view(pin.bank).substr(at + 1));
        if (!pin.offset) {
            return bad("has an offset that is not a number of bytes");
        }
        pin.bank.resize(at);
    }
    return pin.bank.empty() ? Result<Pin>(bad("names no bank")) : Result<Pin>(pin);
}

Result<Budget> parseBudget(const std::string& text)
{
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos && equals > 0) {
        if (const auto limit = parseBytes(std::string_view(text).substr(equals + 1))) {
            return Budget{text.substr(0, equals), *limit};
        }
    }
    return usage("budget '" + printable(text) + "' is not a bank and a number of bytes",
                 "write --budget BANK=BYTES");
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/stage_names.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace tidemark {

namespace {

constexpr std::size_t kLongest = 32;

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowerCase(std::string text)
{
    std::ranges::transform(text, text.begin(), lower);
    return text;
}

/// Words of letters and digits; everything else separates. Bytes beyond ASCII separate, too.
std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> found(1);
    for (const char c : text) {
        if (isLetter(c) || isDigit(c)) {
            found.back() += c;
        } else if (!found.back().empty()) {
            found.emplace_back();
        }
    }
    if (found.back().empty()) {
        found.pop_back();
    }
    return found;
}

/// Exporters' words that say no more than the operator's type and number: "0", "Conv", "conv2d_1".
bool isEmptyWord(const std::string& word, const std::string& type)
{
    std::string stem = lowerCase(word);
    const auto strip = [&stem](std::string_view suffix) {
        if (stem.ends_with(suffix)) {
            stem.resize(stem.size() - suffix.size());
        }
    };
    strip("1d");
    strip("2d");
    while (!stem.empty() && isDigit(stem.back())) {
        stem.pop_back();
    }
    constexpr std::string_view kEmpty[] = {"", "n", "node", "op", "model"};
    return stem == type || std::ranges::find(kEmpty, stem) != std::end(kEmpty);
}

/// The part of an operator's name that its author chose, or nothing.
std::string meaningfulName(const Operator& op)
{
    const std::string type = lowerCase(op.typeName);
    if (op.name.starts_with(op.typeName + "_") &&
        std::all_of(op.name.begin() + static_cast<std::ptrdiff_t>(op.typeName.size()) + 1,
                    op.name.end(), isDigit)) {
        return ""; // made up by a reader
    }
    std::string name;
    bool meansSomething = false;
    std::string last;
    for (const std::string& word : words(op.name)) {
        // A path repeats its parents ("layer1/layer1.0/conv") and ends in the type.
        if (word == last || lowerCase(word) == type) {
            continue;
        }
        meansSomething = meansSomething || !isEmptyWord(word, type);
        name += (name.empty() ? "" : "_") + word;
        last = word;
    }
    if (!meansSomething) {
        return "";
    }
    // The end of a long path tells more than its beginning.
    if (name.size() > kLongest) {
        name = name.substr(name.size() - kLongest);
        name.erase(0, name.find_first_not_of('_'));
    }
    return isDigit(name.front()) ? "n" + name : name;
}

struct KindWord {
    std::string operator()(const ConvOp&) const { return "conv"; }
    std::string operator()(const MaxPoolOp&) const { return "pool"; }
    std::string operator()(const FullyConnectedOp&) const { return "fc"; }
    std::string operator()(const ClampOp& op) const
    {
        Stage stage;
        stage.op = op;
        return stage.kindText().starts_with("relu") ? "relu" : "clip"; // relu6, too
    }
    /// Everything else is called what it is, in one word: "leaky relu" is leakyrelu1.
    template <class Op> std::string operator()(const Op& op) const
    {
        Stage stage;
        stage.op = op;
        const std::string text = stage.kindText();
        std::string name = text.substr(0, text.find('+'));
        std::erase(name, ' ');
        return name;
    }
    std::string operator()(const PlanOnlyOp& op) const
    {
        const std::vector<std::string> found = words(op.typeName);
        const std::string word = found.empty() ? "" : lowerCase(found.back()).substr(0, kLongest);
        return word.empty() || isDigit(word.front()) ? "op" + word : word;
    }
};

} // namespace

void nameStages(const Model& model, Network& network)
{
    std::map<std::string, int> counters;
    std::set<std::string> taken;
    const auto numbered = [&](const std::string& stem, const std::string& separator) {
        std::string name;
        do {
            name = stem + separator + std::to_string(++counters[stem]);
        } while (taken.contains(name));
        return name;
    };
    // Chosen names first, so that a number never takes one away.
    for (Stage& stage : network.stages) {
        std::string name =
            stage.operators.empty() ? "" : meaningfulName(model[stage.operators.front()]);
        if (!name.empty()) {
            counters.try_emplace(name, 1); // the next of that name is the second
            stage.name = taken.contains(name) ? numbered(name, "_") : name;
            taken.insert(stage.name);
        }
    }
    for (Stage& stage : network.stages) {
        if (stage.name.empty()) {
            stage.name = numbered(std::visit(KindWord{}, stage.op), "");
            taken.insert(stage.name);
        }
    }
}

} // namespace tidemark

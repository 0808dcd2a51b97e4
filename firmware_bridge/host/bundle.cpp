// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/bundle.h"

#include <QCryptographicHash>
#include <QFile>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace tidemark::bridge {

namespace {

using nlohmann::json;

constexpr qint64 kLargestManifest = 64 << 20;
constexpr std::int64_t kLargestSize = std::int64_t{1} << 40;
constexpr std::size_t kMostEntries = 1'000'000;

/// What is wrong with a manifest, thrown inside this file only: reading it is one long chain of
/// conditions, each of which ends everything.
struct Refused {
    std::string what;
};

const json& member(const json& object, const char* key)
{
    const auto it = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || it == object.end()) {
        throw Refused{std::string("`") + key + "` is missing"};
    }
    return *it;
}

std::string textMember(const json& object, const char* key)
{
    const json& value = member(object, key);
    if (!value.is_string()) {
        throw Refused{std::string("`") + key + "` is not a text"};
    }
    return value.get<std::string>();
}

Bytes bytesMember(const json& object, const char* key)
{
    const json& value = member(object, key);
    if (!value.is_number_integer() || value < 0 || value > kLargestSize) {
        throw Refused{std::string("`") + key + "` is not a size"};
    }
    return Bytes(value.get<std::int64_t>());
}

const json& arrayMember(const json& object, const char* key)
{
    const json& value = member(object, key);
    if (!value.is_array() || value.size() > kMostEntries) {
        throw Refused{std::string("`") + key + "` is not a list"};
    }
    return value;
}

bool isName(const std::string& text, std::string_view more)
{
    return !text.empty() && text.size() <= 128 &&
           std::all_of(text.begin(), text.end(), [&](unsigned char c) {
               return (c < 0x80 && std::isalnum(c)) ||
                      more.find(static_cast<char>(c)) != std::string_view::npos;
           });
}

/// Names that go into commands and look-ups: letters, digits and the few in `more`.
std::string nameMember(const json& object, const char* key, std::string_view more)
{
    std::string text = textMember(object, key);
    if (!isName(text, more)) {
        throw Refused{std::string("`") + key + "` is not a name: " + printable(text, 40)};
    }
    return text;
}

/// A path that stays inside the folder.
std::filesystem::path insidePath(const std::string& text)
{
    std::filesystem::path path = std::filesystem::path(text).lexically_normal();
    if (text.empty() || path.is_absolute() || *path.begin() == "..") {
        throw Refused{"a path leads out of the folder: " + printable(text, 60)};
    }
    return path;
}

DataType typeMember(const json& object, const char* key)
{
    const std::string text = textMember(object, key);
    for (const DataType type : {DataType::Float32, DataType::Int8, DataType::UInt8, DataType::Int16,
                                DataType::UInt16, DataType::Int32}) {
        if (toString(type) == text) {
            return type;
        }
    }
    throw Refused{"`type` is none that a board exchanges: " + printable(text, 40)};
}

BundleTensor tensorOf(const json& tensor, const char* key)
{
    BundleTensor t{printable(textMember(tensor, "name")), typeMember(tensor, "type"),
                   bytesMember(tensor, "bytes")};
    if (t.bytes.count() == 0 || t.bytes.count() % elementBytes(t.type).count() != 0) {
        throw Refused{std::string("`") + key + "` has a size that its type does not divide"};
    }
    return t;
}

BundleTensor tensorMember(const json& object, const char* key)
{
    return tensorOf(member(object, key), key);
}

/// The tensors that `joined` consists of; itself alone in manifests that do not list them.
std::vector<BundleTensor> tensorsMember(const json& object, const char* key,
                                        const BundleTensor& joined)
{
    if (!object.contains(key)) {
        return {joined};
    }
    std::vector<BundleTensor> tensors;
    Bytes sum;
    for (const json& tensor : arrayMember(object, key)) {
        tensors.push_back(tensorOf(tensor, key));
        sum += tensors.back().bytes;
    }
    if (sum != joined.bytes) {
        throw Refused{std::string("`") + key + "` do not add up to what is sent"};
    }
    return tensors;
}

bool isHex64(const std::string& text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

std::string hashMember(const json& object, const char* key)
{
    std::string text = textMember(object, key);
    if (!isHex64(text)) {
        throw Refused{std::string("`") + key + "` is not a SHA-256 in lower-case hex"};
    }
    return text;
}

Bundle readManifest(const json& root)
{
    if (textMember(root, "format") != "tidemark-bundle" || member(root, "version") != 1) {
        throw Refused{"it is not a tidemark-bundle of version 1"};
    }
    Bundle bundle;
    bundle.hash = hashMember(root, "hash");
    bundle.model = printable(textMember(root, "model"));
    bundle.board = printable(textMember(root, "board"));
    bundle.elf = insidePath(textMember(root, "elf"));
    bundle.compiler = nameMember(root, "compiler", "_.+-");
    const json& keeps = member(root, "keeps_input");
    bundle.keepsInput = keeps.is_boolean() ? keeps.get<bool>() : keeps == 1;
    bundle.input = tensorMember(root, "input");
    bundle.output = tensorMember(root, "output");
    bundle.outputs = tensorsMember(root, "outputs", bundle.output);
    for (const json& stage : arrayMember(root, "stages")) {
        bundle.stages.push_back(
            {printable(textMember(stage, "name")), nameMember(stage, "symbol", "_"),
             stage.contains("calls") ? bytesMember(stage, "calls").count() : 1});
    }
    for (const json& section : arrayMember(root, "sections")) {
        bundle.sections.push_back({nameMember(section, "name", "_.-"),
                                   nameMember(section, "bank", "_.-"),
                                   bytesMember(section, "planned_bytes")});
    }
    for (const json& buffer : arrayMember(member(root, "plan"), "buffers")) {
        bundle.buffers.push_back({printable(textMember(buffer, "name")), textMember(buffer, "kind"),
                                  textMember(buffer, "bank"), bytesMember(buffer, "offset"),
                                  bytesMember(buffer, "bytes")});
    }
    return bundle;
}

std::optional<std::string> sha256(const std::filesystem::path& path)
{
    QFile file(QString::fromStdString(path.string()));
    QCryptographicHash hash(QCryptographicHash::Sha256);
    if (!file.open(QIODevice::ReadOnly) || !hash.addData(&file)) {
        return std::nullopt;
    }
    return hash.result().toHex().toStdString();
}

void checkFiles(const json& root, const std::filesystem::path& directory)
{
    for (const json& file : arrayMember(root, "files")) {
        const std::string name = textMember(file, "path");
        const std::string wanted = hashMember(file, "sha256");
        const auto found = sha256(directory / insidePath(name));
        if (found != wanted) {
            throw Refused{"`" + printable(name) +
                          (found ? "` was changed after the export" : "` is missing")};
        }
    }
}

} // namespace

Result<Bundle> Bundle::open(const std::filesystem::path& directory)
{
    const std::filesystem::path path = directory / "manifest.json";
    const auto refuse = [&](const std::string& what) {
        return Diagnostic{ErrorKind::BadInput, "not a usable bundle, " + what,
                          printable(path.string()),
                          "export it again with `tidemark export SOURCE -o DIR`"};
    };
    QFile file(QString::fromStdString(path.string()));
    if (!file.open(QIODevice::ReadOnly)) {
        return refuse("it has no readable manifest.json");
    }
    if (file.size() > kLargestManifest) {
        return refuse("its manifest.json is over 64 MiB");
    }
    try {
        const json root = json::parse(file.readAll().toStdString());
        Bundle bundle = readManifest(root);
        checkFiles(root, directory);
        bundle.directory = directory;
        bundle.elf = directory / bundle.elf;
        return bundle;
    } catch (const Refused& refused) {
        return refuse(refused.what);
    } catch (const json::exception&) {
        return refuse("its manifest.json is not JSON");
    }
}

} // namespace tidemark::bridge

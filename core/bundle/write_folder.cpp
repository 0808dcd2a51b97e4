// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/file_set.h"

#include "core/io/file.h"

#include <nlohmann/json.hpp>

#include <set>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

constexpr Bytes kLargestManifest{64 << 20};
/// Compiled results of an earlier bundle may stay.
constexpr const char* kBuildFolder = "build";

/// Paths that an earlier bundle in `directory` says are its own; empty when there is none.
std::set<std::string> earlierFiles(const fs::path& directory)
{
    std::set<std::string> files;
    const auto text = readFile(directory / "manifest.json", kLargestManifest);
    if (!text) {
        return files;
    }
    const auto manifest = nlohmann::json::parse(*text, nullptr, false);
    if (!manifest.is_object() || manifest.value("format", nlohmann::json()) != "tidemark-bundle") {
        return files;
    }
    files.insert("manifest.json");
    for (const auto& file : manifest.value("files", nlohmann::json::array())) {
        if (file.is_object() && file.contains("path") && file["path"].is_string()) {
            files.insert(file["path"].get<std::string>());
        }
    }
    return files;
}

Diagnostic cannotUse(const fs::path& directory, const std::string& what)
{
    return {ErrorKind::Environment, what, printable(directory.string()),
            "choose another folder, or empty this one"};
}

/// What is in `directory` now, relative to it; an error for what is not an earlier bundle's.
Result<std::set<std::string>> presentFiles(const fs::path& directory)
{
    const std::set<std::string> known = earlierFiles(directory);
    std::set<std::string> present;
    std::error_code error;
    for (auto it = fs::recursive_directory_iterator(directory, error);
         !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        const std::string path = it->path().lexically_relative(directory).generic_string();
        const fs::file_status status = it->symlink_status(error);
        if (fs::is_directory(status)) {
            if (path == kBuildFolder && !known.empty()) {
                it.disable_recursion_pending();
            }
            continue;
        }
        if (!fs::is_regular_file(status) || known.count(path) == 0) {
            return cannotUse(directory, "the folder holds '" + printable(path) +
                                            "', which is no file of an earlier bundle");
        }
        present.insert(path);
    }
    if (error) {
        return cannotUse(directory, "cannot read the folder: " + error.message());
    }
    return present;
}

Status writeFile(const fs::path& path, const std::string& content)
{
    if (const auto old = readFile(path, Bytes(static_cast<std::int64_t>(content.size())));
        old && *old == content) {
        return Done{};
    }
    return writeFileAtomically(path, content);
}

} // namespace

Status writeFolder(const FileSet& files, const fs::path& directory)
{
    std::error_code error;
    fs::create_directories(directory, error);
    if (error || !fs::is_directory(directory)) {
        return cannotUse(directory, "cannot make the folder" +
                                        (error ? ": " + error.message() : std::string()));
    }
    const auto present = presentFiles(directory);
    if (!present) {
        return present.error();
    }
    for (const std::string& path : *present) {
        if (files.count(path) == 0) {
            fs::remove(directory / path, error);
        }
    }
    for (const auto& [path, content] : files) {
        fs::create_directories((directory / path).parent_path(), error);
        if (auto status = writeFile(directory / path, content); !status) {
            return status;
        }
    }
    return Done{};
}

} // namespace tidemark

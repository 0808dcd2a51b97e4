// SPDX-License-Identifier: Apache-2.0
#include "core/project/project.h"

#include "core/io/file.h"
#include "core/io/json_reader.h"
#include "core/io/json_text.h"
#include "core/io/sha256.h"
#include "core/project/constraints_json.h"

#include <algorithm>
#include <array>
#include <fstream>

namespace tidemark {

namespace fs = std::filesystem;

namespace {

constexpr const char* kFormat = "tidemark-project";
constexpr std::int64_t kVersion = 1;
constexpr Bytes kLargestFile{std::int64_t{16} << 20};
constexpr std::size_t kLongestPath = 4096;
constexpr std::size_t kMostDims = 256;
constexpr std::int64_t kLargestDim = (std::int64_t{1} << 31) - 1;

/// The folder that relative paths count from: where the file is, not where a link to it is.
Result<fs::path> folderOf(const fs::path& project)
{
    std::error_code error;
    const fs::path real = fs::weakly_canonical(fs::absolute(project, error), error);
    if (error) {
        return Diagnostic{ErrorKind::Environment, "the project's folder cannot be found",
                          printable(project.string(), 400), error.message()};
    }
    return real.parent_path();
}

bool isSha256(const std::string& text)
{
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

/// As findBoard() tells a file from an id.
bool namesBoardFile(const std::string& board)
{
    return board.find('/') != std::string::npos || board.ends_with(".json");
}

// ---- reading

/// Paths in a project are relative, so that a folder can move; ".." is fine, models often lie in
/// a folder beside. A project from elsewhere must not reach for absolute places.
fs::path readPath(JsonObject& object, const char* key, const std::string& text,
                  const fs::path& folder)
{
    const bool usable = !text.empty() && text.size() <= kLongestPath &&
                        text.find('\0') == std::string::npos && !fs::path(text).is_absolute();
    if (!usable) {
        object.report(key, "not a relative path", "write one relative to the project's folder");
        return {};
    }
    return (folder / text).lexically_normal();
}

void readModel(JsonObject object, const fs::path& folder, Project& project)
{
    project.model = readPath(object, "path", object.text("path"), folder);
    project.modelSha256 = object.text("sha256", "");
    if (!project.modelSha256.empty() && !isSha256(project.modelSha256)) {
        object.report("sha256", "not a SHA-256", "write 64 lower-case hex digits");
    }
}

std::string readBoardName(JsonObject& object, const fs::path& folder)
{
    std::string board = object.text("board");
    if (board.empty()) {
        object.report("board", "no board", "write the id of one");
    }
    return namesBoardFile(board) ? readPath(object, "board", board, folder).string() : board;
}

std::map<std::string, std::int64_t> readDims(JsonObject& object)
{
    std::map<std::string, std::int64_t> dims;
    if (!object.has("dims")) {
        return dims;
    }
    JsonObject entries = object.object("dims");
    const std::vector<std::string> names = entries.keys();
    if (names.size() > kMostDims) {
        object.report("dims", "more than " + std::to_string(kMostDims) + " dimensions",
                      "keep those the model has");
        return dims;
    }
    for (const std::string& name : names) {
        dims[name] = entries.integer(name.c_str(), {1, kLargestDim});
    }
    return dims;
}

void checkVersion(JsonObject& object)
{
    object.word("format", {kFormat});
    const std::int64_t version = object.integer("version", {1, 1'000'000});
    if (version > kVersion) {
        object.report(
            "version", "format version " + std::to_string(version) + " is newer than this program",
            "open it with a newer Tidemark; this one reads version " + std::to_string(kVersion));
    }
}

Project readProjectObject(JsonObject object, const fs::path& folder)
{
    Project project;
    checkVersion(object);
    readModel(object.object("model"), folder, project);
    project.board = readBoardName(object, folder);
    if (object.has("constraints")) {
        JsonObject constraints = object.object("constraints");
        project.constraints = readConstraints(constraints);
    }
    project.dims = readDims(object);
    project.int8 = object.has("dtype") && object.word("dtype", {"fp32", "int8"}) == 1;
    if (project.int8 && object.has("calibration")) {
        project.calibration = readPath(object, "calibration", object.text("calibration"), folder);
    }
    return project;
}

/// The plan with its keys in the order of the file, which the checked document does not keep.
/// `text` has been parsed before and bounds its keys per object.
nlohmann::ordered_json readPlan(const std::string& text)
{
    nlohmann::ordered_json document = nlohmann::ordered_json::parse(text);
    return document.contains("plan") ? std::move(document["plan"]) : nlohmann::ordered_json();
}

// ---- writing

/// `path` as seen from `folder`. Links on the way are followed, one at its end is kept: who says
/// "latest.onnx" means whatever that is tomorrow.
std::string relativeTo(const fs::path& folder, const fs::path& path)
{
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error).lexically_normal();
    const fs::path real = fs::weakly_canonical(absolute.parent_path(), error);
    const fs::path parent = error ? absolute.parent_path() : real;
    return (parent / absolute.filename()).lexically_relative(folder).generic_string();
}

/// A relative board path counts from the project's folder already.
std::string boardText(const fs::path& folder, const std::string& board)
{
    const bool absolute = namesBoardFile(board) && fs::path(board).is_absolute();
    return absolute ? relativeTo(folder, board) : board;
}

nlohmann::ordered_json projectToJson(const Project& project, const fs::path& folder)
{
    nlohmann::ordered_json json;
    json["format"] = kFormat;
    json["version"] = kVersion;
    json["model"]["path"] = relativeTo(folder, project.model);
    if (!project.modelSha256.empty()) {
        json["model"]["sha256"] = project.modelSha256;
    }
    json["board"] = boardText(folder, project.board);
    json["constraints"] = constraintsToJson(project.constraints);
    json["dims"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : project.dims) {
        json["dims"][name] = value;
    }
    if (project.int8) {
        json["dtype"] = "int8";
        if (!project.calibration.empty()) {
            json["calibration"] = relativeTo(folder, project.calibration);
        }
    }
    json["plan"] = project.plan;
    return json;
}

} // namespace

Result<Project> readProject(const fs::path& path)
{
    const Result<std::string> text = readFile(path, kLargestFile);
    if (!text) {
        return text.error();
    }
    const Result<nlohmann::json> document = parseJson(*text, path.string());
    if (!document) {
        return document.error();
    }
    const Result<fs::path> folder = folderOf(path);
    if (!folder) {
        return folder.error();
    }
    JsonProblem problem(path.string());
    Project project = readProjectObject({*document, "", problem}, *folder);
    if (!problem.first()) {
        project.plan = readPlan(*text);
    }
    if (!project.plan.is_null() && !project.plan.is_object()) {
        problem.report("plan", "not a JSON object", "remove it; planning makes it anew");
    }
    if (problem.first()) {
        return *problem.first();
    }
    return project;
}

Status writeProject(const Project& project, const fs::path& path)
{
    const Result<fs::path> folder = folderOf(path);
    if (!folder) {
        return folder.error();
    }
    try {
        const std::string text = projectToJson(project, *folder).dump(2) + "\n";
        if (Bytes(static_cast<std::int64_t>(text.size())) > kLargestFile) {
            return Diagnostic{ErrorKind::BadInput, "the project is too large to be read again",
                              printable(path.string(), 400), "save it without its plan"};
        }
        return writeFileAtomically(path, text);
    } catch (const nlohmann::json::exception&) { // dump(): the only thing it refuses
        return Diagnostic{ErrorKind::BadInput, "a name or path is not valid UTF-8",
                          printable(path.string(), 400),
                          "rename the model file, its folder or the buffer that is pinned"};
    }
}

Result<std::string> fileSha256(const fs::path& path)
{
    const Diagnostic failure{ErrorKind::BadInput, "the file cannot be read",
                             printable(path.string(), 400), "check the path and its permissions"};
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
        return failure;
    }
    std::ifstream stream(path, std::ios::binary);
    std::array<char, 65536> piece{};
    Sha256 sum;
    while (stream) {
        stream.read(piece.data(), piece.size());
        sum.add(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(stream.gcount()))));
    }
    if (!stream.eof()) {
        return failure;
    }
    return sum.hex();
}

} // namespace tidemark

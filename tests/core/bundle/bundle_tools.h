// SPDX-License-Identifier: Apache-2.0
// What tests of bundles do with the files that were written: read, build, run.
#pragma once

#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/place/plan.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace tidemark::bundletools {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>; ///< relative path -> content
using Arrays = std::vector<std::vector<std::byte>>;

Files filesIn(const fs::path& directory);
nlohmann::json manifestIn(const fs::path& directory);

/// Exit code and everything printed of a program run in `directory`.
struct Outcome {
    int code = -1;
    QByteArray output;
};
Outcome runIn(const fs::path& directory, const QString& program, const QStringList& arguments,
              const QByteArray& input = {});
bool hasProgram(const QString& program);

/// Sections of an ELF file by name, as `size -A` lists them.
std::map<std::string, std::int64_t> sectionSizes(const fs::path& directory,
                                                 const QString& sizeTool);

/// Main programs for a library bundle: inputs from stdin in turn; outputs to stdout in turn, the
/// self-test's verdict as exit code.
std::string wholeProgram(const Network& network);
/// The same for a streamed model: rows are pushed from elsewhere and in place by turns, a run is
/// given up in between, and every answer of tm_model_push_row() is checked.
std::string streamedProgram();

/// Output bytes of a library bundle built together with `program` by the host's compiler, its
/// warnings being errors; empty where it went wrong.
QByteArray builtAndRun(const fs::path& directory, const std::string& program, const Arrays& inputs,
                       const QStringList& flags);

/// The network's outputs, one after the other, each tensor in memory of its own.
QByteArray unplanned(const Network& network, const Arrays& inputs);

/// The real model planned for a built-in board.
PlanPtr lenetPlan(const std::string& boardId, const Constraints& constraints = {});

} // namespace tidemark::bundletools

// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/result.h"

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace CLI {
class App;
}

namespace tidemark::cli {

/// Exit codes; scripts depend on them (docs/architecture.md, 12).
enum ExitCode : int { kOk = 0, kDoesNotFit = 1, kUsage = 2, kBadInput = 3 };

ExitCode exitCodeOf(const Diagnostic& error);

/// The global options and the voice of the program: results go to stdout, all else to stderr.
struct Context {
    bool json = false;
    bool quiet = false;
    bool verbose = false;
    std::string color = "auto";
    std::uint64_t seed = 1;
    int exitCode = kOk;

    /// Prints "error: ..." and keeps the exit code that goes with it.
    void fail(const Diagnostic& error);
    /// Prints "note: ..." unless --quiet.
    void note(const std::string& text) const;
    void printJson(const nlohmann::ordered_json& json) const;
    /// `text` bold, when stdout is a terminal or --color always.
    std::string bold(const std::string& text) const;
};

/// Adds `--json`, `--quiet`, ... to a command, so that they work before and after its name.
void addGlobalOptions(CLI::App& command, Context& context);

} // namespace tidemark::cli

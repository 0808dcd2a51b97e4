// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/context.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tidemark::cli {

namespace {

bool colored(const std::string& choice, int fd)
{
    return choice == "always" || (choice == "auto" && isatty(fd) != 0);
}

} // namespace

ExitCode exitCodeOf(const Diagnostic& error)
{
    switch (error.kind) {
    case ErrorKind::Usage:
        return kUsage;
    case ErrorKind::BadInput:
        return kBadInput;
    case ErrorKind::DoesNotFit:
    case ErrorKind::Environment:
        return kDoesNotFit;
    }
    return kDoesNotFit;
}

void Context::fail(const Diagnostic& error)
{
    const bool color_ = colored(color, STDERR_FILENO);
    std::cerr << (color_ ? "\033[1;31merror:\033[0m " : "error: ") << error.text() << '\n';
    exitCode = exitCodeOf(error);
}

void Context::note(const std::string& text) const
{
    if (!quiet) {
        std::cerr << "note: " << text << '\n';
    }
}

void Context::printJson(const nlohmann::ordered_json& value) const
{
    // Names come from files: bytes that are no UTF-8 are replaced, never thrown at the user.
    std::cout << value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace)
              << '\n';
}

std::string Context::bold(const std::string& text) const
{
    return colored(color, STDOUT_FILENO) ? "\033[1m" + text + "\033[0m" : text;
}

void addGlobalOptions(CLI::App& command, Context& context)
{
    command.add_flag("--json", context.json, "Print the result as JSON");
    command.add_flag("-q,--quiet", context.quiet, "No notes, no progress");
    command.add_flag("-v,--verbose", context.verbose, "More detail");
    command.add_option("--color", context.color, "Colour in the terminal")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    command.add_option("--seed", context.seed, "Seed of everything that is generated");
}

} // namespace tidemark::cli

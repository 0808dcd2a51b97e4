// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/flash_backend.h"

#include <algorithm>
#include <array>
#include <optional>

namespace tidemark::bridge {

namespace {

using namespace std::chrono_literals;

struct Form {
    std::string_view placeholder, extension;
    const char* objcopyFormat; ///< nullptr: the ELF itself
};
constexpr std::array<Form, 3> kForms{
    {{"{elf}", ".elf", nullptr}, {"{bin}", ".bin", "binary"}, {"{hex}", ".hex", "ihex"}}};

std::filesystem::path formPath(const std::filesystem::path& elf, const Form& form)
{
    return std::filesystem::path(elf).replace_extension(form.extension);
}

/// Replaces every placeholder; nothing when a {word} remains that is none.
std::optional<std::string> filled(const std::string& argument, const std::filesystem::path& elf)
{
    std::string result;
    for (std::size_t at = 0; at < argument.size();) {
        const auto form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& f) {
            return argument.compare(at, f.placeholder.size(), f.placeholder) == 0;
        });
        if (form != kForms.end()) {
            result += formPath(elf, *form).string();
            at += form->placeholder.size();
        } else if (argument[at] == '{' && argument.find('}', at) != std::string::npos) {
            return std::nullopt;
        } else {
            result += argument[at++];
        }
    }
    return result;
}

std::string objcopyOf(const std::string& compiler)
{
    return compiler.ends_with("gcc") ? compiler.substr(0, compiler.size() - 3) + "objcopy"
                                     : "objcopy";
}

} // namespace

FlashBackend::FlashBackend(const Board& board, const std::string& compiler)
    : m_board(board.id), m_twin(board.virtualTwin), m_objcopy(objcopyOf(compiler))
{
    if (board.transport) {
        m_command = board.transport->flashCommand;
    }
}

bool FlashBackend::uses(const std::string& placeholder) const
{
    return std::any_of(m_command.begin(), m_command.end(), [&](const std::string& argument) {
        return argument.find(placeholder) != std::string::npos;
    });
}

Result<std::vector<std::string>> FlashBackend::command(const std::filesystem::path& elf) const
{
    if (m_command.empty()) {
        return Diagnostic{ErrorKind::Usage, "nothing is known about how to flash this board",
                          m_board,
                          m_twin.empty() ? "add `flash_command` to its board file"
                                         : "use `--board " + m_twin +
                                               "`, the virtual board with the same core, or add "
                                               "`flash_command` to its board file"};
    }
    std::vector<std::string> argv;
    for (const std::string& argument : m_command) {
        const auto text = filled(argument, elf);
        if (!text) {
            return Diagnostic{ErrorKind::BadInput,
                              "the flash command has an unknown placeholder, `" +
                                  printable(argument, 60) + "`",
                              m_board, "only {elf}, {bin} and {hex} are filled in"};
        }
        argv.push_back(*text);
    }
    return argv;
}

Status FlashBackend::flash(const std::filesystem::path& elf, const LineSink& log,
                           const std::stop_token& stop, std::chrono::milliseconds limit) const
{
    const auto argv = command(elf);
    if (!argv) {
        return argv.error();
    }
    if (Status made = makeForms(elf, log, stop); !made) {
        return made;
    }
    return run(*argv, log, stop, limit);
}

Status FlashBackend::makeForms(const std::filesystem::path& elf, const LineSink& log,
                               const std::stop_token& stop) const
{
    for (const Form& form : kForms) {
        if (form.objcopyFormat && uses(std::string(form.placeholder))) {
            Status made = run(
                {m_objcopy, "-O", form.objcopyFormat, elf.string(), formPath(elf, form).string()},
                log, stop, 30s);
            if (!made) {
                return made;
            }
        }
    }
    return Done{};
}

Status FlashBackend::run(const std::vector<std::string>& argv, const LineSink& log,
                         const std::stop_token& stop, std::chrono::milliseconds limit) const
{
    const auto program = findProgram(argv.front());
    if (!program) {
        return programMissing(argv.front(), "it flashes " + m_board);
    }
    ProgramCall call{QString::fromStdString(*program), {}, {}, SIGKILL};
    for (std::size_t i = 1; i < argv.size(); ++i) {
        call.arguments.append(QString::fromStdString(argv[i]));
    }
    std::string lastLine;
    const auto end = runProgram(call, limit, stop, [&](const std::string& line) {
        lastLine = line.empty() ? lastLine : line;
        log(line);
    });
    if (!end) {
        return end.error();
    }
    if (!end->ok()) {
        return Diagnostic{ErrorKind::Environment,
                          "flashing failed, `" + printable(argv.front(), 60) + "` " + end->text() +
                              (lastLine.empty() ? "" : ": " + printable(lastLine, 200)),
                          m_board,
                          "check that the board and its debug probe are plugged in and "
                          "that no debugger holds them"};
    }
    return Done{};
}

} // namespace tidemark::bridge

// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/commands.h"
#include "app/cli/context.h"
#include "app/cli/table.h"
#include "app/common/resources.h"
#include "core/board/board_file.h"
#include "core/model/format.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace tidemark::cli {

namespace {

struct Options {
    std::string id;
    std::string checkFile;
};

/// What a program can do in a bank, where that is not everything.
std::string accessOf(const Bank& bank)
{
    if (bank.cpu == Reach::None) {
        return "out of the core's reach";
    }
    if (bank.readOnlyAtRunTime) {
        return "read-only at run time";
    }
    return bank.cpu == Reach::Read   ? "only read by the core"
           : bank.dma == Reach::None ? "out of DMA's reach"
           : bank.dma == Reach::Read ? "only read by DMA"
                                     : "";
}

std::string hex(std::uint64_t value)
{
    std::ostringstream out;
    out << "0x" << std::hex << value;
    return out.str();
}

void printBoard(const Board& board, const Context& context)
{
    std::cout << context.bold(board.name) << " [" << board.id << "]\n"
              << board.description << "\n\n  core " << board.core.name << " (" << board.core.isa
              << (board.core.fpu ? ", FPU" : "") << (board.core.dsp ? ", DSP" : "")
              << (board.core.mve ? ", Helium" : "") << ")\n";
    if (!board.virtualTwin.empty()) {
        std::cout << "  virtual board with the same core: " << board.virtualTwin << '\n';
    }
    std::cout << "  stack reserve " << formatBytes(board.stackReserve) << " in "
              << board[board.defaultRam].id << "\n\n";
    Table table({Align::Left, Align::Left, Align::Right, Align::Left, Align::Left});
    table.add({"bank", "base", "bytes", "", ""});
    for (std::size_t b = 0; b < board.banks.size(); ++b) {
        const Bank& bank = board.banks[b];
        std::string role;
        for (const auto& [id, what] :
             {std::pair(board.codeBank, "code"), std::pair(board.defaultConstants, "constants"),
              std::pair(board.defaultRam, "activations")}) {
            role += id == BankId(b) ? (role.empty() ? "" : ", ") + std::string(what) : "";
        }
        table.add(
            {bank.id, hex(bank.base), formatCount(bank.capacity.count()), accessOf(bank),
             role + (bank.verified ? "" : (role.empty() ? "" : "; ") + std::string("unverified"))});
    }
    table.print(std::cout);
    if (!board.sources.empty()) {
        std::cout << "\n  sources\n";
        for (const std::string& source : board.sources) {
            std::cout << "  · " << source << '\n';
        }
    }
}

void list(Context& context)
{
    const auto boards = readBoards(resourceDir() / "boards");
    if (!boards) {
        context.fail(boards.error());
        return;
    }
    if (context.json) {
        auto all = nlohmann::ordered_json::array();
        for (const Board& board : *boards) {
            all.push_back(nlohmann::ordered_json(boardToJson(board)));
        }
        context.printJson({{"boards", all}});
        return;
    }
    Table table({Align::Left, Align::Left, Align::Left, Align::Right});
    table.add({"id", "name", "core", "writable"});
    for (const Board& board : *boards) {
        Bytes writable;
        for (const Bank& bank : board.banks) {
            writable += bank.readOnlyAtRunTime ? Bytes(0) : bank.capacity;
        }
        table.add({board.id, board.name, board.core.name, formatBytes(writable)});
    }
    table.print(std::cout);
}

void run(const Options& options, Context& context)
{
    if (options.id.empty() && options.checkFile.empty()) {
        list(context);
        return;
    }
    const Result<Board> board = options.checkFile.empty()
                                    ? findBoard(options.id, resourceDir() / "boards")
                                    : readBoardFile(options.checkFile);
    if (!board) {
        context.fail(board.error());
        return;
    }
    if (context.json) {
        context.printJson(nlohmann::ordered_json(boardToJson(*board)));
    } else {
        printBoard(*board, context);
    }
}

} // namespace

void addBoardsCommand(CLI::App& app, Context& context)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("boards", "List the boards, show one, check a file");
    addGlobalOptions(*command, context);
    auto* id = command->add_option("ID", options->id, "Board id or board file");
    command->add_option("--check", options->checkFile, "Validate a board file")->excludes(id);
    command->callback([options, &context] { run(*options, context); });
}

} // namespace tidemark::cli

// SPDX-License-Identifier: Apache-2.0
// What a bundle takes over from kernels/ and firmware_bridge/device/ as it stands.
#include "core/bundle/bundle_content.h"
#include "core/bundle/embedded_sources.h"

#include <cassert>

namespace tidemark {

namespace {

std::string embedded(const std::string& path)
{
    for (const EmbeddedSource& source : embeddedSources()) {
        if (source.path == path) {
            return std::string(source.text);
        }
    }
    assert(!"a source that core/bundle/CMakeLists.txt does not list");
    return {};
}

/// A header of kernels/ and all that it includes.
void addKernelFile(const std::string& name, FileSet& files)
{
    const std::string path = "kernels/" + name;
    if (files.contains(path)) {
        return;
    }
    const bool isContract = name.starts_with("tm_kernels");
    const std::string text = embedded(isContract ? path : "kernels/generic/" + name);
    files[path] = text;
    constexpr std::string_view kInclude = "#include \"";
    for (std::size_t at = text.find(kInclude); at != std::string::npos;
         at = text.find(kInclude, at)) {
        at += kInclude.size();
        addKernelFile(text.substr(at, text.find('"', at) - at), files);
    }
}

} // namespace

void addKernelFiles(const std::vector<KernelCall>& calls, FileSet& files)
{
    addKernelFile("tm_kernels.h", files);
    for (const KernelCall& call : calls) {
        addKernelFile(std::string(call.kernel) + ".h", files);
    }
}

Status addDeviceFiles(const Board& board, FileSet& files)
{
    if (!board.toolchain || board.toolchain->uart.empty()) {
        return Diagnostic{ErrorKind::Usage,
                          board.toolchain ? "there is no driver for the serial port of this board"
                                          : "the board's description names no toolchain",
                          "board " + board.id,
                          board.virtualTwin.empty()
                              ? "export with --library"
                              : "export with --library, or for its virtual twin " +
                                    board.virtualTwin};
    }
    const Toolchain& tools = *board.toolchain;
    const std::string core = tools.startup == "riscv" ? "riscv" : "cortex_m";
    std::vector<std::string> names{"tm_startup_" + core + ".c", "tm_timer_" + core + ".c",
                                   "tm_uart_" + tools.uart + ".c", "tm_timer.h", "tm_inspect.c"};
    for (const char* pair : {"command", "format", "memory", "serve", "server", "startup", "uart"}) {
        const std::string name = std::string("tm_") + pair;
        names.push_back(name + ".c");
        names.push_back(name + ".h");
    }
    for (const std::string& name : names) {
        files["device/" + name] = embedded("firmware_bridge/device/" + name);
    }
    return Done{};
}

} // namespace tidemark

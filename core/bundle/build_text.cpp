// SPDX-License-Identifier: Apache-2.0
// Makefile, CMakeLists.txt, toolchain.cmake and README.md.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/model/format.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr const char* kHead = "# SPDX-License-Identifier: Apache-2.0\n";
constexpr const char* kWarnings = "-Wall -Wextra -Werror";
/// Contraction would give other bits on cores with fused multiply-add.
constexpr const char* kModelFlags = "-std=c99 -ffp-contract=off";
constexpr const char* kFirmwareFlags =
    "-ffreestanding -fno-common -ffunction-sections -fdata-sections";
constexpr const char* kLinkFlags =
    "-nostartfiles -nostdlib -T link.ld -Wl,--gc-sections,--fatal-warnings";

std::string joined(const std::vector<std::string>& words, const std::string& between)
{
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : between) + word;
    }
    return text;
}

std::vector<std::string> sources(const FileSet& files)
{
    std::vector<std::string> paths;
    for (const auto& [path, content] : files) {
        if (path.ends_with(".c")) {
            paths.push_back(path);
        }
    }
    return paths;
}

std::string libraryMakefile(const FileSet& files)
{
    return std::string(kHead) +
           "# make [CC=...] [CFLAGS=...]: build/libmodel.a\n"
           "OPT ?= -O2\n"
           "override CFLAGS += " +
           kModelFlags + " $(OPT) " + kWarnings +
           "\n"
           "OBJECTS = $(patsubst %.c,build/%.o," +
           joined(sources(files), " ") +
           ")\n\n"
           "build/libmodel.a: $(OBJECTS)\n"
           "\t$(AR) rcs $@ $^\n\n"
           "build/%.o: %.c Makefile\n"
           "\t@mkdir -p $(@D)\n"
           "\t$(CC) $(CFLAGS) -I. -MMD -c $< -o $@\n\n"
           "-include $(OBJECTS:.o=.d)\n\n"
           ".PHONY: clean\nclean:\n\trm -rf build\n";
}

std::string firmwareMakefile(const Toolchain& tools, const FileSet& files)
{
    return std::string(kHead) +
           "# make: build/firmware.elf; make hex, make bin: other forms of it for flashing tools.\n"
           "CROSS ?= " +
           tools.prefix +
           "\n"
           "CC = $(CROSS)gcc\n"
           "OBJCOPY = $(CROSS)objcopy\n"
           "OPT ?= -O2\n"
           "CPU = " +
           joined(tools.cpuFlags, " ") + "\n" + "CFLAGS = " + kModelFlags + " " + kFirmwareFlags +
           " $(OPT) -g " + kWarnings + "\n" + "LDFLAGS = " + kLinkFlags +
           ",-Map=build/firmware.map\n"
           "OBJECTS = $(patsubst %.c,build/%.o," +
           joined(sources(files), " ") +
           ")\n\n"
           "ifneq ($(MAKECMDGOALS),clean)\n"
           "MULTILIB := $(shell $(CC) $(CPU) -print-multi-directory)\n"
           "ifeq ($(MULTILIB),)\n"
           "$(error $(CC) does not run: install the cross compiler, or give CROSS=prefix-)\n"
           "endif\n"
           "ifeq ($(MULTILIB),.)\n"
           "$(error $(CC) has no runtime library for $(CPU): its program would run away)\n"
           "endif\n"
           "endif\n\n"
           "build/firmware.elf: $(OBJECTS) link.ld\n"
           "\t$(CC) $(CPU) $(LDFLAGS) $(OBJECTS) -lgcc -o $@\n\n"
           "build/%.o: %.c Makefile\n"
           "\t@mkdir -p $(@D)\n"
           "\t$(CC) $(CPU) $(CFLAGS) -I. -Idevice -MMD -c $< -o $@\n\n"
           "hex bin: %: build/firmware.%\n"
           "build/firmware.hex: build/firmware.elf\n\t$(OBJCOPY) -O ihex $< $@\n"
           "build/firmware.bin: build/firmware.elf\n\t$(OBJCOPY) -O binary $< $@\n\n"
           "-include $(OBJECTS:.o=.d)\n\n"
           ".PHONY: hex bin clean\nclean:\n\trm -rf build\n";
}

std::string libraryCmake(const FileSet& files)
{
    return std::string(kHead) +
           "cmake_minimum_required(VERSION 3.16)\nproject(model C)\n\n"
           "add_library(model STATIC\n    " +
           joined(sources(files), "\n    ") +
           "\n)\n"
           "set_target_properties(model PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)\n"
           "target_include_directories(model PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})\n"
           "target_compile_options(model PRIVATE -O2 -ffp-contract=off " +
           kWarnings + ")\n";
}

std::string firmwareCmake(const FileSet& files)
{
    return std::string(kHead) +
           "# cmake -B build && cmake --build build: build/firmware.elf\n"
           "cmake_minimum_required(VERSION 3.16)\n"
           "if(NOT CMAKE_TOOLCHAIN_FILE)\n"
           "    set(CMAKE_TOOLCHAIN_FILE ${CMAKE_CURRENT_SOURCE_DIR}/toolchain.cmake)\n"
           "endif()\n"
           "project(firmware C)\n\n"
           "add_executable(firmware\n    " +
           joined(sources(files), "\n    ") +
           "\n)\n"
           "set_target_properties(firmware PROPERTIES SUFFIX .elf\n"
           "    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}\n"
           "    LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/link.ld)\n"
           "target_include_directories(firmware PRIVATE . device)\n"
           "target_compile_options(firmware PRIVATE\n    " +
           kModelFlags + "\n    " + kFirmwareFlags + "\n    -O2 -g " + kWarnings +
           ")\n"
           "target_link_options(firmware PRIVATE -nostartfiles -nostdlib\n"
           "    -T ${CMAKE_CURRENT_SOURCE_DIR}/link.ld\n"
           "    -Wl,--gc-sections,--fatal-warnings,-Map=${CMAKE_BINARY_DIR}/firmware.map)\n"
           "target_link_libraries(firmware PRIVATE gcc)\n";
}

std::string toolchainFile(const Toolchain& tools)
{
    const std::string flags = joined(tools.cpuFlags, " ");
    return std::string(kHead) +
           "set(CMAKE_SYSTEM_NAME Generic)\n"
           "set(CMAKE_C_COMPILER " +
           tools.prefix +
           "gcc)\n"
           "set(CMAKE_C_FLAGS_INIT \"" +
           flags +
           "\")\n"
           "set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)\n\n"
           "execute_process(COMMAND ${CMAKE_C_COMPILER} " +
           flags +
           " -print-multi-directory\n"
           "    OUTPUT_VARIABLE multilib OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)\n"
           "if(failed)\n"
           "    message(FATAL_ERROR \"${CMAKE_C_COMPILER} does not run: install the cross "
           "compiler\")\n"
           "elseif(multilib STREQUAL \".\")\n"
           "    message(FATAL_ERROR \"${CMAKE_C_COMPILER} has no runtime library for " +
           flags +
           "\")\n"
           "endif()\n";
}

/// Bank, section and bytes, as a Markdown table.
std::string memoryTable(const BundleContent& content)
{
    std::string text = "| bank | section | bytes |\n|---|---|---|\n";
    for (const PlannedSection& section : content.layout.sections()) {
        text += "| " + section.bankName + " | `" + section.name() + "` | " +
                formatCount(section.bytes().count()) + " |\n";
    }
    return text;
}

} // namespace

void addBuildFiles(const BundleContent& content, bool library, FileSet& files)
{
    if (library) {
        const std::string makefile = libraryMakefile(files);
        const std::string cmake = libraryCmake(files);
        files["Makefile"] = makefile;
        files["CMakeLists.txt"] = cmake;
        return;
    }
    const Toolchain& tools = *content.board().toolchain;
    files["Makefile"] = firmwareMakefile(tools, files);
    files["CMakeLists.txt"] = firmwareCmake(files);
    files["toolchain.cmake"] = toolchainFile(tools);
}

std::string readme(const BundleContent& content, bool library)
{
    const Board& board = content.board();
    std::string text = "# " + commentText(content.network().modelName) + " for " +
                       commentText(board.name) + "\n\nWritten by Tidemark: C99, no allocation, " +
                       "no C library.\n\n";
    if (library) {
        text +=
            "`make` builds `build/libmodel.a` with any C compiler; or add `*.c` to your own\n"
            "project, this folder as an include path, and compile with `-ffp-contract=off` for\n"
            "the same bits on every machine. `tm_selftest()` checks the result.\n\n"
            "Your linker script decides where the sections below go. Constants that lie in RAM\n"
            "must be there before the first run; the arenas need no initial value.\n\n";
    } else {
        text +=
            "`make` or `cmake -B build && cmake --build build` builds `build/firmware.elf` with\n"
            "`" +
            board.toolchain->prefix +
            "gcc` alone. It serves the MLPerf Tiny commands on the board's serial\n"
            "port; `help%` lists them.\n\n";
    }
    text += "## Use\n\n```c\n#include \"model.h\"\n\n"
            "float* input = tm_model_input();   /* TM_INPUT_ELEMENTS floats, NHWC: " +
            std::to_string(content.input().rows) + " x " + std::to_string(content.input().width) +
            " x " + std::to_string(content.input().channels) +
            " */\n"
            "tm_model_run();                    /* overwrites the input */\n"
            "float* output = tm_model_output(); /* TM_OUTPUT_ELEMENTS floats */\n```\n\n"
            "## Memory\n\n" +
            memoryTable(content);
    return text + "\nThe sizes are exact: the linker refuses any other. `manifest.json` has the "
                  "whole plan\n"
                  "and the SHA-256 of every file.\n";
}

} // namespace tidemark

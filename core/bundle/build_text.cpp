// SPDX-License-Identifier: Apache-2.0
// Makefile, CMakeLists.txt, toolchain.cmake and README.md.
#include "core/bundle/bundle_content.h"
#include "core/bundle/c_text.h"
#include "core/bundle/element_text.h"
#include "core/model/format.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr const char* kWarnings = "-Wall -Wextra -Werror";
/// Contraction would give other bits on cores with fused multiply-add.
constexpr const char* kModelFlags = "-std=c99 -ffp-contract=off";
constexpr const char* kFirmwareFlags =
    "-ffreestanding -fno-common -ffunction-sections -fdata-sections";
std::string joined(const std::vector<std::string>& words, std::string_view between)
{
    std::string text;
    for (const std::string& word : words) {
        text += text.empty() ? "" : between;
        text += word;
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
    return filled(R"(# SPDX-License-Identifier: Apache-2.0
# make [CC=...] [CFLAGS=...]: build/libmodel.a
OPT ?= -O2
override CFLAGS += @modelFlags@ $(OPT) @warnings@
OBJECTS = $(patsubst %.c,build/%.o,@sources@)

build/libmodel.a: $(OBJECTS)
	$(AR) rcs $@ $^

build/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I. -MMD -c $< -o $@

-include $(OBJECTS:.o=.d)

.PHONY: clean
clean:
	rm -rf build
)",
                  {{"modelFlags", kModelFlags},
                   {"warnings", kWarnings},
                   {"sources", joined(sources(files), " ")}});
}

std::string firmwareMakefile(const Toolchain& tools, const FileSet& files)
{
    return filled(R"(# SPDX-License-Identifier: Apache-2.0
# make: build/firmware.elf; make hex, make bin: other forms of it for flashing tools.
CROSS ?= @prefix@
CC = $(CROSS)gcc
OBJCOPY = $(CROSS)objcopy
OPT ?= -O2
CPU = @cpu@
CFLAGS = @modelFlags@ @firmwareFlags@ $(OPT) -g @warnings@
LDFLAGS = -nostartfiles -nostdlib -T link.ld \
    -Wl,--gc-sections,--fatal-warnings,-Map=build/firmware.map
OBJECTS = $(patsubst %.c,build/%.o,@sources@)

ifneq ($(MAKECMDGOALS),clean)
MULTILIB := $(shell $(CC) $(CPU) -print-multi-directory)
ifeq ($(MULTILIB),)
$(error $(CC) does not run: install the cross compiler, or give CROSS=prefix-)
endif
ifeq ($(MULTILIB),.)
$(error $(CC) has no runtime library for $(CPU): its program would run away)
endif
endif

build/firmware.elf: $(OBJECTS) link.ld
	$(CC) $(CPU) $(LDFLAGS) $(OBJECTS) -lgcc -o $@

build/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPU) $(CFLAGS) -I. -Idevice -MMD -c $< -o $@

hex bin: %: build/firmware.%
build/firmware.hex: build/firmware.elf
	$(OBJCOPY) -O ihex $< $@
build/firmware.bin: build/firmware.elf
	$(OBJCOPY) -O binary $< $@

-include $(OBJECTS:.o=.d)

.PHONY: hex bin clean
clean:
	rm -rf build
)",
                  {{"prefix", tools.prefix},
                   {"cpu", joined(tools.cpuFlags, " ")},
                   {"modelFlags", kModelFlags},
                   {"firmwareFlags", kFirmwareFlags},
                   {"warnings", kWarnings},
                   {"sources", joined(sources(files), " ")}});
}

std::string libraryCmake(const FileSet& files)
{
    return filled(R"(# SPDX-License-Identifier: Apache-2.0
cmake_minimum_required(VERSION 3.16)
project(model C)

add_library(model STATIC
    @sources@
)
target_include_directories(model PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_compile_options(model PRIVATE @modelFlags@ -O2 @warnings@)
)",
                  {{"sources", joined(sources(files), "\n    ")},
                   {"modelFlags", kModelFlags},
                   {"warnings", kWarnings}});
}

std::string firmwareCmake(const FileSet& files)
{
    return filled(R"(# SPDX-License-Identifier: Apache-2.0
# cmake -B build && cmake --build build: build/firmware.elf
cmake_minimum_required(VERSION 3.16)
if(NOT CMAKE_TOOLCHAIN_FILE)
    set(CMAKE_TOOLCHAIN_FILE ${CMAKE_CURRENT_SOURCE_DIR}/toolchain.cmake)
endif()
project(firmware C)

add_executable(firmware
    @sources@
)
set_target_properties(firmware PROPERTIES SUFFIX .elf
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}
    LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/link.ld)
target_include_directories(firmware PRIVATE . device)
target_compile_options(firmware PRIVATE
    @modelFlags@ @firmwareFlags@
    -O2 -g @warnings@)
target_link_options(firmware PRIVATE -nostartfiles -nostdlib
    -T ${CMAKE_CURRENT_SOURCE_DIR}/link.ld
    -Wl,--gc-sections,--fatal-warnings,-Map=${CMAKE_BINARY_DIR}/firmware.map)
target_link_libraries(firmware PRIVATE gcc)
)",
                  {{"sources", joined(sources(files), "\n    ")},
                   {"modelFlags", kModelFlags},
                   {"firmwareFlags", kFirmwareFlags},
                   {"warnings", kWarnings}});
}

std::string toolchainFile(const Toolchain& tools)
{
    return filled(R"(# SPDX-License-Identifier: Apache-2.0
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_C_COMPILER @prefix@gcc)
set(CMAKE_C_FLAGS_INIT "@cpu@")
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

execute_process(COMMAND ${CMAKE_C_COMPILER} @cpu@ -print-multi-directory
    OUTPUT_VARIABLE multilib OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "${CMAKE_C_COMPILER} does not run: install the cross compiler")
elseif(multilib STREQUAL ".")
    message(FATAL_ERROR "${CMAKE_C_COMPILER} has no runtime library for @cpu@")
endif()
)",
                  {{"prefix", tools.prefix}, {"cpu", joined(tools.cpuFlags, " ")}});
}

/// Bank, section and bytes, as a Markdown table.
std::string memoryTable(const BundleContent& content)
{
    std::string text = "| bank | section | bytes |\n|---|---|---|\n";
    for (const PlannedSection& section : content.layout.sections()) {
        text += filled("| @bank@ | `@section@` | @bytes@ |\n",
                       {{"bank", section.bankName},
                        {"section", section.name()},
                        {"bytes", formatCount(section.bytes().count())}});
    }
    return text;
}

constexpr const char* kLibraryUse =
    R"(`make` builds `build/libmodel.a` with any C compiler; or add `*.c` to your own project, this
folder as an include path, and compile with `-ffp-contract=off` for the same bits on every machine.
`tm_selftest()` checks the result.

Your linker script decides where the sections below go. Constants that lie in RAM must be there
before the first run; the arenas need no initial value.
)";
constexpr const char* kFirmwareUse =
    R"(`make` or `cmake -B build && cmake --build build` builds `build/firmware.elf` with `@prefix@gcc`
alone. It serves the MLPerf Tiny commands on the board's serial port; `help%` lists them.

The sizes below are exact: the linker script refuses any other.
)";

constexpr std::string_view kWholeUse =
    R"(@in@* input = tm_model_input();   /* TM_INPUT_ELEMENTS of them, NHWC: @shape@ */
tm_model_run();                    /* overwrites the input */
)";
constexpr std::string_view kStreamedUse =
    R"(tm_model_begin();
do {
    camera_row(row);               /* TM_INPUT_ROW_BYTES: your own function */
} while (tm_model_push_row(row) > 0);
)";
constexpr std::string_view kRowsUse = R"(
The input, NHWC @shape@, comes row by row from top to bottom; no memory holds it whole.
`tm_model_push_row()` gives how many rows are still wanted. A camera that can write anywhere puts the
next row at `tm_model_input()`; push that address then, and nothing is copied.
)";

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
    const Value& input = content.network()[content.network().inputs.front()];
    const Value& output = content.network()[content.network().outputs.front()];
    const std::string shape = std::to_string(input.rows) + " x " + std::to_string(input.width) +
                              " x " + std::to_string(input.channels);
    return filled(R"(# @model@ for @board@

Written by Tidemark: C99, no allocation, no C library.

@use@
## Use

```c
#include "model.h"

@run@@out@* output = tm_model_output(); /* TM_OUTPUT_ELEMENTS of them */
```
@more@
## Memory

@memory@
`manifest.json` has the whole plan and the SHA-256 of every file.
)",
                  {{"model", commentText(content.network().modelName)},
                   {"board", commentText(board.name)},
                   {"use", library ? kLibraryUse
                                   : filled(kFirmwareUse, {{"prefix", board.toolchain->prefix}})},
                   {"run", content.driver.streams()
                               ? std::string(kStreamedUse)
                               : filled(kWholeUse, {{"in", std::string(cType(input.type))},
                                                    {"shape", shape}})},
                   {"more", content.driver.streams() ? filled(kRowsUse, {{"shape", shape}}) : ""},
                   {"out", std::string(cType(output.type))},
                   {"memory", memoryTable(content)}});
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/place/plan.h"

#include <filesystem>
#include <string>
#include <vector>

namespace tidemark {

struct BundleOptions {
    bool library = false; ///< no start-up, no main: for users with their own project
    bool zip = false;     ///< also DIR.zip beside the folder
    /// Rows of rings by a table of their offsets instead of by a remainder: some flash, two bytes
    /// a row, for some instructions a row.
    bool rowTables = false;
};

struct BundleSummary {
    std::filesystem::path directory;
    std::string
        hash; ///< 64 hex digits: SHA-256 over every file but manifest.json and the hash itself
    std::vector<std::string> files; ///< relative paths, sorted
};

/// Writes the firmware bundle of a plan into `directory` (made if missing; a folder that holds
/// anything but an earlier bundle is refused). Byte-identical for the same plan.
/// Layout: model.c model.h weights.c main.c ... kernels/ Makefile CMakeLists.txt link.ld
/// selftest.h manifest.json README.md; `make` gives build/firmware.elf.
/// Errors: a plan that does not fit (DoesNotFit), a plan-only stage by name, weights that are not
/// there, a board without a toolchain description (library mode still works).
///
/// manifest.json: `format` "tidemark-bundle", `version` 1, `hash`, `model`, `board`, `technique`,
/// `plan` (planToJson without `timing`), `stages[]` (`name`, `symbol` "tm_stage_0", `calls` of it
/// in a run, `macs`), `sections[]` (`name` ".tm_arena.TCM", `bank`, `planned_bytes`), `input` and
/// `output`
/// (`name`, `type`, `bytes`, `rows`, `width`, `channels`), `keeps_input`,
/// `streams_input`, `driver` (`form` "loops" or "table", `table_bytes` in `.tm_tables.*`,
/// `row_table_bytes` of these for addresses of rows), `elf` "build/firmware.elf", `compiler`
/// "arm-none-eabi-gcc", `files[]` (`path`, `sha256`).
Result<BundleSummary> writeBundle(const Plan& plan, const std::filesystem::path& directory,
                                  const BundleOptions& options = {});

} // namespace tidemark

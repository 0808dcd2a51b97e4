// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/data_type.h"
#include "core/model/result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tidemark::bridge {

struct BundleStage {
    std::string name;       ///< as the model has it, printable
    std::string symbol;     ///< "tm_stage_0"
    std::int64_t calls = 1; ///< of that function in one run
};

/// A section the plan predicts: ".tm_arena.TCM".
struct BundleSection {
    std::string name;
    std::string bank;
    Bytes planned;
};

/// A buffer of the plan, as manifest.json's `plan.buffers` has it.
struct BundleBuffer {
    std::string name;
    std::string kind; ///< "activation", "weight", ... (toString(BufferKind))
    std::string bank;
    Bytes offset; ///< from the bank's base
    Bytes bytes;
};

struct BundleTensor {
    std::string name;
    DataType type = DataType::Float32;
    Bytes bytes;
};

/// A firmware bundle folder (core/bundle/bundle.h) as its manifest.json describes it. Untrusted:
/// a folder may come from anywhere, so sizes, names and paths are checked before they are used.
struct Bundle {
    std::filesystem::path directory;
    std::string hash; ///< 64 hex digits; what the firmware answers to `x-hash`
    std::string model;
    std::string board;
    std::filesystem::path elf; ///< where `make` puts the firmware, inside the folder
    std::string compiler;      ///< "arm-none-eabi-gcc"
    bool keepsInput = true;
    BundleTensor input, output; ///< all of them as one; of several types: bytes
    std::vector<BundleStage> stages;
    std::vector<BundleSection> sections;
    std::vector<BundleBuffer> buffers;
    std::vector<BundleTensor> outputs; ///< one after the other in `output`

    /// Reads manifest.json and compares every file with its SHA-256. Errors (BadInput): no
    /// manifest, another format, a key missing or out of range, a file missing or changed.
    static Result<Bundle> open(const std::filesystem::path& directory);
};

} // namespace tidemark::bridge

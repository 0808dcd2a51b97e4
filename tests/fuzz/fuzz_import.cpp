// SPDX-License-Identifier: Apache-2.0
// Any bytes as a model file: an error in words, or a network whose buffers can be listed.
#include "core/import/import.h"
#include "core/lower/lower.h"
#include "core/schedule/lifetimes.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

namespace {

/// The importer reads files, so the bytes become one; in memory where the system has it.
std::filesystem::path scratchFile()
{
    namespace fs = std::filesystem;
    const fs::path memory = "/dev/shm";
    const fs::path folder = fs::is_directory(memory) ? memory : fs::temp_directory_path();
    return folder / ("tidemark-fuzz-" + std::to_string(getpid()) + ".onnx");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    using namespace tidemark;
    static const std::filesystem::path path = scratchFile();
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    if (file == nullptr) {
        return 0;
    }
    std::fwrite(data, 1, size, file);
    std::fclose(file);
    const Result<Model> model = importModel(path);
    if (!model) {
        if (model.error().what.empty()) {
            std::abort(); // an error without a reason
        }
        return 0;
    }
    const Result<Network> network = lower(*model);
    std::int64_t rows = 0;
    if (network) {
        for (const Value& value : network->values) {
            rows += value.rows;
        }
    }
    if (network && rows < 100'000) {
        const Network fused = withViews(fuseEpilogues(*network));
        (void)fullBuffers(fused, stageByStage(fused));
    }
    return 0;
}

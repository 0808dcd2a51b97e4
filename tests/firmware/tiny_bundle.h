// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"

#include <QTemporaryDir>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// A bundle of tests/firmware/tiny in a folder of its own, with a manifest as `tidemark export`
/// writes it. Its stages' counts are known by heart (tiny/model.c).
class TinyBundle {
public:
    TinyBundle();

    std::filesystem::path directory() const;
    std::filesystem::path elf() const { return directory() / "build/firmware.elf"; }
    const std::string& hash() const { return m_hash; }
    nlohmann::json manifest; ///< change it, then writeManifest()
    void writeManifest() const;
    /// Replaces text in a file of the bundle and corrects its hash in the manifest.
    void edit(const std::string& file, const std::string& from, const std::string& to);

    /// The virtual board it is made for, banks ROM and TCM.
    static tidemark::Board board();
    /// What is missing to build and run it; empty when nothing is.
    static std::string missing();

    /// 1024 floats, and what the firmware makes of them in its own order of operations.
    static std::vector<std::byte> input(int seed);
    static std::vector<float> output(int seed);

private:
    QTemporaryDir m_folder;
    std::string m_hash = std::string(56, '0') + "0badcafe";
};

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/board/board.h"
#include "core/model/result.h"
#include "firmware_bridge/host/bundle.h"
#include "firmware_bridge/host/elf_file.h"

#include <QString>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace tidemark::bridge {

struct BankTraffic {
    std::uint64_t loads = 0;
    Bytes loaded;
    std::uint64_t stores = 0;
    Bytes stored;

    bool operator==(const BankTraffic&) const = default;
};

struct StageCounts {
    std::uint64_t instructions = 0;
    std::vector<BankTraffic> banks; ///< indexed by BankId; the last is every other address

    bool operator==(const StageCounts&) const = default;
};

using RunCounts = std::vector<StageCounts>; ///< of one run, by stage

/// The counter plugin of firmware_bridge/virtual_board beside this program (../lib); nothing when
/// it was not built or installed.
std::optional<std::string> findCounterPlugin();

/// The value of QEMU's `-plugin` that counts `bundle`'s stages into `output`. Error (BadInput): a
/// stage symbol or tm_run_end is not in the firmware.
Result<QString> counterArgument(const std::string& plugin, const std::filesystem::path& output,
                                const ElfFile& elf, const std::vector<BundleStage>& stages,
                                const Board& board);

/// Reads the lines that the plugin has added to its file since the last call.
class CounterFile {
public:
    CounterFile() = default;
    CounterFile(std::filesystem::path path, std::size_t stages, std::size_t banks);

    /// One entry per run completed since the last call. Error (Environment): the file is missing
    /// or is not what the plugin writes.
    Result<std::vector<RunCounts>> takeNew();

private:
    std::filesystem::path m_path;
    std::size_t m_stages = 0, m_banks = 0;
    std::int64_t m_offset = 0;
    std::uint64_t m_runs = 0;
};

} // namespace tidemark::bridge

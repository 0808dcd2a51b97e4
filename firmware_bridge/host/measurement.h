// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "firmware_bridge/host/bundle.h"
#include "firmware_bridge/host/counter.h"
#include "firmware_bridge/host/elf_file.h"
#include "firmware_bridge/host/painting.h"
#include "firmware_bridge/host/protocol.h"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::bridge {

/// What counted.
enum class Meter {
    CounterPlugin, ///< QEMU, exact: instructions, loads and stores
    IcountTimer,   ///< QEMU with virtual time by instructions, read with the target's timer
    TargetTimer,   ///< a real board's timer: ticks, no instructions
};
std::string_view toString(Meter meter); ///< "counter plugin", "icount timer", "target timer"

/// How the board's outputs compare with the reference.
struct OutputMatch {
    std::string reference; ///< which one: the caller's word
    double maxAbsError = 0;
    double maxRelError = 0; ///< of the reference's range over all runs
    bool classEqual = true; ///< the largest output has the same index in every run
    std::size_t classesEqual = 0, runs = 0;
};

struct StageMeasurement {
    std::string name;
    std::optional<std::uint64_t> instructions; ///< nothing on a real board
    std::vector<BankTraffic> banks;            ///< by BankId, then other addresses; may be empty
};

struct SectionMeasurement {
    std::string name, bank;
    Bytes planned, linked;
};

/// Everything one job found out. Byte-identical in two runs but for `timing`.
struct Measurement {
    std::string board, port, hash;
    Meter meter = Meter::CounterPlugin;
    std::string meterNote; ///< why it is not the counter plugin
    std::vector<std::string> bankIds;

    std::vector<std::vector<double>> outputs; ///< per run
    std::optional<OutputMatch> match;
    std::vector<StageMeasurement> stages;          ///< of the first input
    std::vector<std::uint64_t> instructionsPerRun; ///< by input; empty without a counter
    std::optional<bool> repeatable;                ///< the first input counted twice, the same
    std::vector<SectionMeasurement> sections;
    std::vector<PaintedBank> painting; ///< empty when not painted
    std::optional<protocol::StackUse> stack;
    std::vector<std::string> problems; ///< checks that failed, one sentence each

    struct Timing {
        double buildMs = 0, startMs = 0, runsMs = 0;
        std::optional<double> inferenceUs; ///< by the target's clock; real boards only
        std::optional<protocol::LayerTicks> layers;
    } timing;

    bool passed() const { return problems.empty(); }
};

/// Keys: docs of `tidemark run --json`; they only grow.
nlohmann::ordered_json toJson(const Measurement& measurement);

/// Raw output bytes of the device as numbers.
std::vector<double> toNumbers(std::span<const std::byte> bytes, DataType type);
/// The same of several outputs, one after the other.
std::vector<double> toNumbers(std::span<const std::byte> bytes,
                              const std::vector<BundleTensor>& outputs);

/// Compares run by run; the shorter of the two lists counts.
OutputMatch compareOutputs(const std::vector<std::vector<double>>& outputs,
                           const std::vector<std::vector<float>>& reference,
                           const std::string& name);

/// Planned against linked size of every .tm_* section, those the plan does not know included.
std::vector<SectionMeasurement> compareSections(const Bundle& bundle, const ElfFile& elf);

/// The failed checks of sections, painting and stack in words.
std::vector<std::string> problemsOf(const Measurement& measurement);

} // namespace tidemark::bridge

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "firmware_bridge/host/session.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// The verbs of docs/serial-protocol.md: what to send and how to read the answer. Pure functions;
/// a reader gives nothing when the reply lacks something, repeats itself or is out of range.
namespace tidemark::bridge::protocol {

struct DeviceInfo {
    std::int64_t stages = 0;
    Bytes input, output;
    bool keepsInput = true; ///< false: `infer 1 0` only, and a new load before every run
    bool feeds = false;     ///< rows are used as they are loaded: `infer` tells of that run
};

/// Two laps of the target's clock around the timed runs.
struct InferLaps {
    std::uint32_t startUs = 0, endUs = 0;

    std::uint32_t elapsedUs() const { return endUs - startUs; } ///< right across one wrap
};

struct LayerTicks {
    std::string timer;
    std::uint64_t hertz = 0;
    std::vector<std::uint64_t> ticks; ///< per stage
};

struct PaintReply {
    struct Arena {
        std::string bank;
        std::uint64_t base = 0;
        Bytes size;
    };
    struct Range { ///< bytes that differ from the pattern, from the arena's base
        std::string bank;
        Bytes offset, length;
    };
    struct Outside { ///< a free region and how many of its bytes changed
        std::string bank;
        std::uint64_t base = 0;
        Bytes size, changed;
    };
    std::vector<Arena> arenas;
    std::vector<Range> ranges;
    std::vector<Outside> outsides;
};

struct StackUse {
    Bytes reserved, used;
};

/// One command and its default limits.
Exchange command(const QByteArray& text);
/// `db load N` and the bytes, 31 a command.
Exchange loadExchange(std::span<const std::byte> input);
/// Silence up to 30 s is normal while the board computes.
Exchange inferExchange(int runs, int warmups);

std::optional<std::string> readName(const Reply& reply);
std::optional<std::string> readHash(const Reply& reply);
std::optional<DeviceInfo> readInfo(const Reply& reply);
std::optional<InferLaps> readInfer(const Reply& reply);
std::optional<std::vector<std::byte>> readOutput(const Reply& reply, Bytes size);
std::optional<LayerTicks> readLayers(const Reply& reply);
std::optional<PaintReply> readPaint(const Reply& reply);
std::optional<StackUse> readStack(const Reply& reply);

} // namespace tidemark::bridge::protocol

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

/// Rungs of the ladder, each allowed everything before it (docs/architecture.md, 5).
enum class Technique { Unshared, Fused, PingPong, Liveness, Overlap, Rows, Stream };
enum class Objective { Ram, Latency, Energy, Weighted };
enum class ScratchPolicy { Place, Exclude };
/// Whether constants are copied into RAM; the originals stay where they are read only at run time.
/// Resident: by start-up, for ever. With objective RAM as many as fit, those that are read most.
/// Around: in every run, each just before the first stage that reads it, for as long as it is read
/// (core/schedule/staging.h), so that its bytes serve others before and after. With objective RAM
/// only into bytes of the arena that are free at that time: the peak stays what it is without
/// copies, and of those that fit the ones are taken that spare most reads of read-only banks. With
/// another objective those that make it smaller, the copying paid for. `--pin W=RAM` says where.
/// Auto: not for RAM, else whatever makes the objective smaller, resident, around or not at all.
enum class Staging { Auto, None, Resident, Around };

/// How rows of tensors that are never whole in memory are addressed, from the rung `rows` on: as
/// windows, row r at r % rows of one buffer, which costs no flash; or each row at an address of its
/// own, out of a table in flash of two bytes (four beyond 64 KB) a row, which saves RAM.
enum class RingForm { Windows, Rows };

std::string_view toString(Technique technique);
std::string_view toString(Objective objective);
std::string_view toString(Staging staging); ///< "auto", "none", "resident", "around"
std::string_view toString(RingForm rings);  ///< "window", "rows"
std::optional<Technique> techniqueFromString(std::string_view text);
const std::vector<Technique>& allTechniques(); ///< in rung order

/// A buffer the user fixed, by name, so that it survives a change of technique.
struct Pin {
    std::string buffer;
    std::string bank;
    std::optional<Bytes> offset;

    bool operator==(const Pin&) const = default;
};

/// A bank made smaller than it is.
struct Budget {
    std::string bank;
    Bytes limit;

    bool operator==(const Budget&) const = default;
};

/// What the user fixed.
struct Constraints {
    Technique technique = Technique::Liveness;
    Objective objective = Objective::Ram;
    double ramWeight = 1, latencyWeight = 0, energyWeight = 0; ///< for Weighted
    ScratchPolicy scratch = ScratchPolicy::Place;
    std::vector<Pin> pins;
    std::vector<Budget> budgets;
    std::optional<Bytes> stack; ///< instead of the board's reserve
    Staging staging = Staging::Auto;
    RingForm rings = RingForm::Windows;

    bool operator==(const Constraints&) const = default;
};

/// A count of bytes: decimal, or hexadecimal after 0x; nothing for anything else.
std::optional<Bytes> parseBytes(std::string_view text);

/// "BUF=BANK[@OFFSET]", "BANK=BYTES": the forms of `--pin` and `--budget`.
Result<Pin> parsePin(const std::string& text);
Result<Budget> parseBudget(const std::string& text);

} // namespace tidemark

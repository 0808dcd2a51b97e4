// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/bytes.h"
#include "core/model/ids.h"
#include "core/schedule/schedule.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

enum class BufferKind {
    Input,
    Output,
    Activation,
    Ring,
    Accumulator,
    Weight,
    Table,
    StagedCopy,
    Scratch
};

std::string_view toString(BufferKind kind); ///< "input", "staged copy", ...

/// When and how much a stage touches a buffer. Access is not residency: weights are resident for
/// ever and accessed in one stage.
struct Access {
    StageId stage;
    Bytes read; ///< bytes a reader fetches at least once in the whole stage
    Bytes written;
};

/// The unit that is placed.
struct Buffer {
    std::string name; ///< unique in the plan, stable over techniques: `--pin` names it
    BufferKind kind = BufferKind::Activation;
    Bytes bytes;
    Bytes alignment{1};
    EventRange residency;               ///< when it occupies its bytes
    std::vector<Access> accesses;       ///< by stage, in order of the schedule
    std::optional<ValueId> value;       ///< the activation it holds
    std::optional<ConstantId> constant; ///< the constant it holds

    bool isConstant() const { return kind == BufferKind::Weight || kind == BufferKind::Table; }
    /// Part of the arena: not a constant in its home bank.
    bool isArena() const { return !isConstant(); }
};

} // namespace tidemark

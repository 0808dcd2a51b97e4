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

/// When a piece of a buffer, one row of its value, is needed: from its writing to its last reading.
struct RowLife {
    Bytes begin, end; ///< within the buffer
    EventRange life;
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
    std::optional<StageId> accumulates; ///< the stage whose accumulator it is
    /// Planned by rows if > 0: row r lies at (r % storedRows) * rowBytes. Fewer than the value has
    /// make a ring. 0: occupied as a whole over its residency.
    std::int64_t storedRows = 0;
    Bytes rowBytes;
    /// Where each row of the value lies in the buffer, if every row has an address of its own
    /// (RingForm::Rows); `bytes` then reach from the lowest row to the highest, and what lies
    /// between them is not all the buffer's.
    std::vector<Bytes> rowOffsets;
    /// Of buffers planned by rows, by row: bytes outside the life of a row are free for others.
    std::vector<RowLife> rowLives;

    bool hasRowsApart() const { return !rowOffsets.empty(); }
    Bytes offsetOfRow(std::int64_t row) const
    {
        return hasRowsApart() ? rowOffsets[static_cast<std::size_t>(row)]
                              : rowBytes * (row % storedRows);
    }
    /// What firmware keeps to find rows that lie apart: 2 bytes for each, 4 beyond 64 KB.
    Bytes rowTableBytes() const;
    bool needsFarRowTable() const { return bytes - rowBytes > Bytes(0xffff); }
    /// Gives rows addresses of their own, one for each of `rowLives`, the lowest of which it
    /// returns; and back to a window of `storedRows` rows.
    Bytes setRowsApart(const std::vector<Bytes>& addresses);
    void setRowsInWindow();

    bool isConstant() const { return kind == BufferKind::Weight || kind == BufferKind::Table; }
    /// What the firmware's driver looks up: a constant of the program, none of the model.
    bool isDriverTable() const { return kind == BufferKind::Table && !constant; }
    /// Part of the arena: not a constant in its home bank.
    bool isArena() const { return !isConstant(); }
};

/// A row that a stage may write exactly where another buffer's row was, at one event.
struct Replacement {
    int from = 0, to = 0; ///< buffers
    EventId event;
    std::optional<Bytes> offset; ///< of the row within both buffers, where that is the same
    std::int64_t row = 0;        ///< of both
};

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/schedule/call_loops.h"
#include "core/schedule/row_plan.h"
#include "core/schedule/turn_loops.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tidemark {

/// How firmware keeps a schedule: as code, or as a table of constants, whichever takes less flash.
///
/// Nested loops are code with the row numbers in it. A table says no more than whose turn it is,
/// and every stage counts its own rows; how far it has been read is a run's whole state, so that a
/// run can wait for rows of a streamed input.
struct DriverForm {
    bool streams = false;
    bool countsFar = false;         ///< rows beyond what 16 bits count
    CallLoops calls;                ///< of a schedule that does not stream
    std::optional<TurnLoops> table; ///< its tracks are those of Step, in their order
    std::vector<std::int64_t> rows; ///< steps of each track

    /// Error: rows of a streamed input, or of what follows them, that do not come in order.
    static Result<DriverForm> of(const Network& network, const Schedule& schedule);

    bool usesTable() const { return table && (streams || tableFlash() < calls.code()); }
    /// Of the table with the code that reads it, about.
    Bytes tableFlash() const;
    /// What the table takes as constants, exactly: the addresses of all stages, each loop, each
    /// turn of a loop, in this order and padded to whole words. 0 without a table.
    Bytes tableBytes() const;
    /// 1 or 2, of each turn.
    Bytes turnBytes() const { return Bytes(table->tracks.size() > 256 ? 2 : 1); }
};

/// The name of the buffer that holds the table; it holds no constant of the model.
constexpr std::string_view kScheduleTable = "schedule table";

/// Adds the buffer of the table that firmware will need for the plan's schedule, if it needs one.
void addScheduleTable(const Network& network, RowPlan& plan);

/// The name of the buffer of all addresses of rows that lie apart; it holds no constant either.
constexpr std::string_view kRowTables = "row tables";

/// What they take, padded to whole words.
Bytes rowTableBytes(const std::vector<Buffer>& buffers);

/// Adds their buffer, without bytes yet.
void addRowTables(RowPlan& plan);

} // namespace tidemark

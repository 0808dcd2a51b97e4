// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/bundle/schedule_text.h"
#include "core/model/result.h"
#include "core/schedule/turn_loops.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// What runs the stages in generated code, in one of two forms.
///
/// Nested loops are code with the row numbers in it. A table says no more than whose turn it is,
/// and every stage counts its own rows; how far it has been read is a run's whole state, so that a
/// run can wait for rows of a streamed input.
class Driver {
public:
    /// Error: rows of a streamed input, or of what follows them, that do not come in order; copies
    /// that are not made just before their stage.
    static Result<Driver> of(const Network& network, const Schedule& schedule);

    bool streams() const { return m_streams; }
    bool usesTable() const { return m_table && (m_streams || m_tableBytes < m_loops.code); }
    /// The table's constants, exactly: part of the program's read-only data.
    Bytes tableConstants() const { return usesTable() ? m_table->bytes() : Bytes(0); }

    /// How often a run calls the stage's function.
    std::int64_t calls(StageId stage) const
    {
        return (usesTable() ? m_rows : m_loops.calls)[stage.index()];
    }

    /// `rowSlot`: where row `row` of a streamed input goes, an expression of type unsigned char*.
    std::string text(const std::string& rowSlot) const;

private:
    std::string tableText(const std::string& rowSlot) const;
    std::string reason() const;

    ScheduleText m_loops;
    std::optional<TurnLoops> m_table; ///< its tracks are those of Step, in their order
    std::vector<std::int64_t> m_rows; ///< steps of each track
    std::size_t m_stages = 0;
    bool m_streams = false;
    bool m_countsFar = false; ///< rows beyond what 16 bits count
    Bytes m_tableBytes;       ///< with the code that reads it, about
};

} // namespace tidemark

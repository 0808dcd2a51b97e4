// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/schedule/driver_form.h"

#include <cstdint>
#include <string>

namespace tidemark {

/// What runs the stages in generated code.
class Driver {
public:
    /// Error: that of DriverForm; copies that are not made just before their stage.
    static Result<Driver> of(const Network& network, const Schedule& schedule);

    bool streams() const { return m_form.streams; }
    bool usesTable() const { return m_form.usesTable(); }
    /// The table's constants, exactly.
    Bytes tableBytes() const { return m_form.tableBytes(); }

    /// How often a run calls the stage's function.
    std::int64_t calls(StageId stage) const { return m_calls[stage.index()]; }

    /// `rowSlot`: where row `row` of a streamed input goes, an expression of type unsigned char*.
    /// `table`: what tableType() is the type of, an expression; unused without a table.
    std::string text(const std::string& rowSlot, const std::string& table) const;

    /// The table's type, with lines indented by `indent` after the first, and its values as the
    /// lines of an initialiser.
    std::string tableType(const std::string& indent) const;
    std::string tableValues(const std::string& indent) const;

private:
    std::string tableText(const std::string& rowSlot, const std::string& table) const;
    std::string reason() const;
    std::size_t stages() const { return m_calls.size(); }

    DriverForm m_form;
    std::vector<std::int64_t> m_calls; ///< by StageId
};

} // namespace tidemark

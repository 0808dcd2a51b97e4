// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/result.h"
#include "core/place/plan.h"

#include <optional>
#include <string>
#include <vector>

namespace tidemark {

/// A linked section that holds part of a bank's planned bytes.
struct PlannedSection {
    enum class Kind { Arena, Weights, Tables };

    Kind kind = Kind::Arena;
    BankId bank;
    std::string bankName;          ///< the bank's id, an identifier
    bool copiesOnly = false;       ///< an arena of staged copies and nothing else
    Bytes begin, end;              ///< of the bank's planned region
    Bytes alignment;               ///< of its first byte
    std::vector<BufferId> buffers; ///< what lies in it, by offset
    /// A constant behind the struct of the others, an object of its own: as the struct's last
    /// member it would end where C pads the struct, and the section with it.
    std::optional<BufferId> last;

    Bytes bytes() const { return end - begin; }
    std::string name() const;   ///< ".tm_arena.TCM"
    std::string symbol() const; ///< "tm_arena_TCM"
    std::string lastName() const { return name() + ".last"; }
    std::string lastSymbol() const { return symbol() + "_last"; }

private:
    std::string prefix() const;
};

/// A plan's buffers as sections. Within a bank they follow each other without gaps from offset 0
/// to BankUse::planned, so linked sizes add up to the planned bytes exactly. A gap below an arena
/// is the arena's; one below constants or tables is that of the section under them, for their
/// struct starts where its words are aligned.
class MemoryLayout {
public:
    /// Errors: arena, constants and tables of one bank interleave, or buffers that nothing uses
    /// yet.
    static Result<MemoryLayout> of(const Plan& plan);

    const std::vector<PlannedSection>& sections() const { return m_sections; }
    /// Of one bank, by offset: up to one of each kind.
    std::vector<const PlannedSection*> inBank(BankId bank) const;
    const PlannedSection& sectionOf(BufferId buffer) const;
    /// Where a buffer starts, as a C expression: "(tm_arena_TCM + 4704)" for the arena,
    /// "tm_weights_MRAM.c0_conv1_weight" for a constant, "tm_tables_MRAM.schedule_table".
    std::string address(BufferId buffer) const;
    /// The member a constant or table is in its bank's struct.
    std::string member(BufferId buffer) const;

    BufferId bufferOf(ValueId value) const { return m_values[value.index()]; }
    /// The home of a constant; kernels read its copy, where it has one.
    BufferId bufferOf(ConstantId constant) const { return m_constants[constant.index()]; }
    std::optional<BufferId> copyOf(ConstantId constant) const { return m_copies[constant.index()]; }
    /// The table that the driver runs through, where it has one.
    std::optional<BufferId> scheduleTable() const { return m_scheduleTable; }
    /// The tables of where rows lie that lie apart, where there are any.
    std::optional<BufferId> rowTables() const { return m_rowTables; }
    /// The scratch of a stage's kernel.
    std::optional<BufferId> scratchOf(StageId stage) const { return m_scratch[stage.index()]; }
    /// The accumulator of a stage that takes its input row by row.
    std::optional<BufferId> sumsOf(StageId stage) const { return m_sums[stage.index()]; }

private:
    explicit MemoryLayout(const Plan& plan) : m_plan(&plan) {}

    Status map();
    Status addBank(BankId bank);
    std::optional<BufferId> lastOf(const PlannedSection& section) const;

    const Plan* m_plan;
    std::vector<PlannedSection> m_sections;
    std::vector<std::size_t> m_sectionOf;                   ///< by BufferId
    std::vector<BufferId> m_values, m_constants;            ///< by ValueId, ConstantId
    std::vector<std::optional<BufferId>> m_copies;          ///< by ConstantId
    std::vector<std::optional<BufferId>> m_sums, m_scratch; ///< by StageId
    std::optional<BufferId> m_scheduleTable, m_rowTables;
};

} // namespace tidemark

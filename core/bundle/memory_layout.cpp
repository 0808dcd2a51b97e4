// SPDX-License-Identifier: Apache-2.0
#include "core/bundle/memory_layout.h"

#include "core/model/format.h"
#include "core/model/identifier.h"
#include "core/schedule/driver_form.h"

#include <algorithm>
#include <bit>

namespace tidemark {

namespace {

/// Enough for every element type and for LDRD; a bank may ask for more.
constexpr std::int64_t kLeastAlignment = 8;

Bytes bankAlignment(const Bank& bank)
{
    const std::int64_t wish = bank.alignment.count();
    const bool powerOfTwo = wish > 0 && std::has_single_bit(static_cast<std::uint64_t>(wish));
    return Bytes(powerOfTwo ? std::max(wish, kLeastAlignment) : kLeastAlignment);
}

/// The largest power of two, up to `most`, that divides `offset`.
Bytes alignmentAt(Bytes offset, Bytes most)
{
    std::int64_t alignment = most.count();
    while (offset.count() % alignment != 0) {
        alignment /= 2;
    }
    return Bytes(alignment);
}

PlannedSection::Kind kindOf(const Buffer& buffer)
{
    return buffer.isArena()  ? PlannedSection::Kind::Arena
           : buffer.constant ? PlannedSection::Kind::Weights
                             : PlannedSection::Kind::Tables;
}

/// Each is one section of the linked program.
Diagnostic interleaved(const Bank& bank, const PlannedSection& below, const PlannedSection& above)
{
    using Kind = PlannedSection::Kind;
    const bool tables = below.kind == Kind::Tables || above.kind == Kind::Tables;
    const bool arena = below.kind == Kind::Arena || above.kind == Kind::Arena;
    const bool isBelow = below.kind == (arena ? Kind::Arena : Kind::Weights);
    return {ErrorKind::DoesNotFit,
            std::string(tables ? "tables" : "constants") + " lie between " +
                (arena ? "activations, where start-up cannot load them"
                       : "constants, which are one section of the program"),
            "bank " + bank.id,
            "pin them below or above the " + formatBytes((isBelow ? below : above).bytes()) +
                " of the " + (arena ? "arena" : "constants")};
}

} // namespace

std::string PlannedSection::name() const
{
    return "." + prefix() + "." + bankName;
}

std::string PlannedSection::symbol() const
{
    return prefix() + "_" + bankName;
}

std::string PlannedSection::prefix() const
{
    switch (kind) {
    case Kind::Arena:
        return copiesOnly ? "tm_staged" : "tm_arena";
    case Kind::Weights:
        return "tm_weights";
    case Kind::Tables:
        break;
    }
    return "tm_tables";
}

Result<MemoryLayout> MemoryLayout::of(const Plan& plan)
{
    MemoryLayout layout(plan);
    if (auto status = layout.map(); !status) {
        return status.error();
    }
    for (std::size_t b = 0; b < plan.board->banks.size(); ++b) {
        if (auto status = layout.addBank(BankId(b)); !status) {
            return status.error();
        }
    }
    return layout;
}

Status MemoryLayout::map()
{
    m_sectionOf.resize(m_plan->buffers.size());
    m_values.resize(m_plan->network->values.size());
    m_constants.resize(m_plan->network->constants.size());
    m_copies.resize(m_plan->network->constants.size());
    m_sums.resize(m_plan->network->stages.size());
    m_scratch.resize(m_plan->network->stages.size());
    for (std::size_t i = 0; i < m_plan->buffers.size(); ++i) {
        const Buffer& buffer = m_plan->buffers[i];
        if (buffer.value) {
            m_values[buffer.value->index()] = BufferId(i);
        } else if (buffer.kind == BufferKind::StagedCopy && buffer.constant) {
            m_copies[buffer.constant->index()] = BufferId(i);
        } else if (buffer.constant) {
            m_constants[buffer.constant->index()] = BufferId(i);
        } else if (buffer.accumulates) {
            m_sums[buffer.accumulates->index()] = BufferId(i);
        } else if (buffer.kind == BufferKind::Scratch && buffer.accesses.size() == 1) {
            m_scratch[buffer.accesses.front().stage.index()] = BufferId(i);
        } else if (buffer.name == kScheduleTable) {
            m_scheduleTable = BufferId(i);
        } else if (buffer.name == kRowTables) {
            m_rowTables = BufferId(i);
        } else {
            return Diagnostic{ErrorKind::BadInput,
                              "no kernel uses a " + std::string(toString(buffer.kind)),
                              "buffer " + buffer.name, "plan with another technique"};
        }
    }
    return Done{};
}

Status MemoryLayout::addBank(BankId bank)
{
    const Bank& memory = (*m_plan->board)[bank];
    std::vector<PlannedSection> sections;
    for (const auto kind : {PlannedSection::Kind::Arena, PlannedSection::Kind::Weights,
                            PlannedSection::Kind::Tables}) {
        PlannedSection section{kind, bank, memory.id, false, Bytes(0), Bytes(0), Bytes(1), {}, {}};
        for (std::size_t i = 0; i < m_plan->buffers.size(); ++i) {
            if (m_plan->placements[i].bank == bank && kindOf(m_plan->buffers[i]) == kind) {
                section.buffers.emplace_back(i);
            }
        }
        if (section.buffers.empty()) {
            continue;
        }
        section.copiesOnly = std::ranges::all_of(section.buffers, [&](BufferId id) {
            return (*m_plan)[id].kind == BufferKind::StagedCopy;
        });
        const auto offset = [this](BufferId id) { return m_plan->placement(id).offset; };
        std::stable_sort(section.buffers.begin(), section.buffers.end(),
                         [&](BufferId a, BufferId b) { return offset(a) < offset(b); });
        section.begin = offset(section.buffers.front());
        for (const BufferId id : section.buffers) {
            section.end = std::max(section.end, offset(id) + (*m_plan)[id].bytes);
        }
        sections.push_back(std::move(section));
    }
    std::sort(sections.begin(), sections.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    for (std::size_t s = 1; s < sections.size(); ++s) {
        if (sections[s].begin < sections[s - 1].end) {
            return interleaved(memory, sections[s - 1], sections[s]);
        }
        if (sections[s].kind == PlannedSection::Kind::Arena) {
            sections[s].begin = sections[s - 1].end;
        } else {
            sections[s - 1].end = sections[s].begin;
        }
    }
    if (!sections.empty()) {
        sections.front().begin = Bytes(0);
    }
    for (PlannedSection& section : sections) {
        section.alignment = alignmentAt(section.begin, bankAlignment(memory));
        section.last = lastOf(section);
        for (const BufferId id : section.buffers) {
            m_sectionOf[id.index()] = m_sections.size();
        }
        m_sections.push_back(std::move(section));
    }
    return Done{};
}

/// The last constant where the section does not end as C aligns a struct of all its constants.
std::optional<BufferId> MemoryLayout::lastOf(const PlannedSection& section) const
{
    if (section.kind != PlannedSection::Kind::Weights) {
        return std::nullopt;
    }
    Bytes coarsest(1);
    for (const BufferId id : section.buffers) {
        const Constant& constant = (*m_plan->network)[*(*m_plan)[id].constant];
        coarsest = std::max(coarsest, elementBytes(constant.type));
    }
    const bool padded = section.bytes().count() % coarsest.count() != 0;
    return padded ? std::optional(section.buffers.back()) : std::nullopt;
}

std::vector<const PlannedSection*> MemoryLayout::inBank(BankId bank) const
{
    std::vector<const PlannedSection*> found;
    for (const PlannedSection& section : m_sections) {
        if (section.bank == bank) {
            found.push_back(&section);
        }
    }
    return found;
}

const PlannedSection& MemoryLayout::sectionOf(BufferId buffer) const
{
    return m_sections[m_sectionOf[buffer.index()]];
}

std::string MemoryLayout::member(BufferId buffer) const
{
    const auto& constant = (*m_plan)[buffer].constant;
    const std::string number = constant ? "c" + std::to_string(constant->index()) + "_" : "";
    return number + toIdentifier((*m_plan)[buffer].name, "constant");
}

std::string MemoryLayout::address(BufferId buffer) const
{
    const PlannedSection& section = sectionOf(buffer);
    if (section.last == buffer) {
        return section.lastSymbol();
    }
    if (section.kind != PlannedSection::Kind::Arena) {
        return section.symbol() + "." + member(buffer);
    }
    const Bytes offset = m_plan->placement(buffer).offset - section.begin;
    if (offset == Bytes(0)) {
        return section.symbol();
    }
    return "(" + section.symbol() + " + " + std::to_string(offset.count()) + ")";
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/place/layout.h"

#include "core/place/distances.h"
#include "core/place/offsets.h"
#include "core/place/row_pieces.h"
#include "core/place/slots.h"

#include <algorithm>

namespace tidemark {

namespace {

constexpr Bytes kMostOffset{std::int64_t{1} << 32}; ///< addresses have 32 bits

std::string bankNames(const Board& board)
{
    std::string names;
    for (const Bank& bank : board.banks) {
        names += (names.empty() ? "" : ", ") + bank.id;
    }
    return names;
}

std::string bufferNames(const std::vector<Buffer>& buffers)
{
    constexpr std::size_t kMost = 24;
    std::string names;
    for (std::size_t i = 0; i < std::min(buffers.size(), kMost); ++i) {
        names += (i == 0 ? "" : ", ") + buffers[i].name;
    }
    return buffers.size() > kMost ? names + ", …" : names;
}

using BufferIds = std::vector<BufferId>;

class Placer {
public:
    Placer(const RowPlan& rows, const ResolvedPins& pins, Technique rung,
           const SearchLimits& limits)
        : m_rows(rows), m_buffers(rows.buffers), m_pins(pins), m_rung(rung), m_limits(limits)
    {
        m_placed.placements.resize(m_buffers.size());
        m_apart.resize(m_buffers.size());
    }

    void setRowsApart(const std::vector<bool>& apart,
                      const std::map<std::size_t, std::vector<Bytes>>& near)
    {
        m_near = near;
        for (std::size_t i = 0; i < std::min(apart.size(), m_buffers.size()); ++i) {
            m_apart[i] = apart[i];
        }
    }

    void setBanks(const std::vector<BankId>& banks)
    {
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            m_placed.placements[i].bank = m_pins[i] ? m_pins[i]->bank : banks[i];
            m_placed.placements[i].pinned = m_pins[i].has_value();
        }
    }

    PlacedBuffers stack(PlacedBuffers placed, std::size_t bankCount)
    {
        m_placed = std::move(placed);
        std::vector<Bytes> extents(bankCount);
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            const Placement& placement = m_placed.placements[i];
            Bytes& extent = extents[placement.bank.index()];
            if (m_buffers[i].isArena()) {
                extent = std::max(extent, placement.offset + m_buffers[i].bytes);
            }
        }
        for (std::size_t bank = 0; bank < bankCount; ++bank) {
            placeConstants(BankId(bank), extents[bank]);
        }
        return std::move(m_placed);
    }

    PlacedBuffers run(std::size_t bankCount)
    {
        Bytes proven;
        bool isProven = m_rung >= Technique::Liveness;
        for (std::size_t bank = 0; bank < bankCount; ++bank) {
            const Packing arena = placeArena(BankId(bank));
            placeConstants(BankId(bank), arena.extent);
            proven += arena.bound;
            isProven = isProven && arena.optimal;
        }
        if (isProven) {
            m_placed.provenExtent = proven;
        }
        return std::move(m_placed);
    }

private:
    BufferIds inBank(BankId bank, bool constants) const
    {
        BufferIds ids;
        for (std::size_t i = 0; i < m_buffers.size(); ++i) {
            if (m_placed.placements[i].bank == bank && m_buffers[i].isConstant() == constants) {
                ids.emplace_back(i);
            }
        }
        return ids;
    }

    std::vector<Block> blocksOf(const BufferIds& ids) const
    {
        std::vector<Block> blocks;
        for (const BufferId id : ids) {
            const Buffer& buffer = m_buffers[id.index()];
            const auto& pin = m_pins[id.index()];
            blocks.push_back({buffer.bytes, buffer.alignment, buffer.residency,
                              pin ? pin->offset : std::nullopt});
        }
        return blocks;
    }

    /// Where buffers should stay, as far as that is possible; empty: anywhere.
    std::vector<Bytes> near(const BufferIds& ids) const
    {
        std::vector<Bytes> offsets;
        for (const BufferId id : m_limits.near.empty() ? BufferIds() : ids) {
            offsets.push_back(id.index() < m_limits.near.size() ? m_limits.near[id.index()]
                                                                : Bytes(0)); // a copy
        }
        return offsets;
    }

    void take(const BufferIds& ids, const Packing& packing)
    {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            m_placed.placements[ids[i].index()].offset = packing.offsets[i];
        }
        m_placed.stopped = m_placed.stopped || (packing.stopped && !packing.optimal);
    }

    Packing placeArena(BankId bank)
    {
        const BufferIds ids = inBank(bank, false);
        const std::vector<Block> blocks = blocksOf(ids);
        const bool anyFixed = std::any_of(blocks.begin(), blocks.end(),
                                          [](const Block& b) { return b.fixed.has_value(); });
        const bool slots = m_rung == Technique::PingPong && !anyFixed;
        const std::int64_t nodes = m_limits.effort.searchNodes;
        Packing packing = m_rung >= Technique::Overlap ? packRows(ids, blocks)
                          : slots                      ? packSlots(blocks, nodes, m_limits.stop)
                                  : packOffsets(blocks, nodes, m_limits.stop, {}, near(ids));
        take(ids, packing);
        return packing;
    }

    Packing packRows(const BufferIds& ids, const std::vector<Block>& blocks)
    {
        std::vector<std::size_t> chosen;
        for (const BufferId id : ids) {
            chosen.push_back(id.index());
        }
        const RowPieces pieces = piecesOf(m_rows, chosen, m_apart);
        Bytes live;
        for (const Bytes bytes : liveBytes(m_rows.schedule, pieces.buffers, pieces.replacements)) {
            live = std::max(live, bytes);
        }
        const auto distances = distancesOf(pieces.buffers, pieces.replacements);
        if (pieces.buffers.size() == ids.size()) {
            return packDistances(blocks, distances, live, m_limits.effort.searchNodes,
                                 m_limits.stop, near(ids));
        }
        Packing packing =
            packDistances(blocksOf(pieces), distances, live, m_limits.effort.searchNodes,
                          m_limits.stop, near(pieces), groupsOf(pieces));
        return wholes(ids, pieces, std::move(packing));
    }

    /// The pieces of a buffer come one after the other.
    static std::vector<int> groupsOf(const RowPieces& pieces)
    {
        std::vector<int> groups;
        for (std::size_t p = 0; p < pieces.of.size(); ++p) {
            const bool same = p > 0 && pieces.of[p] == pieces.of[p - 1];
            groups.push_back(groups.empty() ? 0 : groups.back() + (same ? 0 : 1));
        }
        return groups;
    }

    std::vector<Block> blocksOf(const RowPieces& pieces) const
    {
        std::vector<Block> blocks;
        for (std::size_t p = 0; p < pieces.buffers.size(); ++p) {
            const Buffer& piece = *pieces.buffers[p];
            const auto& pin = m_pins[pieces.of[p]];
            blocks.push_back(
                {piece.bytes, piece.alignment, piece.residency, pin ? pin->offset : std::nullopt});
        }
        return blocks;
    }

    std::vector<Bytes> near(const RowPieces& pieces) const
    {
        std::vector<Bytes> offsets;
        for (std::size_t p = 0; p < pieces.buffers.size() && !m_limits.near.empty(); ++p) {
            const auto known = m_near.find(pieces.of[p]);
            offsets.push_back(pieces.row[p] == RowPieces::kWhole || known == m_near.end()
                                  ? m_limits.near[pieces.of[p]]
                                  : known->second[static_cast<std::size_t>(pieces.row[p])]);
        }
        return offsets;
    }

    /// Keeps the rows' addresses and gives the offsets of the buffers that they are of.
    Packing wholes(const BufferIds& ids, const RowPieces& pieces, Packing packing)
    {
        std::map<std::size_t, Bytes> lowest;
        for (std::size_t p = 0; p < pieces.buffers.size(); ++p) {
            const Bytes offset = packing.offsets[p];
            const auto [known, isNew] = lowest.emplace(pieces.of[p], offset);
            known->second = std::min(known->second, offset);
            if (pieces.row[p] != RowPieces::kWhole) {
                m_placed.rowAddresses[pieces.of[p]].push_back(offset);
            }
        }
        packing.offsets.clear();
        for (const BufferId id : ids) {
            packing.offsets.push_back(lowest[id.index()]);
        }
        return packing;
    }

    /// Constants never move, so they go one above the other over the arena. Tables go above the
    /// constants of the model: each are one section of the linked program.
    void placeConstants(BankId bank, Bytes arenaExtent)
    {
        BufferIds constants = inBank(bank, true);
        const auto tables =
            std::stable_partition(constants.begin(), constants.end(), [this](BufferId id) {
                const auto& pin = m_pins[id.index()];
                return !m_buffers[id.index()].isDriverTable() || (pin && pin->offset);
            });
        const BufferIds above(tables, constants.end());
        constants.erase(tables, constants.end());
        stackOver(constants, arenaExtent);
        Bytes extent = arenaExtent;
        for (const BufferId id : constants) {
            extent = std::max(extent,
                              m_placed.placements[id.index()].offset + m_buffers[id.index()].bytes);
        }
        stackOver(above, extent);
    }

    void stackOver(const BufferIds& ids, Bytes extent)
    {
        std::vector<Block> blocks = blocksOf(ids);
        if (blocks.empty()) {
            return;
        }
        if (extent > Bytes(0)) {
            const EventRange whole = blocks.front().life;
            blocks.push_back({extent, Bytes(1), whole, Bytes(0)});
        }
        take(ids, packOffsets(blocks, 0));
    }

    const RowPlan& m_rows;
    const std::vector<Buffer>& m_buffers;
    const ResolvedPins& m_pins;
    Technique m_rung;
    const SearchLimits& m_limits;
    PlacedBuffers m_placed;
    std::vector<bool> m_apart;                        ///< by BufferId
    std::map<std::size_t, std::vector<Bytes>> m_near; ///< rows, by BufferId
};

} // namespace

Result<ResolvedPins> resolvePins(const std::vector<Buffer>& buffers, const Board& board,
                                 const Constraints& constraints)
{
    ResolvedPins pins(buffers.size());
    for (const Pin& pin : constraints.pins) {
        const auto bank = board.findBank(pin.bank);
        if (!bank) {
            return Diagnostic{ErrorKind::Usage,
                              "no bank '" + printable(pin.bank) + "' to pin to on " + board.id,
                              "--pin " + printable(pin.buffer), "use one of " + bankNames(board)};
        }
        const auto named = std::find_if(buffers.begin(), buffers.end(),
                                        [&](const Buffer& b) { return b.name == pin.buffer; });
        if (named == buffers.end()) {
            return Diagnostic{ErrorKind::Usage,
                              "no buffer '" + printable(pin.buffer) + "' to pin with technique " +
                                  std::string(toString(constraints.technique)),
                              "--pin " + printable(pin.buffer),
                              "use one of " + bufferNames(buffers)};
        }
        if (pin.offset && *pin.offset > kMostOffset) {
            return Diagnostic{ErrorKind::Usage,
                              "offset " + std::to_string(pin.offset->count()) + " lies outside " +
                                  board[*bank].id,
                              "--pin " + printable(pin.buffer),
                              "use one below " + std::to_string(board[*bank].capacity.count())};
        }
        pins[static_cast<std::size_t>(named - buffers.begin())] = ResolvedPin{*bank, pin.offset};
    }
    return pins;
}

PlacedBuffers placeBuffers(const RowPlan& rows, const Board& board, const ResolvedPins& pins,
                           Technique rung, BankId arenaBank, BankId constantBank,
                           const SearchLimits& limits)
{
    std::vector<BankId> banks;
    for (const Buffer& buffer : rows.buffers) {
        banks.push_back(buffer.isConstant() ? constantBank : arenaBank);
    }
    return placeBuffers(rows, banks, board.banks.size(), pins, rung, limits);
}

PlacedBuffers placeBuffers(const RowPlan& rows, const std::vector<BankId>& banks,
                           std::size_t bankCount, const ResolvedPins& pins, Technique rung,
                           const SearchLimits& limits)
{
    Placer placer(rows, pins, rung, limits);
    placer.setBanks(banks);
    return placer.run(bankCount);
}

PlacedBuffers placeRowsApart(const RowPlan& rows, const std::vector<BankId>& banks,
                             std::size_t bankCount, const ResolvedPins& pins, Technique rung,
                             const SearchLimits& limits, const std::vector<bool>& apart,
                             const std::map<std::size_t, std::vector<Bytes>>& near)
{
    Placer placer(rows, pins, rung, limits);
    placer.setBanks(banks);
    placer.setRowsApart(apart, near);
    return placer.run(bankCount);
}

void stackConstants(const RowPlan& rows, const std::vector<BankId>& banks, std::size_t bankCount,
                    const ResolvedPins& pins, PlacedBuffers& placed)
{
    for (std::size_t i = 0; i < rows.buffers.size(); ++i) {
        if (rows.buffers[i].isConstant() && !pins[i]) {
            placed.placements[i].bank = banks[i];
        }
    }
    const std::vector<Bytes> anywhere;
    const SearchLimits none{{}, {}, anywhere};
    placed = Placer(rows, pins, Technique::Liveness, none).stack(std::move(placed), bankCount);
}

} // namespace tidemark

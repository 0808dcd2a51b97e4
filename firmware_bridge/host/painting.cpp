// SPDX-License-Identifier: Apache-2.0
#include "firmware_bridge/host/painting.h"

#include "core/schedule/buffer.h"

#include <algorithm>

namespace tidemark::bridge {

namespace {

/// Constants are not part of an arena, in whatever bank.
bool isInArena(const BundleBuffer& buffer)
{
    return buffer.kind != toString(BufferKind::Weight) &&
           buffer.kind != toString(BufferKind::Table);
}

ByteRanges plannedBytes(const std::string& bank, const std::vector<BundleBuffer>& buffers)
{
    ByteRanges planned;
    for (const BundleBuffer& buffer : buffers) {
        if (buffer.bank == bank && isInArena(buffer)) {
            planned.add(buffer.offset.count(), (buffer.offset + buffer.bytes).count());
        }
    }
    return planned;
}

/// The bytes of a bank's arena that one run changed, from the bank's base.
void addChanged(const std::string& bank, const protocol::PaintReply& reply, const Board& board,
                ByteRanges& changed)
{
    const auto id = board.findBank(bank);
    for (const auto& arena : reply.arenas) {
        if (arena.bank != bank) {
            continue;
        }
        const auto start = id ? static_cast<std::int64_t>(arena.base - board[*id].base) : 0;
        for (const auto& range : reply.ranges) {
            if (range.bank == bank) {
                const std::int64_t first = start + range.offset.count();
                changed.add(first, first + range.length.count());
            }
        }
    }
}

PaintedBank judgeBank(const std::string& bank, std::span<const protocol::PaintReply> replies,
                      const std::vector<BundleBuffer>& buffers, const Board& board)
{
    const ByteRanges planned = plannedBytes(bank, buffers);
    ByteRanges changed;
    PaintedBank result;
    for (const protocol::PaintReply& reply : replies) {
        addChanged(bank, reply, board, changed);
        for (const auto& outside : reply.outsides) {
            if (outside.bank == bank) {
                result.outsideChanged += outside.changed;
            }
        }
    }
    result.bank = bank;
    result.plannedEnd = Bytes(planned.end());
    result.painted = Bytes(changed.count());
    result.paintedEnd = Bytes(changed.end());
    result.stray = Bytes(changed.countOutside(planned));
    return result;
}

} // namespace

void ByteRanges::add(std::int64_t first, std::int64_t end)
{
    if (first >= end) {
        return;
    }
    // Everything that touches [first, end) melts into it.
    const auto from = std::find_if(m_ranges.begin(), m_ranges.end(),
                                   [&](const auto& r) { return r.second >= first; });
    auto to = from;
    for (; to != m_ranges.end() && to->first <= end; ++to) {
        first = std::min(first, to->first);
        end = std::max(end, to->second);
    }
    m_ranges.insert(m_ranges.erase(from, to), {first, end});
}

std::int64_t ByteRanges::count() const
{
    std::int64_t bytes = 0;
    for (const auto& [first, end] : m_ranges) {
        bytes += end - first;
    }
    return bytes;
}

std::int64_t ByteRanges::countOutside(const ByteRanges& other) const
{
    std::int64_t common = 0;
    for (const auto& [first, end] : m_ranges) {
        for (const auto& [otherFirst, otherEnd] : other.m_ranges) {
            common +=
                std::max<std::int64_t>(0, std::min(end, otherEnd) - std::max(first, otherFirst));
        }
    }
    return count() - common;
}

std::vector<PaintedBank> judgePainting(std::span<const protocol::PaintReply> replies,
                                       const std::vector<BundleBuffer>& buffers, const Board& board)
{
    // Banks with an arena, and those whose free RAM must stay untouched.
    std::vector<std::string> names;
    const auto remember = [&](const std::string& bank) {
        if (std::find(names.begin(), names.end(), bank) == names.end()) {
            names.push_back(bank);
        }
    };
    for (const protocol::PaintReply& reply : replies) {
        for (const auto& arena : reply.arenas) {
            remember(arena.bank);
        }
        for (const auto& outside : reply.outsides) {
            remember(outside.bank);
        }
    }
    std::vector<PaintedBank> banks;
    banks.reserve(names.size());
    for (const std::string& name : names) {
        banks.push_back(judgeBank(name, replies, buffers, board));
    }
    return banks;
}

} // namespace tidemark::bridge

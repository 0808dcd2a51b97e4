// SPDX-License-Identifier: Apache-2.0
#include "offset_cases.h"

#include <algorithm>

namespace tidemark::test {

namespace {

/// Uniform enough, and the same with every standard library.
std::int64_t pick(std::mt19937& random, std::int64_t low, std::int64_t high)
{
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint32_t>(high - low + 1));
}

struct Piece {
    std::int64_t time, offset, length, size;
};

void cutInTwo(std::mt19937& random, std::vector<Piece>& pieces, std::size_t which)
{
    Piece& piece = pieces[which];
    const bool acrossTime = pick(random, 0, 1) == 1;
    const std::int64_t whole = acrossTime ? piece.length : piece.size;
    if (whole < 2) {
        return;
    }
    const std::int64_t cut = pick(random, 1, whole - 1);
    Piece rest = piece;
    (acrossTime ? piece.length : piece.size) = cut;
    (acrossTime ? rest.length : rest.size) -= cut;
    (acrossTime ? rest.time : rest.offset) += cut;
    pieces.push_back(rest);
}

void cutPinwheel(std::mt19937& random, std::vector<Piece>& pieces, std::size_t which)
{
    const Piece p = pieces[which];
    if (p.length < 3 || p.size < 3) {
        return;
    }
    const std::int64_t t1 = pick(random, 1, p.length - 2);
    const std::int64_t t2 = pick(random, t1 + 1, p.length - 1);
    const std::int64_t s1 = pick(random, 1, p.size - 2);
    const std::int64_t s2 = pick(random, s1 + 1, p.size - 1);
    pieces[which] = {p.time, p.offset, t2, s1};
    pieces.push_back({p.time + t2, p.offset, p.length - t2, s2});
    pieces.push_back({p.time + t1, p.offset + s2, p.length - t1, p.size - s2});
    pieces.push_back({p.time, p.offset + s1, t1, p.size - s1});
    pieces.push_back({p.time + t1, p.offset + s1, t2 - t1, s2 - s1});
}

Block block(std::int64_t size, std::int64_t first, std::int64_t last)
{
    return {Bytes(size),
            Bytes(1),
            {EventId(static_cast<std::size_t>(first)), EventId(static_cast<std::size_t>(last))},
            std::nullopt};
}

} // namespace

std::vector<Block> perfectPacking(std::mt19937& random, std::size_t count, std::int64_t height)
{
    const auto events = static_cast<std::int64_t>(10 * count);
    std::vector<Piece> pieces{{0, 0, events, height}};
    const auto area = [](const Piece& p) { return p.length * p.size; };
    while (pieces.size() < count) {
        const auto any = [&] {
            return static_cast<std::size_t>(
                pick(random, 0, static_cast<std::int64_t>(pieces.size()) - 1));
        };
        std::size_t which = any();
        for (int i = 0; i < 2; ++i) { // large ones sooner
            const std::size_t other = any();
            which = area(pieces[other]) > area(pieces[which]) ? other : which;
        }
        if (pick(random, 0, 3) == 0) {
            cutPinwheel(random, pieces, which);
        } else {
            cutInTwo(random, pieces, which);
        }
    }
    std::vector<Block> blocks;
    for (const Piece& p : pieces) {
        blocks.push_back(block(p.size, p.time, p.time + p.length - 1));
    }
    return blocks;
}

std::vector<Block> networkLike(std::mt19937& random, std::size_t count)
{
    std::vector<Block> blocks;
    for (std::int64_t i = 0; blocks.size() < count; ++i) {
        const std::int64_t life =
            pick(random, 0, 5) == 0 ? pick(random, 2, 30) : pick(random, 1, 2);
        blocks.push_back(block(512 * pick(random, 1, 120), i, i + life));
        if (blocks.size() < count && pick(random, 0, 2) == 0) {
            blocks.push_back(block(256 * pick(random, 1, 40), i, i)); // scratch
        }
    }
    return blocks;
}

std::vector<Block> scattered(std::mt19937& random, std::size_t count, std::size_t events)
{
    const auto last = static_cast<std::int64_t>(events) - 1;
    std::vector<Block> blocks;
    while (blocks.size() < count) {
        const std::int64_t first = pick(random, 0, last);
        const std::int64_t life = pick(random, 0, 9) == 0 ? pick(random, last / 10, last / 2)
                                                          : pick(random, 0, last / 40);
        const std::int64_t size =
            64 * (pick(random, 0, 3) > 0 ? pick(random, 1, 64) : pick(random, 1, 400));
        blocks.push_back(block(size, first, std::min(last, first + life)));
    }
    return blocks;
}

} // namespace tidemark::test

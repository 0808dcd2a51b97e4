// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/buffer.h"

#include <algorithm>

namespace tidemark {

Bytes Buffer::rowTableBytes() const
{
    return Bytes(needsFarRowTable() ? 4 : 2) * static_cast<std::int64_t>(rowOffsets.size());
}

Bytes Buffer::setRowsApart(const std::vector<Bytes>& addresses)
{
    const auto [lowest, highest] = std::ranges::minmax(addresses);
    rowOffsets.clear();
    for (std::size_t row = 0; row < addresses.size(); ++row) {
        const Bytes offset = addresses[row] - lowest;
        rowOffsets.push_back(offset);
        rowLives[row].begin = offset;
        rowLives[row].end = offset + rowBytes;
    }
    bytes = highest - lowest + rowBytes;
    return lowest;
}

void Buffer::setRowsInWindow()
{
    rowOffsets.clear();
    bytes = rowBytes * storedRows;
    for (std::size_t row = 0; row < rowLives.size(); ++row) {
        rowLives[row].begin = offsetOfRow(static_cast<std::int64_t>(row));
        rowLives[row].end = rowLives[row].begin + rowBytes;
    }
}

std::string_view toString(BufferKind kind)
{
    switch (kind) {
    case BufferKind::Input:
        return "input";
    case BufferKind::Output:
        return "output";
    case BufferKind::Activation:
        return "activation";
    case BufferKind::Ring:
        return "ring";
    case BufferKind::Accumulator:
        return "accumulator";
    case BufferKind::Weight:
        return "weight";
    case BufferKind::Table:
        return "table";
    case BufferKind::StagedCopy:
        return "staged copy";
    case BufferKind::Scratch:
        return "scratch";
    }
    return "buffer";
}

} // namespace tidemark

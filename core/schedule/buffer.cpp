// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/buffer.h"

namespace tidemark {

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

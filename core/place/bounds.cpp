// SPDX-License-Identifier: Apache-2.0
#include "core/place/bounds.h"

#include "core/model/format.h"

#include <algorithm>

namespace tidemark {

namespace {

/// Elementwise: `dst` may be the very row it reads (the kernel contract's in-place claim).
bool worksInPlace(const Stage& stage)
{
    return std::holds_alternative<ClampOp>(stage.op);
}

Bytes outputRowBytes(const Network& network, const Stage& stage)
{
    Bytes sum;
    for (const ValueId output : stage.outputs) {
        sum += stage.isPlanOnly() ? network[output].bytes() : network[output].rowBytes();
    }
    return sum;
}

/// Bytes that must exist together for `stage` to make output row `row`.
Bytes rowBytesTogether(const Network& network, const Stage& stage, std::int64_t row)
{
    const bool accumulates = std::holds_alternative<FullyConnectedOp>(stage.op);
    std::vector<ValueId> counted; // x + x reads x once
    Bytes read;
    for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
        const ValueId input = stage.inputs[i];
        if (std::find(counted.begin(), counted.end(), input) != counted.end()) {
            continue;
        }
        counted.push_back(input);
        const std::int64_t rows = stage.isPlanOnly() ? network[input].rows
                                  : accumulates      ? 1
                                                     : inputRows(network, stage, i, row).size();
        read += network[input].rowBytes() * rows;
    }
    const Bytes written = outputRowBytes(network, stage);
    return worksInPlace(stage) ? std::max(read, written) : read + written;
}

struct Need {
    Bytes bytes;
    std::string argument;
};

void raise(Need& most, Bytes bytes, const std::string& argument)
{
    if (bytes > most.bytes) {
        most = {bytes, argument};
    }
}

Bytes inputBytesRead(const Network& network, ValueId input)
{
    const Value& value = network[input];
    std::vector<bool> read(static_cast<std::size_t>(value.rows));
    for (const Stage& stage : network.stages) {
        for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
            if (stage.inputs[i] != input) {
                continue;
            }
            const std::int64_t rows = stage.isPlanOnly() ? 1 : network[stage.outputs.front()].rows;
            for (std::int64_t row = 0; row < rows; ++row) {
                const RowRange range = stage.isPlanOnly() ? RowRange{0, value.rows}
                                                          : inputRows(network, stage, i, row);
                std::fill(read.begin() + range.begin, read.begin() + range.end, true);
            }
        }
    }
    return value.rowBytes() * std::count(read.begin(), read.end(), true);
}

} // namespace

Bound rowScheduleBound(const Network& fused)
{
    Need most;
    Bytes inputs;
    for (const ValueId input : fused.inputs) {
        inputs += inputBytesRead(fused, input);
    }
    Bytes firstRow; // the least that the first event can add to the inputs
    if (!fused.stages.empty()) {
        const auto added = [&](const Stage& stage) {
            return worksInPlace(stage) ? Bytes(0) : outputRowBytes(fused, stage);
        };
        firstRow = added(fused.stages.front());
        for (const Stage& stage : fused.stages) {
            firstRow = std::min(firstRow, added(stage));
        }
    }
    raise(most, inputs + firstRow,
          "the whole input (" + formatBytes(inputs) + ") is there before the first row is written");
    for (const Stage& stage : fused.stages) {
        const std::int64_t rows = stage.isPlanOnly() ? 1 : fused[stage.outputs.front()].rows;
        for (std::int64_t row = 0; row < rows; ++row) {
            raise(most, rowBytesTogether(fused, stage, row),
                  "a row of " + stage.name + " needs its input rows beside it");
        }
    }
    Bytes outputs;
    for (const ValueId output : fused.outputs) {
        outputs += fused[output].bytes();
    }
    raise(most, outputs, "the outputs are whole at the end");
    return {most.bytes, ProofStatus::Gap, most.argument};
}

} // namespace tidemark

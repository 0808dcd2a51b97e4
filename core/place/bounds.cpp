// SPDX-License-Identifier: Apache-2.0
#include "core/place/bounds.h"

#include "core/model/format.h"
#include "core/schedule/kernel_contract.h"

#include <algorithm>
#include <set>

namespace tidemark {

namespace {

Bytes outputRowBytes(const Network& network, const Stage& stage)
{
    Bytes sum;
    for (const ValueId output : stage.outputs) {
        sum += stage.isPlanOnly() ? network[output].bytes() : network[output].rowBytes();
    }
    return sum;
}

/// Input rows that exist while any row of `stage` is made. A schedule need not fuse a pool, and
/// then a convolution row needs only its own window, so the pool's further rows are left out.
std::int64_t inputRowsTogether(const Network& network, const Stage& stage, std::size_t input,
                               std::int64_t row)
{
    const std::int64_t rows = inputRows(network, stage, input, row).size();
    const auto* const conv = std::get_if<ConvOp>(&stage.op);
    if (conv == nullptr || !conv->pool) {
        return rows;
    }
    const std::int64_t others = (conv->pool->kernelH - 1) * conv->window.strideH;
    return std::max<std::int64_t>(std::min<std::int64_t>(rows, 1), rows - others);
}

/// Bytes that must exist together for `stage` to make output row `row`.
Bytes rowBytesTogether(const Network& network, const Stage& stage, std::int64_t row)
{
    const bool accumulates = canAccumulate(network, stage);
    std::vector<ValueId> counted; // x + x reads x once; two views may share bytes
    Bytes read;
    for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
        const ValueId input = stage.inputs[i];
        const ValueId base = network[input].storage ? network[input].storage->base : input;
        if (std::find(counted.begin(), counted.end(), base) != counted.end()) {
            continue;
        }
        counted.push_back(base);
        const std::int64_t rows = stage.isPlanOnly() ? network[input].rows
                                  : accumulates      ? 1
                                                     : inputRowsTogether(network, stage, i, row);
        read += network[input].rowBytes() * rows;
    }
    const Bytes written = outputRowBytes(network, stage);
    const bool inPlace = !inPlaceInputs(network, stage).empty();
    return inPlace ? std::max(read, written) : read + written;
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

/// The least that the first event can add to the inputs: a row of a stage that reads nothing else.
Bytes firstRowBytes(const Network& network)
{
    std::optional<Bytes> least;
    for (const Stage& stage : network.stages) {
        const bool canBeFirst =
            std::all_of(stage.inputs.begin(), stage.inputs.end(), [&](ValueId id) {
                return std::find(network.inputs.begin(), network.inputs.end(), id) !=
                       network.inputs.end();
            });
        if (canBeFirst) {
            const Bytes added =
                !inPlaceInputs(network, stage).empty() ? Bytes(0) : outputRowBytes(network, stage);
            least = std::min(least.value_or(added), added);
        }
    }
    return least.value_or(Bytes(0));
}

} // namespace

Bound rowScheduleBound(const Network& fused, bool streamsInput)
{
    const auto streamed = streamsInput ? streamedInput(fused) : std::nullopt;
    Need most;
    Bytes inputs;
    for (const ValueId input : fused.inputs) {
        inputs += input == streamed ? Bytes(0) : inputBytesRead(fused, input);
    }
    raise(most, inputs + (streamed ? Bytes(0) : firstRowBytes(fused)),
          "the whole input (" + formatBytes(inputs) + ") is there before the first row is written");
    for (const Stage& stage : fused.stages) {
        const std::int64_t rows = stage.isPlanOnly() ? 1 : fused[stage.outputs.front()].rows;
        for (std::int64_t row = 0; row < rows; ++row) {
            raise(most, rowBytesTogether(fused, stage, row),
                  "a row of " + stage.name + " needs its input rows beside it");
        }
    }
    Bytes outputs;
    std::set<ValueId> counted; // a value may be listed twice, and views may share bytes
    for (const ValueId output : fused.outputs) {
        const auto& storage = fused[output].storage;
        outputs += counted.insert(storage ? storage->base : output).second ? fused[output].bytes()
                                                                           : Bytes(0);
    }
    raise(most, outputs, "the outputs are whole at the end");
    return {most.bytes, ProofStatus::Gap, most.argument};
}

} // namespace tidemark

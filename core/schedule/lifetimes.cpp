// SPDX-License-Identifier: Apache-2.0
#include "core/schedule/lifetimes.h"

#include "core/model/identifier.h"

#include <algorithm>
#include <set>

namespace tidemark {

namespace {

/// Of all constants, so that any may be the first of a struct: kernels load their words. A coarser
/// wish of a bank applies to its first byte (Bank::alignment). Rows are aligned to their elements
/// alone.
Bytes constantAlignment(const Network& network)
{
    Bytes coarsest(4);
    for (const Constant& constant : network.constants) {
        coarsest = std::max(coarsest, elementBytes(constant.type));
    }
    return coarsest;
}

/// Hands out each name once: "x", then "x_2", "x_3".
class UniqueNames {
public:
    std::string make(const std::string& wish)
    {
        std::string name = wish;
        for (int n = 2; !m_used.insert(name).second; ++n) {
            name = wish + "_" + std::to_string(n);
        }
        return name;
    }

private:
    std::set<std::string> m_used;
};

/// Stage that makes each value, and that value's output index; an invalid id for network inputs.
struct Producer {
    StageId stage;
    std::size_t output = 0;
};
std::vector<Producer> producers(const Network& network)
{
    std::vector<Producer> made(network.values.size());
    for (std::size_t s = 0; s < network.stages.size(); ++s) {
        const auto& outputs = network.stages[s].outputs;
        for (std::size_t o = 0; o < outputs.size(); ++o) {
            made[outputs[o].index()] = {StageId(s), o};
        }
    }
    return made;
}

/// The value whose bytes hold `id`.
ValueId baseOf(const Network& network, ValueId id)
{
    return network[id].storage ? network[id].storage->base : id;
}

bool contains(const std::vector<ValueId>& ids, ValueId id)
{
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

std::string wishedName(const Network& network, ValueId id, const Producer& producer)
{
    if (!producer.stage.isValid()) {
        return toIdentifier(network[id].name, "input");
    }
    const Stage& stage = network[producer.stage];
    const bool several = stage.outputs.size() > 1;
    return stage.name + (several ? "_out" + std::to_string(producer.output) : "");
}

BufferKind valueKind(const Network& network, ValueId id)
{
    const auto holds = [&](ValueId other) { return baseOf(network, other) == id; };
    if (std::any_of(network.outputs.begin(), network.outputs.end(), holds)) {
        return BufferKind::Output;
    }
    return contains(network.inputs, id) ? BufferKind::Input : BufferKind::Activation;
}

/// Bytes of the rows of `stage`'s input that it reads at all.
Bytes readBytes(const Network& network, const Stage& stage, std::size_t inputIndex)
{
    const Value& value = network[stage.inputs[inputIndex]];
    if (stage.isPlanOnly()) {
        return value.bytes();
    }
    const std::int64_t rows = network[stage.outputs.front()].rows;
    std::int64_t read = 0;
    std::int64_t seen = 0; // rows below this are counted
    for (std::int64_t row = 0; row < rows; ++row) {
        const RowRange range = inputRows(network, stage, inputIndex, row);
        read += std::max<std::int64_t>(0, range.end - std::max(range.begin, seen));
        seen = std::max(seen, range.end);
    }
    return value.rowBytes() * read;
}

/// Accesses of every value and constant, in order of the schedule.
struct AccessTable {
    std::vector<std::vector<Access>> values;
    std::vector<std::vector<Access>> constants;
};
AccessTable accesses(const Network& network, const Schedule& schedule)
{
    AccessTable table{std::vector<std::vector<Access>>(network.values.size()),
                      std::vector<std::vector<Access>>(network.constants.size())};
    for (const StageId id : schedule.order) {
        const Stage& stage = network[id];
        for (std::size_t i = 0; i < stage.inputs.size(); ++i) {
            table.values[baseOf(network, stage.inputs[i]).index()].push_back(
                {id, readBytes(network, stage, i), Bytes(0)});
        }
        for (const ConstantId constant : stage.constants) {
            table.constants[constant.index()].push_back({id, network[constant].bytes(), Bytes(0)});
        }
        for (const ValueId output : stage.outputs) {
            table.values[baseOf(network, output).index()].push_back(
                {id, Bytes(0), network[output].bytes()});
        }
    }
    return table;
}

std::string constantName(const Network& network, ConstantId id, const std::vector<Access>& readers)
{
    const std::string owner = readers.empty() ? "unused" : network[readers.front().stage].name;
    switch (network[id].role) {
    case ConstantRole::Bias:
        return owner + ".bias";
    case ConstantRole::Table:
        return owner + ".table";
    case ConstantRole::Weights:
    case ConstantRole::Operand:
        break;
    }
    return owner + ".weights";
}

} // namespace

std::vector<EventRange> valueLifetimes(const Network& network, const Schedule& schedule)
{
    const EventRange whole = schedule.whole();
    std::vector<EventRange> lifetimes(network.values.size());
    const auto touch = [&](ValueId id, EventRange when) {
        EventRange& life = lifetimes[baseOf(network, id).index()];
        life.first = life.first.isValid() ? std::min(life.first, when.first) : when.first;
        life.last = life.last.isValid() ? std::max(life.last, when.last) : when.last;
    };
    for (const ValueId input : network.inputs) {
        touch(input, {whole.first, whole.first});
    }
    for (const StageId id : schedule.order) {
        for (const ValueId output : network[id].outputs) {
            touch(output, schedule[id]);
        }
        for (const ValueId input : network[id].inputs) {
            touch(input, schedule[id]);
        }
    }
    for (const ValueId output : network.outputs) {
        touch(output, {whole.last, whole.last});
    }
    for (std::size_t v = 0; v < lifetimes.size(); ++v) {
        const EventRange base = lifetimes[baseOf(network, ValueId(v)).index()];
        lifetimes[v] = base.first.isValid() ? base : EventRange{whole.first, whole.first};
    }
    return lifetimes;
}

std::vector<Buffer> fullBuffers(const Network& network, const Schedule& schedule)
{
    const std::vector<EventRange> lifetimes = valueLifetimes(network, schedule);
    const std::vector<Producer> made = producers(network);
    AccessTable table = accesses(network, schedule);
    UniqueNames names;
    std::vector<Buffer> buffers;
    for (std::size_t i = 0; i < network.values.size(); ++i) {
        const ValueId id(i);
        if (network[id].storage) {
            continue; // lies in its base
        }
        Buffer buffer;
        buffer.name = names.make(wishedName(network, id, made[i]));
        buffer.kind = valueKind(network, id);
        buffer.bytes = network[id].bytes();
        buffer.alignment = elementBytes(network[id].type);
        buffer.residency = lifetimes[i];
        buffer.accesses = std::move(table.values[i]);
        buffer.value = id;
        buffers.push_back(std::move(buffer));
    }
    const Bytes alignment = constantAlignment(network);
    for (std::size_t i = 0; i < network.constants.size(); ++i) {
        const ConstantId id(i);
        Buffer buffer;
        buffer.name = names.make(constantName(network, id, table.constants[i]));
        buffer.kind =
            network[id].role == ConstantRole::Table ? BufferKind::Table : BufferKind::Weight;
        buffer.bytes = network[id].bytes();
        buffer.alignment = alignment;
        buffer.residency = schedule.whole();
        buffer.accesses = std::move(table.constants[i]);
        buffer.constant = id;
        buffers.push_back(std::move(buffer));
    }
    return buffers;
}

} // namespace tidemark

// SPDX-License-Identifier: Apache-2.0
#include "core/lower/kernel_tables.h"

#include "core/lower/byte_functions.h"
#include "core/lower/fixed_point.h"
#include "core/lower/resize_source.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace tidemark {

namespace {

bool isByte(DataType type)
{
    return type == DataType::Int8 || type == DataType::UInt8;
}

template <class T>
Constant table(const Stage& stage, std::string_view what, DataType type, Shape shape,
               const std::vector<T>& elements)
{
    const auto bytes = std::as_bytes(std::span(elements));
    Constant constant;
    constant.name = stage.name + "." + std::string(what);
    constant.role = ConstantRole::Table;
    constant.type = type;
    constant.shape = std::move(shape);
    constant.data = ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
    return constant;
}

Constant scaleTable(const Stage& stage, const std::vector<FixedPoint>& scales)
{
    std::vector<std::int32_t> words;
    for (const FixedPoint& scale : scales) {
        words.push_back(scale.multiplier);
        words.push_back(scale.shift);
    }
    return table(stage, "scales", DataType::Int32, {static_cast<std::int64_t>(scales.size()), 2},
                 words);
}

/// One per StageOp; nothing for those without tables.
class Tables {
public:
    Tables(const Network& network, const Stage& stage) : m_network(network), m_stage(stage) {}

    std::vector<Constant> operator()(const ConvOp& op) const
    {
        if (out().type != DataType::Int8) {
            return {};
        }
        const auto& result = op.residual ? op.residual->quantization : out().quantization;
        return {scaleTable(m_stage, convolutionScales(in(), m_network[op.weights], result))};
    }
    std::vector<Constant> operator()(const FullyConnectedOp& op) const
    {
        return product(m_network[op.weights].quantization);
    }
    std::vector<Constant> operator()(const MatMulOp& op) const
    {
        return product(op.weights ? m_network[*op.weights].quantization
                                  : m_network[m_stage.inputs[1]].quantization);
    }
    std::vector<Constant> operator()(const ClampOp&) const { return lookup(); }
    std::vector<Constant> operator()(const UnaryOp&) const { return lookup(); }
    std::vector<Constant> operator()(const ConcatOp& op) const;
    std::vector<Constant> operator()(const RearrangeOp&) const;
    std::vector<Constant> operator()(const ResizeOp& op) const;
    template <class Op> std::vector<Constant> operator()(const Op&) const { return {}; }

private:
    const Value& in(std::size_t i = 0) const { return m_network[m_stage.inputs[i]]; }
    const Value& out() const { return m_network[m_stage.outputs.front()]; }

    std::vector<Constant> product(const std::optional<Quantization>& factor) const
    {
        if (out().type != DataType::Int8) {
            return {};
        }
        return {scaleTable(m_stage, productScales(in(), factor, out()))};
    }

    Constant bytes(std::string_view what, const std::vector<std::uint8_t>& entries) const
    {
        return table(m_stage, what, DataType::UInt8, {static_cast<std::int64_t>(entries.size())},
                     entries);
    }

    std::vector<Constant> lookup() const
    {
        if (!isLookup(m_network, m_stage)) {
            return {};
        }
        const auto entries = byteFunction(m_stage.op, in(), out());
        return {bytes("table", {entries.begin(), entries.end()})};
    }

    const Network& m_network;
    const Stage& m_stage;
};

std::vector<Constant> Tables::operator()(const ConcatOp& op) const
{
    std::vector<std::int32_t> lengths;
    std::vector<std::uint8_t> entries;
    bool differs = false;
    for (std::size_t i = 0; i < m_stage.inputs.size(); ++i) {
        const std::int64_t elements =
            op.axis == ValueAxis::Channels ? in(i).channels : in(i).rowElements();
        const std::int64_t length = elements * elementBytes(in(i).type).count();
        lengths.push_back(static_cast<std::int32_t>(
            std::min<std::int64_t>(length, std::numeric_limits<std::int32_t>::max())));
        if (isByte(in(i).type)) {
            const auto copied = byteFunction(UnaryOp{}, in(i), out());
            entries.insert(entries.end(), copied.begin(), copied.end());
            differs = differs || !sameQuantization(in(i).quantization, out().quantization);
        }
    }
    std::vector<Constant> tables{table(m_stage, "lengths", DataType::Int32,
                                       {static_cast<std::int64_t>(lengths.size())}, lengths)};
    if (differs) {
        tables.push_back(bytes("tables", entries));
    }
    return tables;
}

std::vector<Constant> Tables::operator()(const RearrangeOp&) const
{
    // For each output row: number of its first element, and of the first input element of its rows.
    std::vector<std::int32_t> records;
    for (std::int64_t row = 0; row < out().rows; ++row) {
        records.push_back(static_cast<std::int32_t>(row * out().rowElements()));
        records.push_back(static_cast<std::int32_t>(inputRows(m_network, m_stage, 0, row).begin *
                                                    in().rowElements()));
    }
    return {table(m_stage, "rows", DataType::Int32, {out().rows, 2}, records)};
}

std::vector<Constant> Tables::operator()(const ResizeOp& op) const
{
    std::vector<std::int32_t> columns;
    std::vector<float> across, down;
    const bool linear = op.mode == ResizeMode::Linear;
    for (std::int64_t x = 0; x < out().width; ++x) {
        const auto source = resizeSource(op, op.widthScale, in().width, out().width, x);
        columns.push_back(static_cast<std::int32_t>(source.first));
        if (linear) {
            columns.push_back(static_cast<std::int32_t>(source.second));
            across.push_back(source.weight);
        }
    }
    for (std::int64_t y = 0; y < out().rows && linear; ++y) {
        down.push_back(resizeSource(op, op.rowScale, in().rows, out().rows, y).weight);
    }
    std::vector<Constant> tables{table(m_stage, "columns", DataType::Int32,
                                       {static_cast<std::int64_t>(columns.size())}, columns)};
    const auto addShares = [&](std::string_view what, const std::vector<float>& shares) {
        const Shape shape{static_cast<std::int64_t>(shares.size())};
        if (out().type == DataType::Float32) {
            tables.push_back(table(m_stage, what, DataType::Float32, shape, shares));
            return;
        }
        std::vector<std::int32_t> parts;
        for (const float share : shares) {
            parts.push_back(static_cast<std::int32_t>(static_cast<double>(share) * 1024 + 0.5));
        }
        tables.push_back(table(m_stage, what, DataType::Int32, shape, parts));
    };
    if (linear) {
        addShares("shares", across);
        addShares("rows", down);
    }
    return tables;
}

} // namespace

bool isLookup(const Network& network, const Stage& stage)
{
    const Value& in = network[stage.inputs.front()];
    const Value& out = network[stage.outputs.front()];
    if (!isByte(in.type) || !isByte(out.type)) {
        return false;
    }
    const bool same = in.type == out.type && sameQuantization(in.quantization, out.quantization);
    if (const auto* unary = std::get_if<UnaryOp>(&stage.op)) {
        return unary->function != UnaryFunction::Identity || !same;
    }
    return std::holds_alternative<ClampOp>(stage.op) && (!same || in.type != DataType::Int8);
}

std::vector<Constant> kernelTables(const Network& network, const Stage& stage)
{
    return stage.isPlanOnly() ? std::vector<Constant>{}
                              : std::visit(Tables(network, stage), stage.op);
}

Network withKernelTables(Network network)
{
    for (Stage& stage : network.stages) {
        const bool has = std::ranges::any_of(stage.constants, [&](ConstantId id) {
            return network[id].role == ConstantRole::Table;
        });
        if (has) {
            continue;
        }
        for (Constant& made : kernelTables(network, stage)) {
            stage.constants.emplace_back(network.constants.size());
            network.constants.push_back(std::move(made));
        }
    }
    return network;
}

} // namespace tidemark

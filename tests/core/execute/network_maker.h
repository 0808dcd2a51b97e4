// SPDX-License-Identifier: Apache-2.0
// Makes a network of one stage, a random decision at a time.
#pragma once

#include "operator_networks.h"

#include <algorithm>
#include <functional>
#include <random>
#include <utility>

namespace tidemark::handmade {

/// Makes one network, a random decision at a time.
class Maker {
public:
    Maker(DataType type, unsigned seed, Extents extents)
        : m_type(type), m_extents(extents), m_random(seed)
    {
        m_network.modelName = "one stage";
        switch (extents) {
        case Extents::Small:
            m_rows = range(1, 7);
            m_width = pick({1, 1, 2, 3, 5, 6});
            m_channels = pick({1, 2, 3, 4, 6, 7});
            break;
        case Extents::Odd:
            m_rows = pick({1, 8, 11, 17});
            m_width = pick({1, 1, 9, 13, 19});
            m_channels = pick({1, 3, 6, 9, 13, 33});
            break;
        case Extents::Deep:
            m_rows = range(1, 4);
            m_width = pick({1, 5});
            m_channels = pick({257, 512, 1025});
            break;
        }
    }

    Network finish() { return std::move(m_network); }

    std::int64_t range(std::int64_t low, std::int64_t high) // closed
    {
        return low + static_cast<std::int64_t>(m_random() % static_cast<unsigned>(high - low + 1));
    }
    std::int64_t pick(std::initializer_list<std::int64_t> values)
    {
        return *(values.begin() + range(0, static_cast<std::int64_t>(values.size()) - 1));
    }
    bool chance(int of = 2) { return range(1, of) == 1; }
    float real() { return static_cast<float>(range(-2000, 2000)) / 1000.0F; }

    Quantization quantization(float scale = 0)
    {
        const float scales[] = {0.02F, 0.1F, 1.0F / 256, 0.0039F, 2.5F};
        return {{scale != 0 ? scale : scales[range(0, 4)]},
                {static_cast<std::int32_t>(pick({-128, 127, 0, 3, -17}))},
                -1};
    }
    Activation activation()
    {
        switch (range(0, 3)) {
        case 0:
            return {0, Activation{}.max};
        case 1:
            return {0, 6};
        default:
            return {};
        }
    }

    std::int64_t rows() const { return m_rows; }
    std::int64_t width() const { return m_width; }
    std::int64_t channels() const { return m_channels; }
    void setShape(std::int64_t rows, std::int64_t width, std::int64_t channels)
    {
        m_rows = rows;
        m_width = width;
        m_channels = channels;
    }
    bool int8() const { return m_type == DataType::Int8; }

    ValueId addInput(std::int64_t rows, std::int64_t width, std::int64_t channels,
                     std::optional<Quantization> q = std::nullopt)
    {
        const ValueId id = addValue(rows, width, channels, m_type, std::move(q));
        m_network.inputs.push_back(id);
        return id;
    }
    ValueId addInput() { return addInput(m_rows, m_width, m_channels); }

    ValueId addValue(std::int64_t rows, std::int64_t width, std::int64_t channels, DataType type,
                     std::optional<Quantization> q = std::nullopt)
    {
        Value value;
        value.name = "v" + std::to_string(m_network.values.size());
        value.type = type;
        value.rows = rows;
        value.width = width;
        value.channels = channels;
        value.modelShape = {rows, width, channels};
        if (type == DataType::Int8 || type == DataType::UInt8) {
            value.quantization = q ? *q : quantization();
        }
        m_network.values.push_back(std::move(value));
        return ValueId(m_network.values.size() - 1);
    }
    Value& value(ValueId id) { return m_network.values[id.index()]; }

    ConstantId addConstant(ConstantRole role, Shape shape, DataType type,
                           std::optional<Quantization> q = std::nullopt)
    {
        Constant constant;
        constant.name = "c" + std::to_string(m_network.constants.size());
        constant.role = role;
        constant.type = type;
        constant.quantization = std::move(q);
        const auto count = static_cast<std::size_t>(elementCount(shape).value());
        constant.shape = std::move(shape);
        if (type == DataType::Float32) {
            std::vector<float> elements(count);
            std::ranges::generate(elements, [this] { return real(); });
            constant.data = ConstantData::of(elements);
        } else if (type == DataType::Int8) {
            std::vector<std::int8_t> elements(count);
            const bool extreme = chance(4) || m_extents == Extents::Deep;
            std::ranges::generate(elements, [&] {
                return static_cast<std::int8_t>(extreme ? pick({-127, 127}) : range(-127, 127));
            });
            constant.data = ConstantData::of(elements);
        } else {
            std::vector<std::int32_t> elements(count);
            std::ranges::generate(elements,
                                  [this] { return static_cast<std::int32_t>(range(-9999, 9999)); });
            constant.data = ConstantData::of(elements);
        }
        m_network.constants.push_back(std::move(constant));
        return ConstantId(m_network.constants.size() - 1);
    }

    /// Weights with one scale for each output, or one for all; sometimes so small or so large that
    /// multipliers vanish or exceed 1.
    ConstantId addWeights(Shape shape)
    {
        if (!int8()) {
            return addConstant(ConstantRole::Weights, std::move(shape), DataType::Float32);
        }
        Quantization q;
        const std::int64_t count = chance() ? shape.front() : 1;
        for (std::int64_t o = 0; o < count; ++o) {
            const float scales[] = {0.01F, 0.003F, 0.0005F, 3.0F, 1e-12F};
            q.scales.push_back(scales[chance(4) ? range(3, 4) : range(0, 2)]);
            q.zeroPoints.push_back(0);
        }
        q.axis = count > 1 ? 0 : -1;
        return addConstant(ConstantRole::Weights, std::move(shape), DataType::Int8, std::move(q));
    }
    std::optional<ConstantId> addBias(std::int64_t outputs)
    {
        if (chance(4)) {
            return std::nullopt;
        }
        return addConstant(ConstantRole::Bias, {outputs},
                           int8() ? DataType::Int32 : DataType::Float32);
    }

    void addStage(StageOp op, std::vector<ValueId> inputs, ValueId output,
                  std::vector<std::optional<ConstantId>> constants = {})
    {
        Stage stage;
        stage.name = "stage";
        stage.op = std::move(op);
        stage.inputs = std::move(inputs);
        stage.outputs = {output};
        for (const auto& id : constants) {
            if (id) {
                stage.constants.push_back(*id);
            }
        }
        m_network.outputs = {output};
        m_network.stages.push_back(std::move(stage));
    }
    ValueId addOutput(std::int64_t rows, std::int64_t width, std::int64_t channels,
                      const std::optional<Quantization>& q = std::nullopt)
    {
        return addValue(rows, width, channels, m_type, q);
    }
    std::optional<Quantization> quantizationOf(ValueId id) { return value(id).quantization; }

    /// A window that fits the input; pads as the operator wants them.
    Window window(bool dilated, bool padded)
    {
        const std::int64_t largest = m_extents == Extents::Odd ? 7 : 3;
        Window w{range(1, std::min(largest, m_rows)), range(1, std::min(largest, m_width))};
        w.strideH = range(1, 3);
        w.strideW = range(1, 2);
        if (dilated && w.kernelH > 1 && (w.kernelH - 1) * 2 < m_rows) {
            w.dilationH = 2;
        }
        if (dilated && w.kernelW > 1 && (w.kernelW - 1) * 2 < m_width) {
            w.dilationW = 2;
        }
        if (padded) {
            w.padTop = range(0, w.kernelH - 1);
            w.padBottom = range(0, w.kernelH - 1);
            w.padLeft = range(0, w.kernelW - 1);
            w.padRight = range(0, w.kernelW - 1);
        }
        return w;
    }
    std::int64_t outRows(const Window& w) const
    {
        return (m_rows + w.padTop + w.padBottom - (w.kernelH - 1) * w.dilationH - 1) / w.strideH +
               1;
    }
    std::int64_t outWidth(const Window& w) const
    {
        return (m_width + w.padLeft + w.padRight - (w.kernelW - 1) * w.dilationW - 1) / w.strideW +
               1;
    }

private:
    DataType m_type;
    Extents m_extents;
    std::mt19937 m_random;
    Network m_network;
    std::int64_t m_rows = 1, m_width = 1, m_channels = 1;
};

/// Kinds of stages by name, and what makes a network of one.
using Makers = std::vector<std::pair<std::string, std::function<void(Maker&)>>>;
Makers windowMakers();      ///< convolutions, pools, reductions, products
Makers elementwiseMakers(); ///< functions of one or two tensors, casts
Makers moveMakers();        ///< what only moves or finds elements

} // namespace tidemark::handmade

// SPDX-License-Identifier: Apache-2.0
// Makes seeded networks of one stage.
#pragma once

#include "core/lower/network.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace tidemark::test {

constexpr std::int64_t kMostMacs = 60'000; // counting runs a few million instructions a second
constexpr std::int64_t kMostBytes = 5'000; // inputs and outputs fit the smallest board

class Maker {
public:
    Maker(DataType type, unsigned seed) : m_type(type), m_random(seed * 2654435761U + 1) {}

    std::int64_t range(std::int64_t low, std::int64_t high) // closed
    {
        return low + static_cast<std::int64_t>(m_random() % static_cast<unsigned>(high - low + 1));
    }
    std::int64_t pick(std::initializer_list<std::int64_t> values)
    {
        return *(values.begin() + range(0, static_cast<std::int64_t>(values.size()) - 1));
    }
    bool chance(int of = 2) { return range(1, of) == 1; }
    bool int8() const { return m_type == DataType::Int8; }
    std::int64_t elementSize() const { return int8() ? 1 : 4; }

    DataType type() const { return m_type; }

    ValueId value(std::int64_t rows, std::int64_t width, std::int64_t channels, float scale)
    {
        return valueOf(m_type, rows, width, channels, scale);
    }
    ValueId valueOf(DataType type, std::int64_t rows, std::int64_t width, std::int64_t channels,
                    float scale)
    {
        Value made;
        made.name = "v" + std::to_string(m_network.values.size());
        made.type = type;
        made.rows = rows;
        made.width = width;
        made.channels = channels;
        made.modelShape = {rows, width, channels};
        if (type == DataType::Int8) {
            made.quantization = Quantization{{scale}, {-5}, -1};
        }
        m_network.values.push_back(std::move(made));
        return ValueId(m_network.values.size() - 1);
    }
    ValueId input(std::int64_t rows, std::int64_t width, std::int64_t channels)
    {
        m_network.inputs.push_back(value(rows, width, channels, 0.02F));
        return m_network.inputs.back();
    }
    void addInput(ValueId id) { m_network.inputs.push_back(id); }
    void setZeroPoint(ValueId id, std::int32_t zeroPoint)
    {
        if (auto& quantization = m_network.values[id.index()].quantization) {
            quantization->zeroPoints = {zeroPoint};
        }
    }
    /// With the quantization of `like`.
    ValueId output(std::int64_t rows, std::int64_t width, std::int64_t channels,
                   std::optional<ValueId> like = std::nullopt)
    {
        const ValueId made = value(rows, width, channels, 0.1F);
        if (like) {
            m_network.values[made.index()].quantization = m_network[*like].quantization;
        }
        return made;
    }
    ValueId probabilities(std::int64_t channels)
    {
        const ValueId made = value(1, 1, channels, 1.0F / 256);
        if (int8()) {
            m_network.values[made.index()].quantization->zeroPoints = {-128};
        }
        return made;
    }

    /// int8: with a scale for each output, or one.
    ConstantId weights(Shape shape, bool oneScale = false)
    {
        const auto count = static_cast<std::size_t>(elementCount(shape).value());
        const auto outputs = oneScale ? 1 : static_cast<std::size_t>(shape.front());
        Constant made = constant(ConstantRole::Weights, std::move(shape));
        if (int8()) {
            made.type = DataType::Int8;
            made.quantization = Quantization{std::vector<float>(outputs, 0.004F),
                                             std::vector<std::int32_t>(outputs, 0), 0};
            made.data = drawn<std::int8_t>(count, 100);
        } else {
            made.data = drawn<float>(count, 100, 100);
        }
        return add(std::move(made));
    }
    ConstantId bias(std::int64_t outputs)
    {
        Constant made = constant(ConstantRole::Bias, {outputs});
        const auto count = static_cast<std::size_t>(outputs);
        if (int8()) {
            made.type = DataType::Int32;
            made.data = drawn<std::int32_t>(count, 999);
        } else {
            made.data = drawn<float>(count, 99, 50);
        }
        return add(std::move(made));
    }

    Network finish(StageOp op, std::vector<ValueId> inputs, ValueId output,
                   std::vector<ConstantId> constants = {})
    {
        m_network.modelName = "one stage";
        Stage stage;
        stage.name = "stage";
        stage.op = std::move(op);
        stage.inputs = std::move(inputs);
        stage.outputs = {output};
        stage.constants = std::move(constants);
        m_network.outputs = {output};
        m_network.stages = {std::move(stage)};
        return std::move(m_network);
    }

private:
    /// Elements from -bound / divisor to bound / divisor.
    template <class T> ConstantData drawn(std::size_t count, std::int64_t bound, T divisor = 1)
    {
        std::vector<T> elements(count);
        std::ranges::generate(elements, [&] {
            return static_cast<T>(static_cast<T>(range(-bound, bound)) / divisor);
        });
        return ConstantData::of(elements);
    }
    static Constant constant(ConstantRole role, Shape shape)
    {
        Constant made;
        made.role = role;
        made.shape = std::move(shape);
        return made;
    }
    ConstantId add(Constant made)
    {
        made.name = "c" + std::to_string(m_network.constants.size());
        m_network.constants.push_back(std::move(made));
        return ConstantId(m_network.constants.size() - 1);
    }

    DataType m_type;
    std::mt19937 m_random;
    Network m_network;
};

struct Extents {
    std::int64_t rows, width, channels;
    std::int64_t elements() const { return rows * width * channels; }
};

inline std::int64_t outputExtent(std::int64_t in, std::int64_t kernel, std::int64_t stride,
                                 std::int64_t pads)
{
    return (in + pads - kernel) / stride + 1;
}

} // namespace tidemark::test

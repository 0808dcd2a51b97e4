// SPDX-License-Identifier: Apache-2.0
#include "tests/core/place/fixtures.h"
#include "tests/core/place/network_builder.h"

#include <cstring>

namespace tidemark::test {

namespace {

int pick(std::mt19937& random, int low, int high)
{
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
}

std::vector<std::byte> randomFloats(std::int64_t count, std::mt19937& random)
{
    std::vector<std::byte> bytes(static_cast<std::size_t>(count) * sizeof(float));
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(float)) {
        const float value = static_cast<float>(pick(random, -1000, 1000)) / 1000.0F;
        std::memcpy(&bytes[i], &value, sizeof(float));
    }
    return bytes;
}

/// Grows a network by one random stage after another.
class Grower {
public:
    explicit Grower(std::mt19937& random) : m_random(random), m_builder("random")
    {
        m_values.push_back(m_builder.input(pick(3, 14), pick(2, 6), pick(1, 3)));
        if (pick(0, 5) == 0) {
            m_values.push_back(m_builder.input(pick(2, 8), pick(2, 6), pick(1, 3)));
        }
    }

    void addStage()
    {
        const ValueId from = any();
        const std::string name = "s" + std::to_string(m_count++);
        const Value in = m_builder[from];
        switch (pick(0, 10)) {
        case 0:
        case 1:
        case 2:
        case 3:
            addConvolution(name, from);
            break;
        case 4:
            if (in.rows > 1 && in.width > 1) {
                made(m_builder.pool(name, from, 2, pick(1, 2)));
            }
            break;
        case 5:
            made(m_builder.clamp(name, from));
            break;
        case 6:
            addSum(name, from);
            break;
        case 7:
            addConcatenation(name, from);
            break;
        case 8:
            addSlice(name, from);
            break;
        case 9:
            made(m_builder.globalAverage(name, from));
            break;
        default:
            made(m_builder.fullyConnected(name, from, pick(1, 9)));
            break;
        }
    }

    std::shared_ptr<const Network> build()
    {
        m_builder.output(m_values.back());
        if (pick(0, 2) == 0) {
            const ValueId other = any();
            if (other != m_values.back()) {
                m_builder.output(other);
            }
        }
        return m_builder.build();
    }

private:
    int pick(int low, int high) { return test::pick(m_random, low, high); }
    void made(ValueId value) { m_values.push_back(value); }
    ValueId any()
    {
        const int count = static_cast<int>(m_values.size());
        return m_values[static_cast<std::size_t>(std::max(pick(0, count - 1), pick(0, count - 1)))];
    }

    std::optional<ValueId> ofShape(std::int64_t rows, std::int64_t width, std::int64_t channels)
    {
        for (const ValueId id : m_values) {
            const Value& value = m_builder[id];
            if (value.rows == rows && value.width == width && value.channels == channels) {
                return id;
            }
        }
        return std::nullopt;
    }

    void addConvolution(const std::string& name, ValueId from)
    {
        const Value in = m_builder[from];
        const std::int64_t kernel = pick(1, 3);
        const std::int64_t stride = pick(1, 2);
        const std::int64_t pad = kernel > 1 ? pick(0, 1) : 0;
        const std::int64_t after = kernel > 1 ? pick(0, 1) : 0;
        const Window window{kernel, kernel, stride, stride, 1, 1, pad, pad, after, after};
        const std::int64_t rows = (in.rows + pad + after - kernel) / stride + 1;
        const std::int64_t width = (in.width + pad + after - kernel) / stride + 1;
        if (in.rows + pad + after < kernel || in.width + pad + after < kernel) {
            return;
        }
        const bool depthwise = pick(0, 2) == 0;
        const std::int64_t channels = depthwise ? in.channels : pick(1, 4);
        const std::int64_t groups = depthwise ? channels : 1;
        const auto residual = ofShape(rows, width, channels);
        const bool pools = rows > 1 && width > 1 && pick(0, 3) == 0;
        if (residual && !pools && pick(0, 1) == 0) {
            made(m_builder.conv(name, from, window, channels, groups, 0, residual));
        } else {
            made(m_builder.conv(name, from, window, channels, groups, pools ? 2 : 0));
        }
    }

    void addSum(const std::string& name, ValueId from)
    {
        const Value in = m_builder[from];
        made(m_builder.add(name, from, *ofShape(in.rows, in.width, in.channels)));
    }

    /// Of two fresh stages' outputs, which become views.
    void addConcatenation(const std::string& name, ValueId from)
    {
        const ValueId a = m_builder.clamp(name + "_a", from);
        const ValueId b = m_builder.clamp(name + "_b", pick(0, 1) == 0 ? a : from);
        made(m_builder.concatRows(name, {a, b}));
    }

    void addSlice(const std::string& name, ValueId from)
    {
        const Value in = m_builder[from];
        if (in.rows > 1 && !in.storage) {
            const int begin = pick(0, static_cast<int>(in.rows) - 1);
            made(m_builder.slice(name, from, begin, pick(1, static_cast<int>(in.rows) - begin)));
        }
    }

    std::mt19937& m_random;
    NetworkBuilder m_builder;
    std::vector<ValueId> m_values;
    int m_count = 0;
};

} // namespace

std::shared_ptr<const Network> randomRunnable(std::mt19937& random, int stages)
{
    Grower grower(random);
    for (int s = 0; s < stages; ++s) {
        grower.addStage();
    }
    return grower.build();
}

std::shared_ptr<const Network> withWeights(const Network& network, std::mt19937& random)
{
    auto filled = std::make_shared<Network>(network);
    for (Constant& constant : filled->constants) {
        constant.data = ConstantData(randomFloats(elementCount(constant.shape).value(), random));
    }
    return filled;
}

std::vector<std::vector<std::byte>> randomInputs(const Network& network, std::mt19937& random)
{
    std::vector<std::vector<std::byte>> inputs;
    for (const ValueId id : network.inputs) {
        inputs.push_back(randomFloats(network[id].elements(), random));
    }
    return inputs;
}

} // namespace tidemark::test

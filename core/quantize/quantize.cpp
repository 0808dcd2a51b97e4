// SPDX-License-Identifier: Apache-2.0
#include "core/quantize/quantize.h"

#include "core/lower/fixed_point.h"
#include "core/lower/stored_numbers.h"
#include "core/quantize/ranges.h"
#include "core/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace tidemark {

namespace {

using Samples = std::span<const std::vector<std::vector<float>>>;

/// Stages whose int8 kernel cannot change the quantization: output as input.
bool keepsQuantization(const StageOp& op)
{
    if (const auto* reduction = std::get_if<ReduceOp>(&op)) {
        return reduction->kind == Reduction::Max || reduction->kind == Reduction::Min;
    }
    if (const auto* unary = std::get_if<UnaryOp>(&op)) {
        return unary->function == UnaryFunction::Identity;
    }
    return std::holds_alternative<MaxPoolOp>(op) || std::holds_alternative<PadOp>(op) ||
           std::holds_alternative<RearrangeOp>(op) || std::holds_alternative<ResizeOp>(op);
}

/// The one quantization an int8 kernel has for its output.
std::optional<Quantization> fixedQuantization(const StageOp& op)
{
    const auto* unary = std::get_if<UnaryOp>(&op);
    if (const auto* softmax = std::get_if<SoftmaxOp>(&op)) {
        return softmaxQuantization(softmax->logarithm);
    }
    if (unary && unary->function == UnaryFunction::Sigmoid) {
        return Quantization{{1.0F / 256}, {-128}, -1};
    }
    if (unary && unary->function == UnaryFunction::Tanh) {
        return Quantization{{1.0F / 128}, {0}, -1};
    }
    return std::nullopt;
}

class Quantizer {
public:
    Quantizer(const Network& network, Samples samples, const QuantizeOptions& options)
        : m_from(network), m_samples(samples), m_options(options), m_to(network),
          m_group(network.values.size()), m_seen(network.values.size())
    {
    }

    Result<QuantizedNetwork> run()
    {
        if (Status status = check(); !status) {
            return status.error();
        }
        if (hasWeights()) {
            if (Status status = observe(); !status) {
                return status.error();
            }
        }
        chooseQuantizations();
        for (Stage& stage : m_to.stages) {
            quantizeConstants(stage);
        }
        for (Value& value : m_to.values) {
            value.type = value.type == DataType::Float32 ? DataType::Int8 : value.type;
        }
        QuantizedNetwork result{std::move(m_to), {}};
        if (hasWeights()) {
            if (Status status = measure(result); !status) {
                return status.error();
            }
        }
        return result;
    }

private:
    Status check() const
    {
        for (const Stage& stage : m_from.stages) {
            if (stage.isPlanOnly()) {
                return Diagnostic{ErrorKind::BadInput,
                                  "there is no int8 form of " + stage.kindText(),
                                  "stage " + printable(stage.name), "plan it with --dtype fp32"};
            }
        }
        for (const Value& value : m_from.values) {
            const bool isIndex = value.type == DataType::Int32 || value.type == DataType::Int64;
            if (value.type != DataType::Float32 && !isIndex) {
                return Diagnostic{
                    ErrorKind::Usage,
                    "the model holds " + std::string(toString(value.type)) + " tensors already",
                    printable(value.name), "give a float model, or leave out --dtype"};
            }
        }
        return Done{};
    }
    bool hasWeights() const
    {
        return std::ranges::all_of(m_from.constants, [](const Constant& constant) {
            return !constant.data.bytes().empty();
        });
    }

    // ---- what the float model does ----

    Status observe()
    {
        if (m_samples.empty()) {
            return Diagnostic{ErrorKind::Usage, "there is nothing to calibrate with", "",
                              "give samples with --calib"};
        }
        for (const bool second : {false, true}) {
            if (second && m_options.method == RangeMethod::MinMax) {
                break;
            }
            for (const auto& sample : m_samples) {
                const auto values = runReference(m_from, sample, m_options.stop);
                if (!values) {
                    return values.error();
                }
                for (std::size_t v = 0; v < values->size(); ++v) {
                    second ? m_seen[v].seeDistribution((*values)[v])
                           : m_seen[v].seeExtremes((*values)[v]);
                }
            }
        }
        return Done{};
    }

    // ---- scales of values ----

    std::size_t root(std::size_t v)
    {
        while (m_group[v] != v) {
            v = m_group[v] = m_group[m_group[v]];
        }
        return v;
    }

    /// Values that share a quantization are one group; the first of them speaks for it.
    void chooseQuantizations()
    {
        std::iota(m_group.begin(), m_group.end(), 0);
        const auto unite = [this](ValueId a, ValueId b) {
            const std::size_t first = root(a.index());
            const std::size_t second = root(b.index());
            m_group[std::max(first, second)] = std::min(first, second);
        };
        for (const Stage& stage : m_from.stages) {
            if (keepsQuantization(stage.op)) {
                unite(stage.inputs.front(), stage.outputs.front());
            }
        }
        for (std::size_t v = 0; v < m_from.values.size(); ++v) {
            if (const auto& storage = m_from.values[v].storage) {
                unite(ValueId(v), storage->base);
            }
        }
        std::vector<Observer> joined = m_seen;
        for (std::size_t v = 0; v < joined.size(); ++v) {
            joined[root(v)].join(m_seen[v]);
        }
        std::vector<std::optional<Quantization>> fixed(joined.size());
        for (const Stage& stage : m_from.stages) {
            const std::size_t group = root(stage.outputs.front().index());
            if (!fixed[group]) {
                fixed[group] = fixedQuantization(stage.op);
            }
        }
        for (std::size_t v = 0; v < joined.size(); ++v) {
            const std::size_t group = root(v);
            if (m_from.values[v].type == DataType::Float32) {
                m_to.values[v].quantization =
                    fixed[group] ? *fixed[group] : joined[group].quantization(m_options);
            }
        }
    }

    // ---- constants ----

    void quantizeConstants(Stage& stage)
    {
        if (const auto* conv = std::get_if<ConvOp>(&stage.op)) {
            quantizeWeights(stage, conv->weights, conv->bias, conv->groups);
        } else if (const auto* full = std::get_if<FullyConnectedOp>(&stage.op)) {
            quantizeWeights(stage, full->weights, full->bias, 0);
        } else if (const auto* product = std::get_if<MatMulOp>(&stage.op)) {
            if (product->weights) {
                quantizeWeights(stage, *product->weights, product->bias, 0);
            } else if (product->bias) {
                quantizeBias(stage, *product->bias,
                             {static_cast<float>(scaleOf(m_to[stage.inputs[1]].quantization))}, {});
            }
        } else if (const auto* prelu = std::get_if<PReluOp>(&stage.op)) {
            quantizeOperand(prelu->slope);
        } else if (const auto* binary = std::get_if<BinaryOp>(&stage.op);
                   binary && binary->constant) {
            quantizeOperand(*binary->constant);
        }
    }

    std::vector<float> elementsOf(ConstantId id) const
    {
        return numbersOf(DataType::Float32, m_from[id].data.bytes());
    }

    void replace(ConstantId id, DataType type, const std::vector<float>& numbers,
                 std::optional<Quantization> quantization)
    {
        Constant& constant = m_to.constants[id.index()];
        constant.type = type;
        constant.quantization = std::move(quantization);
        if (!numbers.empty()) {
            constant.data = ConstantData(bytesOf(type, numbers));
        }
    }

    void quantizeOperand(ConstantId id)
    {
        std::vector<float> elements = elementsOf(id);
        const auto [low, high] = std::minmax_element(elements.begin(), elements.end());
        const Quantization q = elements.empty()
                                   ? affine(0, 1)
                                   : affine(static_cast<double>(*low), static_cast<double>(*high));
        for (float& x : elements) {
            x = static_cast<float>(quantized(x, q));
        }
        replace(id, DataType::Int8, elements, q);
    }

    /// Symmetric, one scale an output. `groups` is 0 for a fully connected layer.
    void quantizeWeights(const Stage& stage, ConstantId id, std::optional<ConstantId> bias,
                         std::int64_t groups)
    {
        const auto outputs =
            static_cast<std::size_t>(std::max<std::int64_t>(1, m_from[id].shape.front()));
        std::vector<float> elements = elementsOf(id);
        const std::size_t filter = elements.size() / outputs;
        const double inputScale = scaleOf(m_to[stage.inputs.front()].quantization);
        const std::vector<float> biases = bias ? elementsOf(*bias) : std::vector<float>{};
        constexpr float kMost = 127;
        constexpr double kLargestBias = 1 << 30;
        Quantization q;
        q.axis = 0;
        std::vector<double> corrections(outputs);
        for (std::size_t o = 0; o < outputs; ++o) {
            const std::span<float> row(elements.data() + o * filter, filter);
            float largest = 0;
            for (const float w : row) {
                largest = std::max(largest, std::abs(w));
            }
            double scale = largest / kMost;
            if (o < biases.size()) { // its sum must fit 32 bits
                scale = std::max(scale, std::abs(biases[o]) / (inputScale * kLargestBias));
            }
            q.scales.push_back(static_cast<float>(std::max(scale, 1e-12)));
            q.zeroPoints.push_back(0);
            for (std::size_t i = 0; i < filter; ++i) {
                const float stored =
                    std::clamp(std::round(row[i] / q.scales.back()), -kMost, kMost);
                const double lost = row[i] - stored * q.scales.back();
                corrections[o] += lost * meanInput(stage, groups, o, i, outputs);
                row[i] = stored;
            }
        }
        const std::vector<float> scales = q.scales;
        replace(id, DataType::Int8, elements, std::move(q));
        if (bias) {
            quantizeBias(stage, *bias, scales, corrections);
        }
    }

    /// Mean over the samples of what weight `i` of output `o` is multiplied by.
    double meanInput(const Stage& stage, std::int64_t groups, std::size_t o, std::size_t i,
                     std::size_t outputs) const
    {
        const Observer& seen = m_seen[stage.inputs.front().index()];
        if (!m_options.correctBias || seen.samples() == 0) {
            return 0;
        }
        const auto channels = static_cast<std::size_t>(m_from[stage.inputs.front()].channels);
        const double runs = static_cast<double>(seen.samples());
        if (groups == 0 && !std::holds_alternative<MatMulOp>(stage.op)) {
            return seen.sums()[i] / runs;
        }
        if (groups == 0) { // each row of a sequence
            return meanOfEvery(
                seen, i, static_cast<std::size_t>(m_from[stage.inputs.front()].rowElements()));
        }
        const std::size_t depth = channels / static_cast<std::size_t>(groups);
        const std::size_t group = o / (outputs / static_cast<std::size_t>(groups));
        return meanOfEvery(seen, group * depth + i % depth, channels);
    }
    double meanOfEvery(const Observer& seen, std::size_t first, std::size_t step) const
    {
        auto& means = m_means[{&seen, step}];
        if (means.empty()) {
            means.resize(step);
            for (std::size_t i = 0; i < seen.sums().size(); ++i) {
                means[i % step] += seen.sums()[i];
            }
            for (double& mean : means) {
                mean /= static_cast<double>(seen.samples()) *
                        static_cast<double>(seen.sums().size() / step);
            }
        }
        return means[first];
    }

    void quantizeBias(const Stage& stage, ConstantId id, const std::vector<float>& scales,
                      const std::vector<double>& corrections)
    {
        const std::vector<float> elements = elementsOf(id);
        const double inputScale = scaleOf(m_to[stage.inputs.front()].quantization);
        std::vector<std::int32_t> stored;
        for (std::size_t o = 0; o < elements.size(); ++o) {
            const double scale = inputScale * scales[o % scales.size()];
            const double corrected =
                elements[o] + (corrections.empty() ? 0 : corrections[o % corrections.size()]);
            constexpr double kMost = 2147483647;
            stored.push_back(static_cast<std::int32_t>(
                std::clamp(std::round(corrected / scale), -kMost, kMost)));
        }
        const auto bytes = std::as_bytes(std::span(stored));
        replace(id, DataType::Int32, {}, std::nullopt);
        if (!elements.empty()) {
            m_to.constants[id.index()].data =
                ConstantData(std::vector<std::byte>(bytes.begin(), bytes.end()));
        }
    }

    // ---- what it costs ----

    Status measure(QuantizedNetwork& result) const
    {
        struct Sums {
            double signal = 0, noise = 0, largest = 0;
        };
        std::vector<Sums> sums(m_from.values.size());
        for (const auto& sample : m_samples) {
            const auto wanted = runReference(m_from, sample, m_options.stop);
            const auto got = runReference(result.network, quantizeInputs(result.network, sample),
                                          m_options.stop);
            if (!wanted || !got) {
                return wanted ? got.error() : wanted.error();
            }
            for (std::size_t v = 0; v < sums.size(); ++v) {
                const Value& value = result.network.values[v];
                const double scale = scaleOf(value.quantization);
                const double zeroPoint = zeroPointOf(value.quantization);
                for (std::size_t i = 0; i < (*wanted)[v].size(); ++i) {
                    const double x = (*wanted)[v][i];
                    const double noise = x - scale * ((*got)[v][i] - zeroPoint);
                    sums[v].signal += x * x;
                    sums[v].noise += noise * noise;
                    sums[v].largest = std::max(sums[v].largest, std::abs(noise));
                }
            }
        }
        for (const Stage& stage : m_from.stages) {
            const Sums& sum = sums[stage.outputs.front().index()];
            const double sqnr = sum.noise > 0 ? 10 * std::log10(sum.signal / sum.noise) : INFINITY;
            result.errors.push_back({stage.name, sqnr, sum.largest});
        }
        return Done{};
    }

    const Network& m_from;
    Samples m_samples;
    const QuantizeOptions& m_options;
    Network m_to;
    std::vector<std::size_t> m_group;
    std::vector<Observer> m_seen;
    /// Means of every step-th element, once worked out.
    mutable std::map<std::pair<const Observer*, std::size_t>, std::vector<double>> m_means;
};

} // namespace

std::vector<std::vector<float>> quantizeInputs(const Network& network,
                                               const std::vector<std::vector<float>>& sample)
{
    std::vector<std::vector<float>> stored = sample;
    for (std::size_t i = 0; i < std::min(stored.size(), network.inputs.size()); ++i) {
        const Value& value = network[network.inputs[i]];
        if (!value.quantization) {
            continue;
        }
        for (float& x : stored[i]) {
            x = static_cast<float>(quantized(x, value.quantization, value.type));
        }
    }
    return stored;
}

Result<QuantizedNetwork> quantize(const Network& network,
                                  std::span<const std::vector<std::vector<float>>> samples,
                                  const QuantizeOptions& options)
{
    return Quantizer(network, samples, options).run();
}

} // namespace tidemark

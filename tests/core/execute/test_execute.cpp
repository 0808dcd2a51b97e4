// SPDX-License-Identifier: Apache-2.0
#include <QtTest> // first: moc 6.4 stumbles over <compare> otherwise

#include "core/execute/execute.h"
#include "core/execute/kernel_call.h"
#include "hand_made.h"
#include "tests/support/soak.h"

#include <cmath>
#include <cstring>

using namespace tidemark;
using namespace tidemark::handmade;

namespace {

std::vector<float> floats(const std::vector<std::byte>& bytes)
{
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}
std::vector<float> constantFloats(const Network& network, ConstantId id)
{
    const auto bytes = network[id].data.bytes();
    return floats({bytes.begin(), bytes.end()});
}

/// A second statement of what the stages mean, in double, straight from their definitions.
class Naive {
public:
    explicit Naive(const Network& network) : m_network(network) {}

    std::vector<double> run(const std::vector<std::byte>& input)
    {
        const std::vector<float> first = floats(input);
        m_in.assign(first.begin(), first.end());
        for (const Stage& stage : m_network.stages) {
            m_from = &m_network[stage.inputs.front()];
            m_to = &m_network[stage.outputs.front()];
            m_in = std::visit([this](const auto& op) { return apply(op); }, stage.op);
        }
        return m_in;
    }

private:
    double in(std::int64_t y, std::int64_t x, std::int64_t c) const
    {
        return m_in[static_cast<std::size_t>((y * m_from->width + x) * m_from->channels + c)];
    }
    bool has(std::int64_t y, std::int64_t x) const
    {
        return y >= 0 && y < m_from->rows && x >= 0 && x < m_from->width;
    }
    static double clamp(double value, const Activation& a)
    {
        return std::min<double>(std::max<double>(value, a.min), a.max);
    }

    template <class F> std::vector<double> each(F value) const
    {
        std::vector<double> out;
        for (std::int64_t y = 0; y < m_to->rows; ++y) {
            for (std::int64_t x = 0; x < m_to->width; ++x) {
                for (std::int64_t c = 0; c < m_to->channels; ++c) {
                    out.push_back(value(y, x, c));
                }
            }
        }
        return out;
    }

    std::vector<double> apply(const ConvOp& op)
    {
        const std::vector<float> weights = constantFloats(m_network, op.weights);
        const std::vector<float> bias = constantFloats(m_network, *op.bias);
        const Window& w = op.window;
        const std::int64_t depth = m_from->channels / op.groups;
        const auto at = [&](std::int64_t y, std::int64_t x, std::int64_t oc) {
            const std::int64_t group = oc / (m_to->channels / op.groups);
            double sum = bias[static_cast<std::size_t>(oc)];
            for (std::int64_t k = 0; k < w.kernelH * w.kernelW; ++k) {
                const std::int64_t iy = y * w.strideH - w.padTop + k / w.kernelW * w.dilationH;
                const std::int64_t ix = x * w.strideW - w.padLeft + k % w.kernelW * w.dilationW;
                for (std::int64_t d = 0; has(iy, ix) && d < depth; ++d) {
                    const auto index = (oc * w.kernelH * w.kernelW + k) * depth + d;
                    sum += weights[static_cast<std::size_t>(index)] * in(iy, ix, group * depth + d);
                }
            }
            return sum;
        };
        const Window pool = op.pool.value_or(Window{});
        return each([&](std::int64_t y, std::int64_t x, std::int64_t oc) {
            double best = -INFINITY;
            for (std::int64_t k = 0; k < pool.kernelH * pool.kernelW; ++k) {
                best = std::max(best, at(y * pool.strideH + k / pool.kernelW,
                                         x * pool.strideW + k % pool.kernelW, oc));
            }
            return clamp(best, op.activation);
        });
    }
    std::vector<double> apply(const MaxPoolOp& op)
    {
        const Window& w = op.window;
        return each([&](std::int64_t y, std::int64_t x, std::int64_t c) {
            double best = -INFINITY;
            for (std::int64_t k = 0; k < w.kernelH * w.kernelW; ++k) {
                const std::int64_t iy = y * w.strideH - w.padTop + k / w.kernelW;
                const std::int64_t ix = x * w.strideW - w.padLeft + k % w.kernelW;
                best = has(iy, ix) ? std::max(best, in(iy, ix, c)) : best;
            }
            return best;
        });
    }
    std::vector<double> apply(const FullyConnectedOp& op)
    {
        const std::vector<float> weights = constantFloats(m_network, op.weights);
        const std::vector<float> bias = constantFloats(m_network, *op.bias);
        return each([&](std::int64_t, std::int64_t, std::int64_t o) {
            double sum = bias[static_cast<std::size_t>(o)];
            for (std::size_t i = 0; i < m_in.size(); ++i) {
                sum += weights[static_cast<std::size_t>(o) * m_in.size() + i] * m_in[i];
            }
            return clamp(sum, op.activation);
        });
    }
    std::vector<double> apply(const ClampOp& op)
    {
        return each([&](std::int64_t y, std::int64_t x, std::int64_t c) {
            return clamp(in(y, x, c), op.activation);
        });
    }
    template <class Op> std::vector<double> apply(const Op&) { return {}; } // in no test here

    const Network& m_network;
    std::vector<double> m_in;
    const Value* m_from = nullptr;
    const Value* m_to = nullptr;
};

std::vector<std::byte> planned(const Plan& plan, unsigned seed)
{
    auto outputs = runPlanned(plan, randomInputs(*plan.network, seed));
    return outputs ? outputs->front() : std::vector<std::byte>{};
}
std::vector<std::byte> unplanned(const Network& network, unsigned seed)
{
    auto values = runUnplanned(network, randomInputs(network, seed));
    return values ? (*values)[network.outputs.front().index()] : std::vector<std::byte>{};
}

} // namespace

class TestExecute : public QObject {
    Q_OBJECT

private slots:
    void unplannedAgreesWithTheDefinitions()
    {
        for (unsigned seed = 1, last = tidemark::test::soakRounds(200); seed <= last; ++seed) {
            const auto network = randomNetwork(seed);
            const auto inputs = randomInputs(*network, seed);
            const auto values = runUnplanned(*network, inputs);
            QVERIFY2(values, values ? "" : values.error().text().c_str());
            const auto got = floats((*values)[network->outputs.front().index()]);
            const auto wanted = Naive(*network).run(inputs.front());
            QCOMPARE(got.size(), wanted.size());
            for (std::size_t i = 0; i < got.size(); ++i) {
                QVERIFY2(std::abs(got[i] - wanted[i]) <= 1e-4 * std::max(1.0, std::abs(wanted[i])),
                         qPrintable(QString::number(seed)));
            }
        }
    }

    void plannedEqualsUnplannedBitForBit()
    {
        for (unsigned seed = 1, last = tidemark::test::soakRounds(200); seed <= last; ++seed) {
            const auto network = randomNetwork(seed);
            for (const Packing packing : {Packing::Disjoint, Packing::Shared}) {
                const auto plan = handPlan(network, plainBoard(), packing);
                QVERIFY2(planned(*plan, seed) == unplanned(*network, seed),
                         qPrintable(QString::number(seed)));
            }
        }
    }

    void sharingReallyShares()
    {
        const auto plan = handPlan(lenet5(), plainBoard(), Packing::Shared);
        QCOMPARE(plan->banks[1].planned.count(), 8800);
        QCOMPARE(handPlan(lenet5(), plainBoard(), Packing::Disjoint)->banks[1].planned.count(),
                 11256);
        QVERIFY(planned(*plan, 3) == unplanned(*plan->network, 3));
    }

    /// Constants in RAM beside the arena, a value in another bank: still the same bits.
    void anyBankWillDo()
    {
        const auto network = lenet5();
        auto plan = handPlan(network, plainBoard(), Packing::Shared);
        plan->placements[1] = {BankId(2), Bytes(64), true};
        plan->placements[network->values.size()] = {BankId(1), Bytes(20000), true};
        QVERIFY(planned(*plan, 4) == unplanned(*network, 4));
    }

    void overlappingLiveBuffersShow()
    {
        int detected = 0;
        int tried = 0;
        for (unsigned seed = 1; seed <= 60; ++seed) {
            const auto network = randomNetwork(seed);
            auto plan = handPlan(network, plainBoard(), Packing::Disjoint);
            if (network->stages.size() < 2) {
                continue;
            }
            // The last stage writes over what it reads.
            plan->placements[network->values.size() - 1] =
                plan->placements[network->values.size() - 2];
            ++tried;
            detected += planned(*plan, seed) != unplanned(*network, seed) ? 1 : 0;
        }
        // Elementwise stages and 1x1 windows survive it; the others must not.
        QVERIFY(tried >= 40);
        QVERIFY2(detected * 2 > tried, qPrintable(QString("%1 of %2").arg(detected).arg(tried)));
    }

    /// A residency that ends before the last read: the poison must reach the output.
    void poisonShowsReadsOfDeadBytes()
    {
        const auto network = lenet5();
        auto plan = handPlan(network, plainBoard(), Packing::Disjoint);
        plan->buffers[1].residency.last = plan->buffers[1].residency.first;
        QVERIFY(planned(*plan, 5) != unplanned(*network, 5));
    }

    void brokenPlansAreRefused()
    {
        const auto network = lenet5();
        const auto inputs = randomInputs(*network, 1);
        const auto refused = [&](auto breakIt) {
            auto plan = handPlan(network, plainBoard(), Packing::Shared);
            breakIt(*plan);
            const auto outputs = runPlanned(*plan, inputs);
            return !outputs && !outputs.error().what.empty();
        };
        QVERIFY(refused([](Plan& p) { p.placements.pop_back(); }));
        QVERIFY(refused([](Plan& p) { p.placements[0].bank = BankId(9); }));
        QVERIFY(refused([](Plan& p) { p.placements[0].offset = Bytes(-4); }));
        QVERIFY(refused([](Plan& p) { p.placements[0].offset = Bytes(2); }));
        QVERIFY(refused([](Plan& p) { p.buffers[1].bytes = Bytes(4); }));
        QVERIFY(refused([](Plan& p) { p.buffers[1].value.reset(); }));
        QVERIFY(refused([](Plan& p) { p.schedule.events[3].row = 14; }));
        QVERIFY(refused([](Plan& p) { p.schedule.events[3].stage = StageId(77); }));
    }

    void wrongInputsAreRefused()
    {
        const auto network = lenet5();
        QVERIFY(!runUnplanned(*network, {}));
        auto inputs = randomInputs(*network, 1);
        inputs.front().pop_back();
        const auto values = runUnplanned(*network, inputs);
        QVERIFY(!values && values.error().text().find("4095") != std::string::npos);
    }

    void stagesWithoutAKernelAreRefusedByName()
    {
        const auto error = [](const std::shared_ptr<Network>& network) {
            const auto values = runUnplanned(*network, randomInputs(*network, 1));
            return values ? std::string() : values.error().text();
        };
        QVERIFY(error(NetworkBuilder(4, 4, 1, 1)
                          .planOnly("com.example.\x1b"
                                    "Fancy")
                          .finish())
                    .find("com.example.\\x1b"
                          "Fancy") != std::string::npos);
        auto noWeights = NetworkBuilder(4, 4, 1, 1).fullyConnected(3).finish();
        noWeights->constants[0].data = {};
        QVERIFY(error(noWeights).find("w0") != std::string::npos);
        auto quantised = NetworkBuilder(4, 4, 1, 1).fullyConnected(3).finish();
        quantised->values[1].type = DataType::Int8;
        QVERIFY(error(quantised).find("int8") != std::string::npos);
    }

    void contradictionsAreRefused()
    {
        const auto accepts = [](auto breakIt) {
            auto network = NetworkBuilder(8, 8, 4, 1).conv(4, square(3), 2, square(2, 2)).finish();
            breakIt(*network, std::get<ConvOp>(network->stages[0].op));
            return bool(kernelCall(*network, network->stages[0]));
        };
        QVERIFY(accepts([](Network&, ConvOp&) {}));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.window.strideH = 0; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.window.dilationW = 1LL << 40; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.window.padTop = -1; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.window.kernelH = 9; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.groups = 3; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.groups = 0; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.convRows = 5; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.convWidth = 1LL << 33; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.pool->padLeft = 1; }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { c.pool->kernelH = 4; }));
        QVERIFY(!accepts([](Network& n, ConvOp&) { n.values[1].channels = 6; }));
        QVERIFY(!accepts([](Network& n, ConvOp&) { n.values[1].rows = 1LL << 40; }));
        QVERIFY(!accepts([](Network& n, ConvOp&) { n.stages[0].inputs.emplace_back(0); }));
        QVERIFY(!accepts([](Network&, ConvOp& c) { // 64 KiB rows of padding under one window
            c.window.dilationH = 1 << 15;
            c.window.padTop = 1 << 16;
        }));
    }

    void genericKernelsAskForNoScratch()
    {
        const auto network = randomNetwork(11);
        for (const Stage& stage : network->stages) {
            const auto call = kernelCall(*network, stage);
            QVERIFY(call);
            QCOMPARE(scratchBytes(*call), std::size_t{0});
        }
    }
};

QTEST_APPLESS_MAIN(TestExecute)
#include "test_execute.moc"
